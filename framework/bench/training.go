package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sedlab/internal/rng"
	"sedlab/priors"
	"sedlab/priors/glo"
)

// steps is the number of training steps in a trial. The first ones are slower, because
// they touch memory for the first time.
const steps = 16

// step returns the task of one whole training step of GLO: gathering a batch, network,
// Adam and codes. There are as many signals as a batch holds, so an epoch is a step.
func step(workers int) *task {
	c := &glo.Config{ // the paper's generator at widths of 512
		CodeDim: codeDim, Hidden: hidden, Activation: glo.Activation{LeakyReLU: slope}, BatchNorm: true, Sphere: true,
		Training: glo.Training{
			Epochs: steps, BatchSize: batch, LRGenerator: 1e-3, LRCodes: 1e-2, WeightDecay: 1e-5, Schedule: "constant",
		},
	}
	flux := noise(batch * fluxes)
	return &task{flops: 6 * batch * float64(weights), repeat: 1, trial: func(ctx context.Context) (time.Duration, error) {
		best, last := time.Duration(0), time.Now()
		_, err := c.Train(ctx, priors.Data{Flux: flux, Dim: fluxes, Workers: workers, Progress: func(priors.Epoch) {
			now := time.Now()
			if took := now.Sub(last); best == 0 || took < best {
				best = took
			}
			last = now
		}})
		return best, err
	}}
}

// calibration is how long Rate trains, roughly.
const calibration = 250 * time.Millisecond

// Rate returns how fast this machine trains a prior on signals of dim fluxes, in
// floating-point operations per second. It trains the prior on white noise for a quarter
// of a second, or for two epochs if these take longer.
func Rate(ctx context.Context, c priors.Config, dim, workers int) (float64, error) {
	const signals = 2 * batch
	coster, ok := c.(priors.Coster)
	if !ok {
		return 0, fmt.Errorf("prior %T has no known cost", c)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var took []time.Duration
	epochs, begin := 1, time.Now()
	last := begin
	_, err := c.Train(ctx, priors.Data{
		Flux: noise(signals * dim), Dim: dim, Workers: workers,
		Progress: func(e priors.Epoch) {
			now := time.Now()
			took, last, epochs = append(took, now.Sub(last)), now, e.Epochs
			if len(took) > 1 && now.Sub(begin) > calibration {
				stop()
			}
		},
	})
	if len(took) == 0 || err != nil && !errors.Is(err, context.Canceled) {
		return 0, errors.Join(err, errors.New("no epoch was finished"))
	}
	slices.Sort(took)
	undisturbed := took[len(took)/4] // other work on the machine makes the rest slower
	return coster.Cost(signals, dim).Training / float64(epochs) / undisturbed.Seconds(), nil
}

// noise returns n normal numbers.
func noise(n int) []float32 {
	r := rng.New(0, "bench/signals")
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}
