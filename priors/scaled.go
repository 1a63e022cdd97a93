package priors

import "math"

// Scaled is a prior whose signals are in a unit of its own. Priors and solvers compute in
// float32, with constants such as Adam's ε and a penalty's λ. If the training signals have
// a root mean square of 1 in that unit, the unit of the data changes no result.
type Scaled struct {
	Prior Prior
	Unit  float64 // in the units of the data; positive and finite
}

// Unit returns the unit for training signals of N×n fluxes: their root mean square, or 1 if
// that is not positive and finite. It is rounded to 16 bits. So it is exactly 1 for signals
// that were normalised to a root mean square of 1 each, and a power of 2 in the data is
// exactly the same power of 2 in the unit.
func Unit(signals func(yield func(x []float32) bool)) float64 {
	sum, n := 0.0, 0
	for x := range signals {
		for _, v := range x {
			sum += float64(v) * float64(v)
		}
		n += len(x)
	}
	rms := math.Sqrt(sum / float64(max(n, 1)))
	if !(rms > 0) || math.IsInf(rms, 0) {
		return 1
	}
	fraction, exponent := math.Frexp(rms)
	return math.Ldexp(math.Round(math.Ldexp(fraction, 16)), exponent-16)
}

// Scale returns x in units of unit. It returns x itself if unit is 1.
func Scale(x []float32, unit float64) []float32 {
	if unit == 1 {
		return x
	}
	scaled := make([]float32, len(x))
	for i, v := range x {
		scaled[i] = float32(float64(v) / unit)
	}
	return scaled
}
