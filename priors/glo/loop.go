package glo

import (
	"context"
	"errors"
	"math"
	"time"

	"sedlab/internal/f32"
	"sedlab/internal/nn"
	"sedlab/internal/rng"
	"sedlab/priors"
)

// errDiverged ends a training whose learning rates are too high.
var errDiverged = errors.New("the loss is not finite; a lower train.lr_generator helps")

// loop is the state of a training between steps.
type loop struct {
	history
	trainer              *nn.Trainer
	codes                *codes
	flux                 []float32 // [N × n], standardised
	weight               []float32 // [N × n], with a mean of 1; nil if all fluxes count the same
	dim                  int       // n
	batchSize            int
	batchNorm            bool
	lrGenerator, lrCodes float64
	z, dz, x             []float32 // codes, their gradients and signals of the batch
	w                    []float32 // weights of the batch's squared errors; nil if weight is

	mean      []float32 // of signals, and scale as in a Model
	scale     float64
	workers   int
	validates bool
	held      *priors.Held // for validations; nil if there are none
	best      *Prior       // of all validations; nil before the first, or if the training cannot stop early
}

func newLoop(c *Config, net *nn.MLP, codes *codes, std standard, workers int) *loop {
	size := min(c.Training.BatchSize, len(codes.steps))
	var w []float32
	if std.weight != nil {
		w = make([]float32, size*net.Out)
	}
	return &loop{
		weight: std.weight, w: w, mean: std.mean, scale: std.scale, workers: workers, validates: c.Validates() != "",
		trainer: nn.NewTrainer(net, size, workers, c.Training.WeightDecay),
		codes:   codes, flux: std.flux, dim: net.Out, batchSize: size, batchNorm: net.BatchNorm,
		z: make([]float32, size*codes.dim), dz: make([]float32, size*codes.dim), x: make([]float32, size*net.Out),
	}
}

// epoch takes a step for each batch of signals, in the given order, and returns the mean
// loss over signals. When ctx is done it stops, unless the rest of the epoch is likely to
// take less than patience.
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
// after the network, but by the gradient computed before the network moved.
func (t *loop) step(batch []int) float64 {
	d, n := t.codes.dim, t.dim
	for b, i := range batch {
		copy(t.z[b*d:(b+1)*d], t.codes.z[i*d:(i+1)*d])
		copy(t.x[b*n:(b+1)*n], t.flux[i*n:(i+1)*n])
	}
	b := len(batch)
	dz := t.dz[:b*d]
	loss := t.trainer.StepWeighted(dz, t.z[:b*d], t.x[:b*n], t.weights(batch), t.lrGenerator)
	t.codes.step(batch, dz, t.lrCodes)
	return loss
}

// weights returns the weights of the batch's squared errors, or nil: those of its fluxes,
// divided by their number.
func (t *loop) weights(batch []int) []float32 {
	if t.weight == nil {
		return nil
	}
	n := t.dim
	share := 1 / float32(len(batch)*n)
	for b, i := range batch {
		for k, v := range t.weight[i*n : (i+1)*n] {
			t.w[b*n+k] = share * v
		}
	}
	return t.w[:len(batch)*n]
}

// codes are the latent vectors of the training signals. Each moves once per epoch, with
// its own Adam state and step count: while it waits, its moments do not decay.
type codes struct {
	dim     int
	sphere  bool      // whether they are kept on the unit sphere
	z, m, v []float32 // [N × dim]
	steps   []int64
}

// newCodes takes over initial codes z [N × dim] and, if sphere is set, puts them on the
// unit sphere.
func newCodes(z []float32, dim int, sphere bool) *codes {
	if sphere {
		f32.Sphere(z, dim)
	}
	return &codes{
		dim: dim, sphere: sphere, z: z,
		m: make([]float32, len(z)), v: make([]float32, len(z)), steps: make([]int64, len(z)/dim),
	}
}

// drawCodes draws n codes from N(0, I), each from a stream of its own.
func drawCodes(n, dim int, seed uint64) []float32 {
	z := make([]float32, n*dim)
	for i := range n {
		rnd := rng.New(seed, "glo/code", uint64(i))
		for k := range dim {
			z[i*dim+k] = float32(rnd.NormFloat64())
		}
	}
	return z
}

// step moves the codes of the batch by Adam, given their gradients [batch × dim], and
// puts them back on the sphere if they belong there. The moments are not projected.
func (c *codes) step(batch []int, grad []float32, lr float64) {
	for b, i := range batch {
		c.steps[i]++
		lo, hi := i*c.dim, (i+1)*c.dim
		s := f32.NewAdamStep(lr, 0, int(c.steps[i]))
		f32.Adam(c.z[lo:hi], grad[b*c.dim:(b+1)*c.dim], c.m[lo:hi], c.v[lo:hi], s)
		if c.sphere {
			f32.Sphere(c.z[lo:hi], c.dim)
		}
	}
}
