package bench

import (
	"context"
	"time"

	"sedlab/priors"
	"sedlab/priors/glo"
)

// steps are the training steps of a trial. The first ones are spent on memory
// that was never used before.
const steps = 16

// step is the task of one whole step of GLO: gathering a batch, network, Adam,
// and the codes. As many training signals as fit a batch make an epoch a step.
func step(workers int) *task {
	c := reference(steps)
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

// reference is the paper's generator at widths of 512, and its training.
func reference(epochs int) *glo.Config {
	return &glo.Config{
		CodeDim: codeDim, Hidden: hidden, Activation: glo.Activation{LeakyReLU: slope}, BatchNorm: true, Sphere: true,
		Training: glo.Training{
			Epochs: epochs, BatchSize: batch, LRGenerator: 1e-3, LRCodes: 1e-2, WeightDecay: 1e-5, Schedule: "constant",
		},
	}
}
