package bench

import (
	"context"
	"time"

	"sedlab/priors"
	"sedlab/priors/glo"
)

// steps is the number of training steps in a trial. The first ones are slower, because
// they touch memory for the first time.
const steps = 16

// step returns the task of one whole training step of GLO: gathering a batch, network,
// Adam and codes. There are as many signals as a batch holds, so an epoch is a step.
func step(workers int) *task {
	c := reference(steps)
	flux := noise(batch, fluxes)
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

// reference returns the paper's generator, at widths of 512, and its training.
func reference(epochs int) *glo.Config {
	return &glo.Config{
		CodeDim: codeDim, Hidden: hidden, Activation: glo.Activation{LeakyReLU: slope}, BatchNorm: true, Sphere: true,
		Training: glo.Training{
			Epochs: epochs, BatchSize: batch, LRGenerator: 1e-3, LRCodes: 1e-2, WeightDecay: 1e-5, Schedule: "constant",
		},
	}
}
