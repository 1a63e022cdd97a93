// Package quantile computes quantiles as NumPy does by default, so that numbers
// of tables can be checked there.
package quantile

import (
	"math"
	"slices"
)

// Sorted returns the q-quantile, q in [0, 1], of sorted values by linear
// interpolation (Hyndman and Fan 1996, type 7); NaN for none.
func Sorted[T float32 | float64](values []T, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	at := q * float64(len(values)-1)
	i := int(at)
	if i >= len(values)-1 {
		return float64(values[len(values)-1])
	}
	a, b, t := float64(values[i]), float64(values[i+1]), at-float64(i)
	if t < 0.5 { // as NumPy's _lerp, to the bit
		return a + (b-a)*t
	}
	return b - (b-a)*(1-t)
}

// Median returns the median of the values, which it sorts; NaN for none.
func Median(values []float64) float64 {
	slices.Sort(values)
	return Sorted(values, 0.5)
}
