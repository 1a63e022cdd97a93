package spectra

import (
	"fmt"
	"slices"

	"sedlab/internal/quantile"
)

// Normalize divides a spectrum by its flux in a window.
var Normalize = StepKind{
	Name:    "normalize",
	Doc:     "Divides a spectrum by the median of its measured fluxes between two wavelengths, for spectra that differ in what else they cover.",
	Version: 1,
	New:     func() Step { return new(NormalizeConfig) },
}

// NormalizeConfig holds the keys of Normalize.
type NormalizeConfig struct {
	From float64 `spec:"from" default:"5300" range:"(0,inf)" unit:"Å" doc:"shortest wavelength, in the frame that the spectrum has at this step"`
	To   float64 `spec:"to" default:"5850" range:"(0,inf)" unit:"Å" doc:"longest wavelength"`
}

// Check requires a window.
func (c *NormalizeConfig) Check() []KeyError {
	if !(c.To > c.From) {
		return []KeyError{{Key: "to", Problem: fmt.Sprintf("got %g; expected more than from, %g", c.To, c.From)}}
	}
	return nil
}

// Apply drops spectra of which nothing was measured in the window, or without a positive
// median there.
func (c *NormalizeConfig) Apply(s *Spectrum) error {
	var list []float64
	for i, lambda := range s.Wavelength {
		if lambda >= c.From && lambda <= c.To && s.Measured(i) {
			list = append(list, s.Flux[i])
		}
	}
	if len(list) == 0 {
		return &Drop{fmt.Sprintf("nothing was measured from %g to %g Å, where step normalize looks", c.From, c.To)}
	}
	slices.Sort(list)
	median := quantile.Sorted(list, 0.5)
	if !(median > 0) {
		return &Drop{fmt.Sprintf("its median flux from %g to %g Å is %.3g, by which step normalize cannot divide", c.From, c.To, median)}
	}
	for i := range s.Flux {
		s.Flux[i] /= median
		if s.Ivar != nil {
			s.Ivar[i] = s.Ivar[i] * median * median
		}
	}
	s.FluxUnit, s.HzUnit = "", ""
	return nil
}
