package spectra

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"sedlab/internal/quantile"
)

// Select leaves spectra out.
var Select = StepKind{
	Name:    "select",
	Doc:     "Leaves out spectra by redshift, class, signal-to-noise ratio, and share of pixels that were measured.",
	Version: 1,
	New:     func() Step { return new(SelectConfig) },
}

// SelectConfig holds the keys of Select.
type SelectConfig struct {
	MinRedshift *float64 `spec:"min_redshift" example:"0.01" range:"(-1,inf)" doc:"least redshift"`
	MaxRedshift *float64 `spec:"max_redshift" example:"0.7" range:"(-1,inf)" doc:"largest redshift"`
	Classes     []string `spec:"classes" default:"[]" example:"[GALAXY]" doc:"classes to keep, in the words of the files; those of unknown class are left out too"`
	MinSN       *float64 `spec:"min_sn" example:"5" range:"[0,inf)" doc:"least median of flux over error, of the measured pixels"`
	MinMeasured float64  `spec:"min_measured" default:"0" example:"0.5" range:"[0,1]" doc:"least share of the pixels that were measured, on the grid that the spectrum has at this step"`
}

// Check requires a condition, and a range of redshifts that is not empty.
func (c *SelectConfig) Check() []KeyError {
	if c.MinRedshift != nil && c.MaxRedshift != nil && *c.MinRedshift > *c.MaxRedshift {
		return []KeyError{{Key: "max_redshift", Problem: fmt.Sprintf("got %g; expected at least min_redshift, %g", *c.MaxRedshift, *c.MinRedshift)}}
	}
	if c.MinRedshift == nil && c.MaxRedshift == nil && len(c.Classes) == 0 && c.MinSN == nil && c.MinMeasured == 0 {
		return []KeyError{{Problem: "sets no condition; expected min_redshift, max_redshift, classes, min_sn or min_measured"}}
	}
	return nil
}

// Apply drops the spectrum unless it meets all conditions.
func (c *SelectConfig) Apply(s *Spectrum) error {
	drop := func(format string, args ...any) error { return &Drop{fmt.Sprintf(format, args...)} }
	z := s.Redshift
	switch {
	case (c.MinRedshift != nil || c.MaxRedshift != nil) && math.IsNaN(z):
		return drop("redshift unknown; step select asks for it")
	case c.MinRedshift != nil && !(z >= *c.MinRedshift):
		return drop("redshift %.4g is below %g", z, *c.MinRedshift)
	case c.MaxRedshift != nil && !(z <= *c.MaxRedshift):
		return drop("redshift %.4g is above %g", z, *c.MaxRedshift)
	case len(c.Classes) > 0 && !slices.ContainsFunc(c.Classes, func(class string) bool { return strings.EqualFold(class, s.Class) }):
		return drop("class %q is not among %s", s.Class, strings.Join(c.Classes, ", "))
	}
	if share := s.share(); share < c.MinMeasured {
		return drop("%.1f %% of its pixels were measured, less than %g %%", 100*share, 100*c.MinMeasured)
	}
	if c.MinSN == nil {
		return nil
	}
	if s.Ivar == nil {
		return drop("errors unknown; step select asks for a signal-to-noise ratio")
	}
	if sn := s.signalToNoise(); !(sn >= *c.MinSN) {
		return drop("signal-to-noise ratio %.3g is below %g", sn, *c.MinSN)
	}
	return nil
}

// signalToNoise returns the median of flux over error of the measured pixels, or NaN if there
// are none.
func (s *Spectrum) signalToNoise() float64 {
	var list []float64
	for i, v := range s.Flux {
		if s.Measured(i) {
			list = append(list, v*math.Sqrt(s.Ivar[i]))
		}
	}
	slices.Sort(list)
	return quantile.Sorted(list, 0.5)
}
