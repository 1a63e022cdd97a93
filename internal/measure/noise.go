// Package measure provides what problems share with the corruption of training
// signals: noise, and fluxes hidden at random.
package measure

import (
	"math"

	"sedlab/internal/rng"
)

// Noise is an amount of Gaussian noise η, given in one of three units; the other two
// are nil. If all are nil there is no noise.
type Noise struct {
	L2         *float64 `spec:"l2" example:"4" range:"[0,inf)" unit:"normalised flux" doc:"Euclidean norm of a signal's noise vector, exactly"`
	RelativeL2 *float64 `spec:"relative_l2" example:"0.1" range:"[0,inf)" doc:"norm of the noise vector, as a share of the measurement's norm"`
	Sigma      *float64 `spec:"sigma" example:"0.1" range:"[0,inf)" unit:"normalised flux" doc:"standard deviation of each measurement's noise"`
}

// Amount returns the amount of noise, in its own unit.
func (n Noise) Amount() float64 {
	for _, v := range []*float64{n.L2, n.RelativeL2, n.Sigma} {
		if v != nil {
			return *v
		}
	}
	return 0
}

// Norm returns ‖η‖₂ if it is the same for every signal. Otherwise ok is false, and only
// Add knows the norm.
func (n Noise) Norm() (norm float64, ok bool) {
	return n.Amount(), n.L2 != nil || n.Amount() == 0
}

// Add adds η to y = A x and returns ‖η‖₂. A signal's η has the same direction at every
// amount, so a sweep over amounts compares like with like.
func (n Noise) Add(y []float32, seed uint64, signal int) float64 {
	if n.Amount() == 0 || len(y) == 0 {
		return 0
	}
	r := rng.New(seed, "operators/noise", uint64(signal))
	eta := make([]float64, len(y))
	for i := range eta {
		eta[i] = r.NormFloat64()
	}
	norm, scale := norm2(eta), n.Amount()
	switch {
	case n.L2 != nil:
		scale = n.Amount() / norm
	case n.RelativeL2 != nil:
		scale = n.Amount() * norm2(y) / norm
	}
	for i := range y {
		y[i] += float32(eta[i] * scale)
	}
	if n.L2 != nil {
		return n.Amount()
	}
	return scale * norm
}

func norm2[T float32 | float64](v []T) float64 {
	var s float64
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	return math.Sqrt(s)
}
