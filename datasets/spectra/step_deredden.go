package spectra

import (
	"fmt"
	"math"
)

// Deredden removes the extinction by dust of our Galaxy, by one of the laws of Fitzpatrick
// (1999, PASP 111, 63), Cardelli, Clayton and Mathis (1989, ApJ 345, 245) and O'Donnell (1994,
// ApJ 422, 158).
var Deredden = StepKind{
	Name:    "deredden",
	Doc:     "Removes the extinction by dust of our Galaxy from a spectrum as observed, given its E(B−V).",
	Version: 1,
	New:     func() Step { return new(DereddenConfig) },
}

// maxEBV is beyond any colour excess of the Galaxy: larger numbers must mean something else.
const maxEBV = 20

// DereddenConfig holds the keys of Deredden.
type DereddenConfig struct {
	Law string   `spec:"law" default:"fitzpatrick99" enum:"fitzpatrick99|ccm89|odonnell94" doc:"extinction law: Fitzpatrick (1999), Cardelli, Clayton and Mathis (1989), or its revision by O'Donnell (1994)"`
	RV  float64  `spec:"r_v" default:"3.1" range:"[2,6]" doc:"A(V)/E(B−V)"`
	EBV *float64 `spec:"ebv" example:"0.03" range:"[0,20]" unit:"mag" doc:"E(B−V) of all spectra, instead of what the files and the table say about each"`
}

// Check finds nothing wrong.
func (c *DereddenConfig) Check() []KeyError { return nil }

// Apply multiplies the flux by 10^(0.4·A(λ)) with A(V) = R_V·E(B−V), and divides the inverse
// variances by its square. It drops a spectrum whose E(B−V) is unknown or makes no sense, or
// that goes beyond the law. A spectrum in its rest frame is an error: the steps are out of
// order.
func (c *DereddenConfig) Apply(s *Spectrum) error {
	ebv := s.EBV
	if c.EBV != nil {
		ebv = *c.EBV
	}
	switch {
	case math.IsNaN(ebv):
		return &Drop{"E(B−V) unknown; step deredden needs it: a column ebv of a table, or its key ebv"}
	case s.Rest:
		return fmt.Errorf("is in its rest frame; deredden comes before rest_frame, because the dust is our Galaxy's")
	case !(ebv >= 0 && ebv <= maxEBV):
		return &Drop{fmt.Sprintf("E(B−V) is %g; expected 0 to %d mag", ebv, maxEBV)}
	}
	law := laws[c.Law]
	if n := len(s.Wavelength); n > 0 && (s.Wavelength[0] < law.min || s.Wavelength[n-1] > law.max) {
		return &Drop{fmt.Sprintf("wavelengths from %.0f to %.0f Å are beyond the extinction law, %.0f to %.0f Å", s.Wavelength[0], s.Wavelength[n-1], law.min, law.max)}
	}
	curve, err := law.curve(c.RV)
	if err != nil {
		return err
	}
	for i, lambda := range s.Wavelength {
		factor := math.Pow(10, 0.4*c.RV*ebv*curve(lambda))
		s.Flux[i] *= factor
		if s.Ivar != nil {
			s.Ivar[i] /= factor * factor
		}
	}
	return nil
}
