package operators

import (
	"math"

	"sedlab/internal/rng"
)

// NoiseUnit says what a noise amount is.
type NoiseUnit string

// The units of a noise amount.
const (
	L2         NoiseUnit = "l2"          // the noise vector's Euclidean norm, exactly
	RelativeL2 NoiseUnit = "relative_l2" // that norm as a share of ‖A x‖₂
	Sigma      NoiseUnit = "sigma"       // standard deviation of each measurement's noise
)

// Noise is Gaussian noise η on a measurement.
type Noise struct {
	Unit   NoiseUnit
	Amount float64
}

// Add adds η to y = A x and returns ‖η‖₂. A signal's η has the same direction
// at every amount, so that a sweep over amounts compares like with like.
func (n Noise) Add(y []float32, seed uint64, signal int) float64 {
	if n.Amount == 0 || len(y) == 0 {
		return 0
	}
	r := rng.New(seed, "operators/noise", uint64(signal))
	eta := make([]float64, len(y))
	for i := range eta {
		eta[i] = r.NormFloat64()
	}
	norm, scale := norm2(eta), n.Amount
	switch n.Unit {
	case L2:
		scale = n.Amount / norm
	case RelativeL2:
		scale = n.Amount * norm2(y) / norm
	}
	for i := range y {
		y[i] += float32(eta[i] * scale)
	}
	if n.Unit == L2 {
		return n.Amount
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
