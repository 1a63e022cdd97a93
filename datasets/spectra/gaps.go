package spectra

import (
	"math"
	"slices"

	"sedlab/internal/quantile"
)

const (
	// gapFactor is how many times wider than the median of the steps around it a step between
	// pixels must be to count as a gap. Its neighbours alone do not tell: both may be gaps.
	gapFactor = 3

	// gapReach is the number of steps on either side that are around a step.
	gapReach = 5
)

// fillGaps puts pixels that were not measured into gaps between pixels, where rows were left
// out, so that the pixels at their edges do not seem to reach into them. The new pixels are as
// far apart as the pixels around the gap. If there were far too many, there are just two, one
// at each edge.
func (s *Spectrum) fillGaps() {
	n := len(s.Wavelength)
	if n < 3 {
		return
	}
	steps := make([]float64, n-1)
	for i := range steps {
		steps[i] = s.Wavelength[i+1] - s.Wavelength[i]
	}
	var gaps [][]float64 // the new pixels after each pixel
	left := 4*n + 1000   // of new pixels
	for i, step := range steps {
		usual := around(steps, i)
		if step <= gapFactor*usual {
			continue
		}
		if gaps == nil {
			gaps = make([][]float64, n)
		}
		gaps[i] = between(s.Wavelength[i], s.Wavelength[i+1], usual, left)
		left -= len(gaps[i])
	}
	if gaps != nil {
		s.insert(gaps)
	}
}

// around returns the median of the steps around step i.
func around(steps []float64, i int) float64 {
	return quantile.Median(slices.Clone(steps[max(0, i-gapReach):min(len(steps), i+gapReach+1)]))
}

// between returns the pixels between two that are a gap apart, a step from one another: at
// most most, or just two.
func between(from, to, step float64, most int) (pixels []float64) {
	count := math.Round((to-from)/step) - 1
	if !(count <= float64(most)) {
		pixels = []float64{from + step, to - step}
	} else {
		width := (to - from) / (count + 1)
		for k := 1.0; k <= count; k++ {
			pixels = append(pixels, from+k*width)
		}
	}
	last := from
	return slices.DeleteFunc(pixels, func(v float64) bool { // steps may be as small as rounding
		if !(v > last && v < to) {
			return true
		}
		last = v
		return false
	})
}

// insert puts pixels that were not measured after those that the spectrum has.
func (s *Spectrum) insert(after [][]float64) {
	old := *s
	total := len(old.Wavelength)
	for _, pixels := range after {
		total += len(pixels)
	}
	s.Wavelength, s.Flux, s.Missing = make([]float64, 0, total), make([]float64, 0, total), make([]bool, 0, total)
	if old.Ivar != nil {
		s.Ivar = make([]float64, 0, total)
	}
	if old.Bits != nil {
		s.Bits = make([]uint32, 0, total)
	}
	add := func(lambda, flux float64, missing bool, ivar float64, bits uint32) {
		s.Wavelength, s.Flux, s.Missing = append(s.Wavelength, lambda), append(s.Flux, flux), append(s.Missing, missing)
		if old.Ivar != nil {
			s.Ivar = append(s.Ivar, ivar)
		}
		if old.Bits != nil {
			s.Bits = append(s.Bits, bits)
		}
	}
	for i, lambda := range old.Wavelength {
		ivar, bits := 0.0, uint32(0)
		if old.Ivar != nil {
			ivar = old.Ivar[i]
		}
		if old.Bits != nil {
			bits = old.Bits[i]
		}
		add(lambda, old.Flux[i], !old.Measured(i), ivar, bits)
		for _, place := range after[i] {
			add(place, math.NaN(), true, 0, 0)
		}
	}
}

// Extend puts pixels that were not measured before the first and after the last one, as far
// apart as these are from their neighbours, until they cover the range from low to high [Å].
// At most as many as there are pixels, and a thousand more, are added on each side.
func (s *Spectrum) Extend(low, high float64) {
	n := len(s.Wavelength)
	if n < 2 {
		return
	}
	most := n + 1000
	var before, behind []float64
	ratio := s.Wavelength[0] / s.Wavelength[1]
	for v := s.Wavelength[0] * ratio; v >= low && len(before) < most; v *= ratio {
		before = append(before, v)
	}
	ratio = s.Wavelength[n-1] / s.Wavelength[n-2]
	for v := s.Wavelength[n-1] * ratio; v <= high && len(behind) < most; v *= ratio {
		behind = append(behind, v)
	}
	if len(before)+len(behind) == 0 {
		return
	}
	slices.Reverse(before)
	after := make([][]float64, n)
	after[n-1] = behind
	s.insert(after)
	missing, nan := make([]bool, len(before)), make([]float64, len(before))
	for i := range before {
		missing[i], nan[i] = true, math.NaN()
	}
	s.Wavelength, s.Flux, s.Missing = slices.Concat(before, s.Wavelength), slices.Concat(nan, s.Flux), slices.Concat(missing, s.Missing)
	if s.Ivar != nil {
		s.Ivar = slices.Concat(make([]float64, len(before)), s.Ivar)
	}
	if s.Bits != nil {
		s.Bits = slices.Concat(make([]uint32, len(before)), s.Bits)
	}
}
