package runner

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"sedlab/internal/quantile"
	"sedlab/reports/scores"
)

// miss is an error, and the standard deviations of the estimate and of the noise in it.
type miss struct{ off, sigma, noise float64 }

// missesOf returns the errors of some of a case's fluxes. Where the noise-free signal is unknown,
// they are means over neighbouring fluxes: the noise of the data, which may be far larger than the
// error, becomes smaller, but the error is smooth and stays.
func missesOf(c scores.Case, counts func(flux int) bool) (misses []miss) {
	var at []int
	c.EachError(func(flux int, off, sigma, noise float64) {
		if sigma > 0 && counts(flux) {
			at, misses = append(at, flux), append(misses, miss{off, sigma, noise})
		}
	})
	if c.Clean != nil {
		return misses
	}
	level := noiseLevel(at, misses)
	var means []miss
	for lo := 0; lo < len(misses); {
		hi := lo + 1
		for hi < len(misses) && hi-lo < averaged && at[hi]-at[lo] < farthest {
			hi++
		}
		means = append(means, meanOf(misses[lo:hi], level))
		lo = hi
	}
	return means
}

// averaged is the number of neighbours in a mean, and farthest how far apart, in fluxes, they may be.
const averaged, farthest = 3, 9

// meanOf returns the mean of neighbouring errors, whose noise is independent and a level times
// what the prior knows. The errors of the estimate are taken to be the same.
func meanOf(some []miss, level float64) (m miss) {
	n := float64(len(some))
	for _, o := range some {
		m.off += o.off / n
		m.sigma += o.sigma / n
		m.noise += o.noise * o.noise
	}
	m.noise = level * math.Sqrt(m.noise) / n
	return m
}

// noiseLevel returns how large the noise of a signal is, in the standard deviations that the prior
// gives it, from the differences of errors from their neighbours': by the median, because errors
// of the estimate differ only at lines. at has their fluxes. With too few errors it is 1.
func noiseLevel(at []int, misses []miss) float64 {
	var ratios []float64
	for i := 1; i+1 < len(misses); i++ {
		if at[i+1]-at[i-1] >= farthest {
			continue
		}
		a, b, c := misses[i-1], misses[i], misses[i+1]
		d := b.off - (a.off+c.off)/2
		if v := b.noise*b.noise + (a.noise*a.noise+c.noise*c.noise)/4; v > 0 {
			ratios = append(ratios, d*d/v)
		}
	}
	if len(ratios) < 10 {
		return 1
	}
	return math.Sqrt(quantile.MedianOf(ratios) / 0.4549364) // the median of χ² with one degree of freedom
}

// The range of factors.
const leastFactor, mostFactor = 0.1, 100

// factor returns the factor s with which 68.27 % of the errors of all signals together are within
// √(s²σ² + ν²); NaN without errors.
func factor(signals [][]miss) float64 {
	// An error is within the interval from the factor √(off² − ν²)/σ on.
	var from []float64
	for _, misses := range signals {
		for _, m := range misses {
			from = append(from, math.Sqrt(math.Max(0, m.off*m.off-m.noise*m.noise))/m.sigma)
		}
	}
	if len(from) == 0 {
		return math.NaN()
	}
	slices.Sort(from)
	at := int(math.Ceil(0.6827*float64(len(from)))) - 1
	return math.Min(math.Max(from[at], leastFactor), mostFactor)
}

const (
	groups = 10  // of the signals, by which the uncertainty of a factor is estimated
	spread = 0.3 // of the logarithms of factors of priors' deviations, roughly
)

// few is the number of signals with fewer of which a factor is uncertain.
const few = 100

// cautious returns a factor that is the closer to 1 the less certain it is: the noise of the data
// may leave little to find it by, and so may few signals.
func cautious(s float64, signals [][]miss) float64 {
	var logs []float64
	for k := range groups {
		var own [][]miss
		for i := k; i < len(signals); i += groups {
			own = append(own, signals[i])
		}
		if f := factor(own); f > 0 {
			logs = append(logs, math.Log(f))
		}
	}
	if len(logs) < 2 {
		return s
	}
	variance := stat.Variance(logs, nil) / float64(len(logs))
	return math.Exp(math.Log(s) * spread * spread / (spread*spread + variance))
}
