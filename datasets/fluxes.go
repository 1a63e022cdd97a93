package datasets

import (
	"fmt"
	"math"
	"slices"
)

// SetFluxes sets s.Flux, and s.Scale if float32 cannot hold the fluxes themselves, such as
// luminosities of 1e44 erg/s. flux holds N×n values in the source's units, on the grid of
// s.Wavelength, with which s.Infilled agrees. Scales are powers of 2, so they round nothing.
// All signals have the same, unless they differ by more than float32 spans.
func (s *Set) SetFluxes(flux []float64) {
	// A slice gives no error.
	_ = s.readFluxes(len(flux), false, func(use func(i int, v float64)) error {
		for i, v := range flux {
			use(i, v)
		}
		return nil
	})
}

// readFluxes is SetFluxes for total values that each gives in any order, with their index.
// It asks for them a second time if they need scales, so that they are never held as float64.
// errors says whether inverse variances follow.
func (s *Set) readFluxes(total int, errors bool, each func(use func(i int, v float64)) error) error {
	n := s.Dim()
	s.Flux, s.Scale = make([]float32, total), nil
	sizes := make([]float64, total/n)
	err := each(func(i int, v float64) {
		s.Flux[i] = float32(v)
		// What was not measured may be anything.
		if size := math.Abs(v); size > sizes[i/n] && !(s.Infilled != nil && s.Infilled[i]) {
			sizes[i/n] = size
		}
	})
	if err != nil {
		return err
	}
	if s.Scale = chooseScales(sizes, errors); s.Scale == nil {
		return nil
	}
	return each(func(i int, v float64) { s.Flux[i] = float32(v / s.Scale[i/n]) })
}

// infill sets infilled fluxes that are not finite to the mean of the signal's measured
// ones, as Corruption does, or to 0 if none was measured.
func (s *Set) infill() {
	for i := range s.Len() {
		x, mask := s.Signal(i), s.InfilledRow(i)
		sum, n := 0.0, 0
		for j, v := range x {
			if mask != nil && !mask[j] {
				sum, n = sum+float64(v), n+1
			}
		}
		for j, v := range x {
			if mask != nil && mask[j] && v-v != 0 { // NaN or infinite
				x[j] = float32(sum / float64(max(n, 1)))
			}
		}
	}
}

// checkMeasured returns an error with the place of the first measured flux that is not
// finite.
func (s *Set) checkMeasured() error {
	n := s.Dim()
	for i, v := range s.Flux {
		if v-v == 0 || s.Infilled != nil && s.Infilled[i] {
			continue
		}
		hint := `; an array "mask" (true = not measured) says which fluxes are missing`
		if s.Infilled != nil {
			hint = `; the array "mask" says that it was measured`
		}
		return fmt.Errorf("array %q: row %d, column %d is %v, expected a finite number%s", s.array, i/n, i%n, v, hint)
	}
	return nil
}

// scaleOf returns the scale of signal i.
func (s *Set) scaleOf(i int) float64 {
	if s.Scale == nil {
		return 1
	}
	return s.Scale[i]
}

// chooseScales returns a scale for each signal, by the size of its largest flux, or nil if none
// needs one. Steps that compare signals find the same numbers in all, up to one factor:
// only if no scale suits all, each signal has its own. errors says whether float32 has to hold
// inverse variances too.
func chooseScales(sizes []float64, errors bool) []float64 {
	for _, scale := range []float64{1, powerOf2(slices.Max(sizes))} {
		unfit := func(size float64) bool { return !representable(size/scale, errors) }
		switch {
		case slices.ContainsFunc(sizes, unfit):
		case scale == 1:
			return nil
		default:
			return slices.Repeat([]float64{scale}, len(sizes))
		}
	}
	own := make([]float64, len(sizes))
	for i, size := range sizes {
		own[i] = powerOf2(size)
	}
	return own
}

// representable reports whether float32 holds a signal with a largest flux of that size:
// fluxes of a millionth of it are still normal numbers, and infilled ones may be larger. With
// errors, inverse variances are too, which go by the inverse square of the fluxes.
func representable(size float64, errors bool) bool {
	if errors {
		return size == 0 || size >= 0x1p-40 && size <= 0x1p40
	}
	return size == 0 || size >= 0x1p-100 && size <= 0x1p126
}

// powerOf2 returns the largest power of 2 that is not above size, or 1 if size is not
// positive and finite.
func powerOf2(size float64) float64 {
	if !(size > 0) || math.IsInf(size, 0) {
		return 1
	}
	_, exponent := math.Frexp(size)
	return math.Ldexp(1, exponent-1)
}

// largest returns the largest |x_i|.
func largest(x []float32) (size float64) {
	for _, v := range x {
		size = max(size, math.Abs(float64(v)))
	}
	return size
}

// RangeError is a flux that float32 cannot hold without normalisation: it is too large,
// or so small, with all of its signal, that it would be rounded away. So can be an inverse
// variance.
type RangeError struct {
	Array        string // of the file; empty if there is none
	Signal, Flux int
	Wavelength   float64 // Å
	Value        float64
}

// Error names the array, row and column.
func (e *RangeError) Error() string {
	place := fmt.Sprintf("signal %d: flux %d", e.Signal, e.Flux)
	if e.Array != "" {
		place = fmt.Sprintf("array %q: row %d, column %d", e.Array, e.Signal, e.Flux)
	}
	return fmt.Sprintf("%s (%.1f Å) is %.7g, which is beyond the range of float32", place, e.Wavelength, e.Value)
}

// unscale multiplies each signal in place by its scale. Its error is a *RangeError in an
// *InputError: float32 may round a flux only by a part in 2²⁴ of the signal's largest.
func (s *Set) unscale() error {
	for i, scale := range s.Scale {
		x := s.Signal(i)
		tolerance := largest(x) * 0x1p-24
		for j, v := range x {
			value := float64(v) * scale
			rounded := float32(value)
			if !(math.Abs(float64(rounded)/scale-float64(v)) <= tolerance) {
				err := &RangeError{s.array, i, j, s.Wavelength[j], value}
				return &InputError{Path: s.Name, Err: err}
			}
			x[j] = rounded
		}
		for j, v := range s.TruthRow(i) {
			s.TruthRow(i)[j] = float32(float64(v) * scale)
		}
		for j, v := range s.IvarRow(i) {
			value := float64(v) / scale / scale
			if rounded := float32(value); v > 0 && (rounded == 0 || math.IsInf(float64(rounded), 0)) {
				return &InputError{Path: s.Name, Err: &RangeError{"ivar", i, j, s.Wavelength[j], value}}
			}
			s.IvarRow(i)[j] = float32(value)
		}
	}
	return nil
}
