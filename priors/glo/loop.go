package glo

import (
	"context"
	"errors"
	"math"
	"time"

	"sedlab/internal/nn"
)

// errDiverged ends a training whose learning rates are too high.
var errDiverged = errors.New("the loss is not finite; a lower train.lr_generator helps")

// loop is the state of a training between steps.
type loop struct {
	history
	trainer              *nn.Trainer
	codes                *codes
	flux                 []float32 // [N × n], standardised
	dim                  int       // n
	batchSize            int
	batchNorm            bool
	lrGenerator, lrCodes float64
	z, dz, x             []float32 // codes, their gradients and signals of the batch
}

func newLoop(c *Config, net *nn.MLP, codes *codes, flux []float32, workers int) *loop {
	size := min(c.Training.BatchSize, len(codes.steps))
	return &loop{
		trainer: nn.NewTrainer(net, size, workers, c.Training.WeightDecay),
		codes:   codes, flux: flux, dim: net.Out, batchSize: size, batchNorm: net.BatchNorm,
		z: make([]float32, size*codes.dim), dz: make([]float32, size*codes.dim), x: make([]float32, size*net.Out),
	}
}

// epoch takes a step for each batch of signals, in the given order, and returns the mean
// loss over signals. When ctx is done it stops, unless the rest is likely to take less
// than patience.
func (t *loop) epoch(ctx context.Context, order []int, patience time.Duration) (float64, error) {
	var sum float64
	start := time.Now()
	for left := order; len(left) > 0; {
		if err := ctx.Err(); err != nil {
			taken := float64(len(order) - len(left))
			if rest := time.Since(start).Seconds() / taken * float64(len(left)); !(rest < patience.Seconds()) {
				return 0, err
			}
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

// nextBatch returns the size of the next batch, given the signals left in an epoch and
// the largest size. BatchNorm cannot train on a single signal, so a batch never leaves
// one.
func nextBatch(left, size int, batchNorm bool) int {
	if batchNorm && left == size+1 {
		return size - 1
	}
	return min(left, size)
}

// step takes one step for the signals of the batch and returns the loss. The codes move
// after the network, but by the gradient from before it moved.
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
