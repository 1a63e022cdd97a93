package datasets

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// unusable returns the number of unusable signals, and the share of exact zeros among the
// fluxes of the others.
func (s *Set) unusable() (bad int, zeros float64) {
	count := 0
	for i := range s.Len() {
		n := 0
		for _, v := range s.Signal(i) {
			if v == 0 {
				n++
			}
		}
		if n == s.Dim() || s.Bad(i) != "" {
			bad++
			continue
		}
		count += n
	}
	if used := s.Len() - bad; used > 0 {
		zeros = float64(count) / float64(used*s.Dim())
	}
	return bad, zeros
}

// suspectZeros is the share above which zeros are unlikely to be measurements.
const suspectZeros = 0.05

// zerosNote returns a remark on a share of zeros that no mask explains.
func (s *Set) zerosNote(share float64) []string {
	if slices.Contains(s.Infilled, true) || share < suspectZeros {
		return nil
	}
	return []string{fmt.Sprintf("%.1f %% of the fluxes are exactly 0 and no mask says why: if they are unmeasured, "+
		`an array "mask" (true = not measured) keeps them from counting as measured`, 100*share)}
}

// scales lists other units of wavelength, with their conversion to Å.
var scales = []struct {
	name     string
	angstrom func(v float64) float64
}{
	{"nm", func(v float64) float64 { return 10 * v }},
	{"µm", func(v float64) float64 { return 1e4 * v }},
	{"log₁₀ λ", func(v float64) float64 { return math.Pow(10, v) }},
}

// wavelengthNote returns a remark on a grid that is unlikely to be in Å.
func (s *Set) wavelengthNote() []string {
	first, last := s.Wavelength[0], s.Wavelength[s.Dim()-1]
	// From the extreme ultraviolet to the mid infrared.
	plausible := func(first, last float64) bool { return first >= 500 && last <= 100_000 }
	if plausible(first, last) {
		return nil
	}
	note := fmt.Sprintf("wavelengths from %.4g to %.4g are hardly in Å", first, last)
	var names []string
	for _, scale := range scales {
		if plausible(scale.angstrom(first), scale.angstrom(last)) {
			names = append(names, scale.name)
		}
	}
	if len(names) > 0 {
		note += ", which is expected; in " + strings.Join(names, " or ") + " they would be plausible"
	}
	return []string{note}
}
