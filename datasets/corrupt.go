package datasets

import (
	"context"
	"fmt"

	"sedlab/internal/gappy"
	"sedlab/internal/measure"
	"sedlab/internal/rng"
)

// Corruption is damage to the signals that a prior is trained on, as if some had been
// measured badly and their gaps filled in.
type Corruption struct {
	MissingFraction float64       `spec:"missing_fraction" default:"0" example:"0.2" range:"[0,1)" why:"at 1 nothing would be left" doc:"share of a corrupted signal's fluxes that are hidden, at random throughout it; fill says what they take instead"`
	Noise           measure.Noise `spec:"noise" default:"{l2: 0}" oneof:"true" doc:"Gaussian noise on the fluxes of a corrupted signal that are not hidden"`
	Fill            string        `spec:"fill" default:"mean" enum:"mean|iterative_pca" doc:"what hidden fluxes take: the mean of the signal's other fluxes, or what iterative PCA with 10 components makes of them, fitted to the training signals"`
	Share           float64       `spec:"share" default:"1" example:"0.5" range:"[0,1]" doc:"share of the training signals that are corrupted, chosen at random"`
}

// Corrupts reports whether the corruption changes any signal.
func (c Corruption) Corrupts() bool {
	return c.Share > 0 && (c.MissingFraction > 0 || c.Noise.Amount() > 0)
}

// Corruptor returns a function that damages a signal of n fluxes in place, if the signal
// is one of those to damage. Random fluxes are hidden, the rest get noise, and the hidden
// ones take the mean of the rest. It is an error if no flux of a damaged signal is left.
//
// All randomness comes from streams named by seed and signal, which differ from the
// streams of problems. The damaged signals at growing shares are nested, and so are a
// signal's hidden fluxes at growing fractions.
func (c Corruption) Corruptor(n int, seed uint64) (corrupt Corruptor, err error) {
	hidden := measure.Hidden(n, c.MissingFraction)
	if hidden >= n {
		return nil, fmt.Errorf("got %g, which leaves none of %d fluxes; expected a smaller fraction", c.MissingFraction, n)
	}
	own := rng.New(seed, "corrupt").Uint64()
	return func(x []float32, signal int) Damage {
		if rng.Uniform(own, "corrupt/share", uint64(signal)) >= c.Share {
			return Damage{}
		}
		observed := measure.Scattered(n, hidden, own, signal)
		left := make([]float32, 0, n-hidden)
		for i, ok := range observed {
			if ok {
				left = append(left, x[i])
			}
		}
		norm := c.Noise.Add(left, own, signal)
		damage := Damage{Observed: observed, Variance: norm * norm / float64(len(left))}
		fill := mean(left)
		for i, ok := range observed {
			if !ok {
				x[i] = fill
				continue
			}
			x[i], left = left[0], left[1:]
		}
		return damage
	}, nil
}

// Corruptor damages a signal in place, if it is one of those to damage.
type Corruptor func(x []float32, signal int) Damage

// Damage is what was done to a signal.
type Damage struct {
	Observed []bool  // true where a flux was not hidden; nil if the signal was not damaged
	Variance float64 // of the noise that was added to the observed fluxes
}

// Left returns which of a damaged signal's n fluxes were measured, given which were infilled
// before, and the variances of their noise, given inverse ones from before, or nil if these are
// unknown. Then the variance is that of the noise that was added.
func (d Damage) Left(infilled []bool, ivar []float32, n int) (measured []bool, variance []float64) {
	measured, variance = make([]bool, n), make([]float64, n)
	for i := range measured {
		measured[i] = (infilled == nil || !infilled[i]) && (ivar == nil || ivar[i] > 0) && (d.Observed == nil || d.Observed[i])
		if d.Observed != nil {
			variance[i] = d.Variance
		}
		if ivar != nil && measured[i] {
			variance[i] += 1 / float64(ivar[i])
		}
	}
	return measured, variance
}

// The numbers of components and of iterations of the iterative PCA that fills hidden fluxes:
// those by which the SDSS spectra of the paper were corrected.
const (
	fillComponents = 10
	fillIterations = 20
)

// Refill replaces what is missing in N×n signals as c.Fill says: by nothing new, or by
// iterative PCA. The error is ctx's, or about a flux that no signal has.
func (c Corruption) Refill(ctx context.Context, flux []float32, missing []bool, n, workers int) error {
	if c.Fill != "iterative_pca" {
		return nil
	}
	data := gappy.Data{Flux: flux, Missing: missing, Dim: n}
	fit, err := gappy.Iterative(ctx, data, gappy.Options{Components: fillComponents, Iterations: fillIterations, Workers: workers})
	if err != nil {
		return err
	}
	return fit.Fill(ctx, flux, data, workers)
}

func mean(y []float32) float32 {
	var sum float64
	for _, v := range y {
		sum += float64(v)
	}
	return float32(sum / float64(len(y)))
}
