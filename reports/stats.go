package reports

import (
	"math/rand/v2"
	"slices"

	"sedlab/internal/quantile"
)

func median(sorted []float64) float64 { return quantile.Sorted(sorted, 0.5) }

// iqr returns the interquartile range of sorted values.
func iqr(sorted []float64) float64 {
	return quantile.Sorted(sorted, 0.75) - quantile.Sorted(sorted, 0.25)
}

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

// Vary reports whether sorted norms differ by more than rounding.
func Vary(norms []float64) bool {
	low, high := norms[0], norms[len(norms)-1]
	return high-low > 0.01*high
}

// resamples is the number of bootstrap samples of an interval: enough that chance moves
// its ends by less than the digits that the report prints.
const resamples = 1000

// interval is an estimate with its 95 % bootstrap interval.
type interval struct{ Value, Low, High float64 }

// ratio estimates stat(a)/stat(b) of two sets of values, with a percentile
// bootstrap interval (Efron 1979). stat gets sorted values. If paired, a[i] and b[i]
// belong together and are resampled together.
func ratio(a, b []float64, paired bool, stat func(sorted []float64) float64, stream *rand.Rand) interval {
	ratios := make([]float64, resamples)
	ra, rb := make([]float64, len(a)), make([]float64, len(b))
	for k := range ratios {
		for i := range ra {
			j := stream.IntN(len(a))
			ra[i] = a[j]
			if paired {
				rb[i] = b[j]
			}
		}
		for i := range rb {
			if !paired {
				rb[i] = b[stream.IntN(len(b))]
			}
		}
		slices.Sort(ra)
		slices.Sort(rb)
		ratios[k] = stat(ra) / stat(rb)
	}
	slices.Sort(ratios)
	return interval{
		Value: stat(slices.Sorted(slices.Values(a))) / stat(slices.Sorted(slices.Values(b))),
		Low:   quantile.Sorted(ratios, 0.025),
		High:  quantile.Sorted(ratios, 0.975),
	}
}
