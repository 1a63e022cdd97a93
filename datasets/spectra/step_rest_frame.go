package spectra

import "math"

// RestFrame divides wavelengths by 1 + z. By default it leaves the values of fluxes as they
// are, as astroML does (Vanderplas et al. 2012, SDSSfits.restframe): their scale is arbitrary
// in most data sets. The flux per Å that conserves energy is (1 + z)·F(λ) (Hogg 1999,
// astro-ph/9905116, eq. 22).
var RestFrame = StepKind{
	Name:    "rest_frame",
	Doc:     "Moves a spectrum to its rest frame, by the redshift that its file or the table gives; one that is at rest already stays.",
	Version: 1,
	New:     func() Step { return new(RestFrameConfig) },
}

// RestFrameConfig holds the keys of RestFrame.
type RestFrameConfig struct {
	Redshift *float64 `spec:"redshift" example:"0.1" range:"(-1,100]" doc:"redshift of all spectra, instead of what the files and the table say about each"`
	Conserve string   `spec:"conserve" default:"values" enum:"values|energy" doc:"what stays: the values of the flux, as in astroML, or the energy, so that a flux per Å grows by 1 + z"`
}

// Check finds nothing wrong.
func (c *RestFrameConfig) Check() []KeyError { return nil }

// Apply moves the spectrum. It drops one of unknown redshift.
func (c *RestFrameConfig) Apply(s *Spectrum) error {
	if s.Rest {
		return nil
	}
	if c.Redshift != nil {
		s.Redshift = *c.Redshift
	}
	factor := 1 + s.Redshift
	if !(factor > 0) || math.IsInf(factor, 0) {
		return &Drop{"redshift unknown; step rest_frame needs it: in the file, a column redshift of a table, or its key redshift"}
	}
	s.Rest = true
	if c.Conserve != "energy" {
		s.HzFactor /= factor * factor // so that fluxes per Hz keep their values too
	}
	for i := range s.Wavelength {
		s.Wavelength[i] /= factor
		if c.Conserve == "energy" {
			s.Flux[i] *= factor
			if s.Ivar != nil {
				s.Ivar[i] /= factor * factor
			}
		}
	}
	return nil
}
