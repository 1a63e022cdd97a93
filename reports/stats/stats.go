// Package stats has the statistics with which reports compare priors. Its functions are
// pure, and held to numbers that testdata/record.py recorded from SciPy and NumPy.
package stats

import (
	"cmp"
	"math"
	"slices"

	"sedlab/internal/quantile"
)

// Mean returns the arithmetic mean, NaN if there are no values.
func Mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// SD returns the standard deviation of a sample, √(Σ(x − mean)²/(n − 1)); NaN for fewer than
// two values.
func SD(values []float64) float64 {
	if len(values) < 2 {
		return math.NaN()
	}
	mean, sum := Mean(values), 0.0
	for _, v := range values {
		sum += (v - mean) * (v - mean)
	}
	return math.Sqrt(sum / float64(len(values)-1))
}

// Within returns those of ascending values that are at most k interquartile ranges outside
// the quartiles (Tukey 1977, Exploratory Data Analysis, with k = 1.5).
func Within(sorted []float64, k float64) []float64 {
	q1, q3 := quantile.Sorted(sorted, 0.25), quantile.Sorted(sorted, 0.75)
	reach := k * (q3 - q1)
	low, _ := slices.BinarySearch(sorted, q1-reach)
	kept := sorted[low:]
	for len(kept) > 0 && kept[len(kept)-1] > q3+reach {
		kept = kept[:len(kept)-1]
	}
	return kept
}

// Ranks returns the rank of each value, from 1 for the least. Equal values share the mean of
// their ranks (Kendall 1945, Biometrika 33, 239).
func Ranks(values []float64) []float64 {
	ranks := make([]float64, len(values))
	for _, tie := range ties(values) {
		for _, i := range tie.of {
			ranks[i] = tie.rank
		}
	}
	return ranks
}

// tied are the places of equal values, and the rank that they share.
type tied struct {
	of   []int
	rank float64
}

// ties returns the places of equal values, in ascending order of the values.
func ties(values []float64) (list []tied) {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(values[i], values[j]) })
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		list = append(list, tied{order[from:to], float64(from+1+to) / 2})
		from = to
	}
	return list
}

// MeanRanks returns the mean rank of each treatment over blocks, each of which has a value of
// every treatment (Friedman 1937, JASA 32, 675).
func MeanRanks(blocks [][]float64) []float64 {
	if len(blocks) == 0 {
		return nil
	}
	means := make([]float64, len(blocks[0]))
	for _, values := range blocks {
		for i, rank := range Ranks(values) {
			means[i] += rank
		}
	}
	for i := range means {
		means[i] /= float64(len(blocks))
	}
	return means
}

// Holm returns p-values that are corrected for a family of as many tests, by the step-down
// method, whatever the dependence between the tests: of m ascending p-values the i-th becomes
// max over j ≤ i of min(1, (m − j + 1) p_j) (Holm 1979, Scand. J. Statist. 6, 65).
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	corrected, most := make([]float64, len(p)), 0.0
	for step, i := range order {
		most = max(most, min(1, float64(len(p)-step)*p[i]))
		corrected[i] = most
	}
	return corrected
}
