// Package quantile computes quantiles as NumPy does by default, so that tables can be
// checked with NumPy.
package quantile

import (
	"math"
	"slices"
)

// Sorted returns the q-quantile, q in [0, 1], of sorted values by linear interpolation
// (Hyndman and Fan 1996, type 7). It is NaN if there are no values.
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
	if math.IsInf(b-a, 0) && !math.IsInf(a, 0) && !math.IsInf(b, 0) { // too far apart for float64
		return a*(1-t) + b*t
	}
	if t < 0.5 { // gives the same bits as NumPy's _lerp
		return a + (b-a)*t
	}
	return b - (b-a)*(1-t)
}

// Median sorts the values and returns their median, or NaN if there are none.
func Median(values []float64) float64 {
	slices.Sort(values)
	return Sorted(values, 0.5)
}

// MedianOf is Median of values that stay in their order.
func MedianOf(values []float64) float64 { return Median(slices.Clone(values)) }
