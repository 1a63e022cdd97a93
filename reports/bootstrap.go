package reports

import (
	"math/rand/v2"
	"slices"

	"sedlab/internal/quantile"
)

// resamples is the number of bootstrap samples of an interval: enough for its
// ends to move by less than what the report prints of them.
const resamples = 1000

// interval is an estimate with its 95 % bootstrap interval.
type interval struct{ Value, Low, High float64 }

// ratio estimates stat(a)/stat(b) of two sets of values, with a percentile
// bootstrap interval (Efron 1979). stat is given sorted values. If paired, a[i]
// and b[i] belong together and are drawn together.
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
