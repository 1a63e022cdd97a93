package datasets

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// norms are the norms that Normalize can divide a signal by.
var norms = map[string]func(x []float32) float64{
	"rms":    rms,
	"l2":     func(x []float32) float64 { return math.Sqrt(sumSquares(x)) },
	"median": median,
	"max":    func(x []float32) float64 { return float64(slices.Max(x)) },
	"none":   func([]float32) float64 { return 1 },
}

// Normalize divides each signal in place by its own rms √(mean x²), l2 norm √(Σ x²),
// median or max, or by 1 for none, and records the divisors in s.Norm. A signal without a
// positive norm stays unchanged, with a Norm of 1, and Bad says so. Normalising a set twice
// is an error.
func (s *Set) Normalize(how string) error {
	norm := norms[how]
	if norm == nil {
		return fmt.Errorf("normalize %q: expected one of %s", how, strings.Join(slices.Sorted(maps.Keys(norms)), ", "))
	}
	if s.Norm != nil {
		return errors.New("the data set is already normalised")
	}
	s.Norm, s.bad = make([]float64, s.Len()), make(map[int]string)
	for i := range s.Norm {
		s.Norm[i] = s.scale(i, how, norm(s.Signal(i)))
	}
	return nil
}

// scale divides signal i by a norm and returns the divisor.
func (s *Set) scale(i int, how string, norm float64) float64 {
	switch {
	case norm == 0:
		s.bad[i] = "zero norm"
		return 1
	case !(norm > 0) || math.IsInf(norm, 0): // or NaN; a negative median or max would flip the signal
		s.bad[i] = how + " not positive"
		return 1
	}
	for j, v := range s.Signal(i) {
		s.Signal(i)[j] = float32(float64(v) / norm)
	}
	return norm
}

func rms(x []float32) float64 { return math.Sqrt(sumSquares(x) / float64(len(x))) }

func sumSquares(x []float32) float64 {
	var sum float64
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return sum
}

// median returns the middle value, or the mean of the middle two.
func median(x []float32) float64 {
	sorted := slices.Sorted(slices.Values(x))
	n := len(sorted)
	return (float64(sorted[(n-1)/2]) + float64(sorted[n/2])) / 2
}
