package dataset

import (
	"fmt"

	"sedlab/internal/rng"
	"sedlab/operators"
)

// Corruption is damage to signals that a prior is trained on, as if some of them
// had been measured badly and filled in plainly.
type Corruption struct {
	MissingFraction float64 // in [0, 1), of a damaged signal's fluxes, chosen at random
	Noise           operators.Noise
	Share           float64 // of the signals that are damaged
}

// Corrupts tells whether there is anything that it changes.
func (c Corruption) Corrupts() bool {
	return c.Share > 0 && (c.MissingFraction > 0 || c.Noise.Amount > 0)
}

// Corruptor returns a function that damages, in place, the signals of n fluxes
// that are among the damaged, by their identity. What is left of a signal is its
// measurement by the operator super_resolution with the noise, and where that
// hides a flux, the mean of those that were measured.
//
// All is of streams that are named by seed and identity, apart from those of
// problems: the damaged signals at growing shares are nested, and so are a
// signal's missing fluxes at growing fractions. It is an error if no flux of a
// damaged signal would be left.
func (c Corruption) Corruptor(n int, seed uint64) (corrupt func(x []float32, signal int), err error) {
	own := rng.New(seed, "corrupt").Uint64()
	hide, err := operators.New("super_resolution", operators.Params{N: n, MissingFraction: c.MissingFraction, Seed: own})
	if err != nil {
		return nil, err
	}
	m, _ := hide(0).Dims()
	if m == 0 {
		return nil, fmt.Errorf("got %g, which leaves none of %d fluxes; expected a smaller fraction", c.MissingFraction, n)
	}
	return func(x []float32, signal int) {
		if rng.Uniform(own, "corrupt/share", uint64(signal)) >= c.Share {
			return
		}
		y := make([]float32, m)
		op := hide(signal).(operators.Selector)
		op.Apply(y, x)
		c.Noise.Add(y, own, signal)
		op.Adjoint(x, y)
		fillIn(x, op.Observed(), mean(y))
	}, nil
}

// fillIn sets the fluxes that are not observed.
func fillIn(x []float32, observed []bool, with float32) {
	for i, ok := range observed {
		if !ok {
			x[i] = with
		}
	}
}

func mean(y []float32) float32 {
	var sum float64
	for _, v := range y {
		sum += float64(v)
	}
	return float32(sum / float64(len(y)))
}
