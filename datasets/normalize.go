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
// median or max, or by 1 for none, and records the divisors in s.Norm. It computes in
// float64, and so takes account of s.Scale, which is nil afterwards. A signal without a
// positive norm stays unchanged, with a Norm of 1, and Bad says so. Normalising a set twice
// is an error; fluxes that float32 cannot hold are an *InputError with a *RangeError.
func (s *Set) Normalize(how string) error {
	norm := norms[how]
	if norm == nil {
		return fmt.Errorf("normalize %q: expected one of %s", how, strings.Join(slices.Sorted(maps.Keys(norms)), ", "))
	}
	if s.Norm != nil {
		return errors.New("the data set is already normalised")
	}
	if how == "none" {
		if err := s.unscale(); err != nil {
			return err
		}
	}
	s.Norm, s.bad = make([]float64, s.Len()), make(map[int]string)
	for i := range s.Norm {
		s.Norm[i] = s.divide(i, how, norm(s.Signal(i)))
	}
	s.Scale = nil
	return nil
}

// divide divides signal i by its norm, which is in the units of s.Flux, and returns the
// divisor in those of the source.
func (s *Set) divide(i int, how string, norm float64) float64 {
	whole := norm * s.scaleOf(i)
	switch {
	case norm == 0:
		s.bad[i] = "zero norm"
		return 1
	case !(norm > 0): // or NaN; a negative median or max would flip the signal
		s.bad[i] = how + " not positive"
		return 1
	case whole == 0 || math.IsInf(whole, 0):
		s.bad[i] = how + " beyond float64"
		return 1
	case largest(s.Signal(i)) > norm*math.MaxFloat32: // next to a tiny median or max
		s.bad[i] = "fluxes beyond float32 once divided by the " + how
		return 1
	}
	for j, v := range s.Signal(i) {
		s.Signal(i)[j] = float32(float64(v) / norm)
	}
	for j, v := range s.TruthRow(i) {
		s.TruthRow(i)[j] = float32(float64(v) / norm)
	}
	for j, v := range s.IvarRow(i) {
		s.IvarRow(i)[j] = clipIvar(float64(v) * norm * norm)
	}
	return whole
}

// clipIvar returns an inverse variance in the unit of signals, as float32 can hold it: the errors
// of fluxes of about 1 are between 1e-19 and 1e19. One above 0 stays so.
func clipIvar(v float64) float32 {
	if v == 0 {
		return 0
	}
	return float32(max(smallestFloat32, min(v, math.MaxFloat32)))
}

// smallestFloat32 is the smallest normal float32.
const smallestFloat32 = 0x1p-126

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
