package glo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"sedlab/internal/nn"
	"sedlab/internal/rng"
	"sedlab/priors"
)

// schedules give what both learning rates are multiplied by in an epoch
// (1-based) of epochs. Cosine is torch.optim.lr_scheduler.CosineAnnealingLR
// stepped once an epoch, with T_max = epochs and eta_min = 0.
var schedules = map[string]func(epoch, epochs int) float64{
	"constant": func(int, int) float64 { return 1 },
	"cosine": func(epoch, epochs int) float64 {
		return (1 + math.Cos(math.Pi*float64(epoch-1)/float64(epochs))) / 2
	},
}

// Train trains network and codes on the data and returns a *Prior. It stops
// with an error when the loss is no longer finite.
func (c *Config) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	for _, e := range c.Check(data.Len(), data.Dim) {
		return nil, fmt.Errorf("%s: %s", e.Key, e.Problem)
	}
	std, err := standardize(data)
	if err != nil {
		return nil, err
	}
	net := nn.New(c.network(data.Dim), rng.New(data.Seed, "glo/init"))
	codes := newCodes(drawCodes(data.Len(), c.CodeDim, data.Seed), c.CodeDim)
	t := newLoop(c, net, codes, std.flux, data.Workers)
	defer t.trainer.Close()

	start := time.Now()
	for epoch := 1; epoch <= c.Training.Epochs; epoch++ {
		t.rates(c.Training, epoch)
		loss, err := t.epoch(ctx, rng.New(data.Seed, "glo/shuffle", uint64(epoch)).Perm(data.Len()))
		if err != nil {
			return nil, fmt.Errorf("epoch %d of %d: %w", epoch, c.Training.Epochs, err)
		}
		if data.Progress != nil {
			data.Progress(priors.Epoch{
				Epoch: epoch, Epochs: c.Training.Epochs, Loss: loss * std.scale * std.scale,
				Seconds: time.Since(start).Seconds(), LRGenerator: t.lrGenerator, LRCodes: t.lrCodes,
			})
		}
	}
	return New(Model{Net: net, Codes: codes.z, Mean: std.mean, Scale: std.scale}), nil
}

// errDiverged is the end of a training whose rates are too high.
var errDiverged = errors.New("the loss is not finite; a lower train.lr_generator helps")

// loop is the state of a training between steps.
type loop struct {
	trainer              *nn.Trainer
	codes                *codes
	flux                 []float32 // [N × n], standardised
	dim                  int       // n
	batchSize            int
	batchNorm            bool
	lrGenerator, lrCodes float64
	z, dz, x             []float32 // the batch's codes, their gradients and signals
}

func newLoop(c *Config, net *nn.MLP, codes *codes, flux []float32, workers int) *loop {
	size := min(c.Training.BatchSize, len(codes.steps))
	return &loop{
		trainer: nn.NewTrainer(net, size, workers, c.Training.WeightDecay),
		codes:   codes, flux: flux, dim: net.Out, batchSize: size, batchNorm: net.BatchNorm,
		z: make([]float32, size*codes.dim), dz: make([]float32, size*codes.dim), x: make([]float32, size*net.Out),
	}
}

// rates sets the learning rates of an epoch, 1-based.
func (t *loop) rates(c Training, epoch int) {
	factor := schedules[c.Schedule](epoch, c.Epochs)
	t.lrGenerator, t.lrCodes = c.LRGenerator*factor, c.LRCodes*factor
}

// epoch takes one step for each batch of signals, in the given order, and
// returns the mean over signals of the losses met.
func (t *loop) epoch(ctx context.Context, order []int) (float64, error) {
	var sum float64
	for left := order; len(left) > 0; {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		size := nextBatch(len(left), t.batchSize, t.batchNorm)
		loss := t.step(left[:size])
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return 0, errDiverged
		}
		sum += loss * float64(size)
		left = left[size:]
	}
	return sum / float64(len(order)), nil
}

// nextBatch returns how many of the signals left in an epoch the next batch of
// at most size takes. BatchNorm cannot train on one signal, so a batch that
// would leave one gives it a companion.
func nextBatch(left, size int, batchNorm bool) int {
	if batchNorm && left == size+1 {
		return size - 1
	}
	return min(left, size)
}

// step takes one step for the signals of the batch and returns its loss. Their
// codes move after the network, by the gradient at both as they were before.
func (t *loop) step(batch []int) float64 {
	d, n := t.codes.dim, t.dim
	for b, i := range batch {
		copy(t.z[b*d:(b+1)*d], t.codes.z[i*d:(i+1)*d])
		copy(t.x[b*n:(b+1)*n], t.flux[i*n:(i+1)*n])
	}
	b := len(batch)
	dz := t.dz[:b*d]
	loss := t.trainer.Step(dz, t.z[:b*d], t.x[:b*n], t.lrGenerator)
	t.codes.step(batch, dz, t.lrCodes)
	return loss
}
