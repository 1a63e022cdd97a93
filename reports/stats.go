package reports

import (
	"slices"

	"sedlab/internal/quantile"
	"sedlab/reports/stats"
)

func median(sorted []float64) float64 { return quantile.Sorted(sorted, 0.5) }

// Statistics describe the values of one box. The whiskers end at the least and the
// greatest value shown; everything else is computed from all finite values.
type Statistics struct {
	N       int // finite values
	LeftOut int // finite values that the figure leaves out
	Failed  int // rows without a finite value

	Min, Q1, Median, Q3, Max, Mean float64
	WhiskerLow, WhiskerHigh        float64
}

// Describe sorts finite values and returns their statistics. The whiskers leave out
// values more than k interquartile ranges outside the quartiles; k = 0 keeps all.
func Describe(values []float64, failed int, k float64) Statistics {
	slices.Sort(values)
	s := Statistics{
		N: len(values), Failed: failed,
		Min: quantile.Sorted(values, 0), Q1: quantile.Sorted(values, 0.25), Median: median(values),
		Q3: quantile.Sorted(values, 0.75), Max: quantile.Sorted(values, 1), Mean: stats.Mean(values),
	}
	shown := values
	if k > 0 {
		shown = stats.Within(values, k)
	}
	s.LeftOut = len(values) - len(shown)
	s.WhiskerLow, s.WhiskerHigh = quantile.Sorted(shown, 0), quantile.Sorted(shown, 1)
	return s
}

// Vary reports whether sorted norms differ by more than rounding.
func Vary(norms []float64) bool {
	low, high := norms[0], norms[len(norms)-1]
	return high-low > 0.01*high
}
