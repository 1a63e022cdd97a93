package reports

import (
	"math"
	"slices"

	"sedlab/internal/quantile"
)

func median(sorted []float64) float64 { return quantile.Sorted(sorted, 0.5) }

// iqr returns the interquartile range of sorted values.
func iqr(sorted []float64) float64 {
	return quantile.Sorted(sorted, 0.75) - quantile.Sorted(sorted, 0.25)
}

// statistics describe the values of one box. All but the whiskers are over all
// finite values; the whiskers end at the least and the greatest value shown.
type statistics struct {
	N       int // finite values
	LeftOut int // of those, how many the figure leaves out
	Failed  int // rows without a finite value

	Min, Q1, Median, Q3, Max, Mean float64
	WhiskerLow, WhiskerHigh        float64
}

// describe returns the statistics of values that the caller gives up, leaving
// out of the whiskers what is more than k interquartile ranges outside the
// quartiles (k = 0 keeps all).
func describe(values []float64, failed int, k float64) statistics {
	slices.Sort(values)
	s := statistics{
		N: len(values), Failed: failed,
		Min: quantile.Sorted(values, 0), Q1: quantile.Sorted(values, 0.25), Median: median(values),
		Q3: quantile.Sorted(values, 0.75), Max: quantile.Sorted(values, 1), Mean: mean(values),
	}
	shown := values
	if k > 0 {
		reach := k * (s.Q3 - s.Q1)
		lo, _ := slices.BinarySearch(values, s.Q1-reach)
		shown = values[lo:]
		for len(shown) > 0 && shown[len(shown)-1] > s.Q3+reach {
			shown = shown[:len(shown)-1]
		}
	}
	s.LeftOut = len(values) - len(shown)
	s.WhiskerLow, s.WhiskerHigh = quantile.Sorted(shown, 0), quantile.Sorted(shown, 1)
	return s
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
