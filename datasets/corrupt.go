package datasets

import (
	"fmt"
	"slices"

	"sedlab/internal/measure"
	"sedlab/internal/rng"
)

// Corruption is damage to the signals that a prior is trained on, as if some had been
// measured badly and their gaps filled with a constant.
type Corruption struct {
	MissingFraction float64       `spec:"missing_fraction" default:"0" example:"0.2" range:"[0,1)" why:"at 1 nothing would be left" doc:"share of a corrupted signal's fluxes that are hidden, at random throughout it; they take the mean of the other fluxes"`
	Noise           measure.Noise `spec:"noise" default:"{l2: 0}" oneof:"true" doc:"Gaussian noise on the fluxes of a corrupted signal that are not hidden"`
	Share           float64       `spec:"share" default:"1" example:"0.5" range:"[0,1]" doc:"share of the training signals that are corrupted, chosen at random"`
}

// Corrupts reports whether the corruption changes any signal.
func (c Corruption) Corrupts() bool {
	return c.Share > 0 && (c.MissingFraction > 0 || c.Noise.Amount() > 0)
}

// Corruptor returns one that damages a signal of n fluxes in place, if the signal
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
	Observed []bool  // the fluxes that were not hidden; nil if the signal was not damaged
	Variance float64 // of the noise that was added to these
}

// mark notes the damage in what is known of a signal's fluxes: which were measured, and their
// inverse variances.
func (d Damage) mark(infilled []bool, ivar []float32) {
	for i, ok := range d.Observed {
		switch {
		case !ok:
			infilled[i] = true
			if ivar != nil {
				ivar[i] = 0
			}
		case ivar != nil && ivar[i] > 0:
			ivar[i] = float32(1 / (1/float64(ivar[i]) + d.Variance))
		}
	}
}

// Weights returns the weights of a damaged signal's fluxes in a training (see
// priors.Weigher), given which were infilled before and their inverse variances.
func (d Damage) Weights(infilled []bool, ivar []float32, n int) (measured []bool, precision []float32) {
	marks, precision := make([]bool, n), slices.Clone(ivar)
	copy(marks, infilled)
	d.mark(marks, precision)
	for i, gone := range marks {
		marks[i] = !gone
	}
	return marks, precision
}

func mean(y []float32) float32 {
	var sum float64
	for _, v := range y {
		sum += float64(v)
	}
	return float32(sum / float64(len(y)))
}
