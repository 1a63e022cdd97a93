package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sedlab/internal/rng"
	"sedlab/priors"
)

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
		Flux: noise(signals, dim), Dim: dim, Workers: workers,
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
	undisturbed := took[len(took)/4] // other work on the machine slows the rest down
	return coster.Cost(signals, dim).Training / float64(epochs) / undisturbed.Seconds(), nil
}

// noise returns signals of white noise.
func noise(signals, dim int) []float32 {
	r := rng.New(0, "bench/signals")
	x := make([]float32, signals*dim)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}
