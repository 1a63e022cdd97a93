package spectra

import (
	"math"
	"regexp"
	"strings"
)

const (
	lightSpeed = 2.99792458e18 // Å/s
	janskyCGS  = 1e-23         // erg/s/cm²/Hz
)

var (
	hertz    = regexp.MustCompile(`(?i)Hz`)
	jansky   = regexp.MustCompile(`(^|[^A-Za-zµμ])([mnuµμkM]?)(J[yY]|jy|[Jj]ansky)`)
	prefixes = map[string]float64{"": 1, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9, "k": 1e3, "M": 1e6}
)

// perAngstrom returns the unit per Å of fluxes in a unit per Hz, and the factor by which they
// are multiplied together with 1/λ² [Å⁻²]: F_λ = F_ν·c/λ². ok is false for any other unit.
func perAngstrom(unit string) (per string, factor float64, ok bool) {
	if hertz.MatchString(unit) {
		return hertz.ReplaceAllString(unit, "Angstrom"), lightSpeed, true
	}
	found := jansky.FindStringSubmatch(unit)
	if found == nil {
		return "", 0, false
	}
	return strings.Replace(unit, found[0], found[1]+"erg / (s cm2 Angstrom)", 1), lightSpeed * janskyCGS * prefixes[found[2]], true
}

// convert turns fluxes per Hz into fluxes per Å, because priors and steps know no others.
func (s *Spectrum) convert() {
	unit, factor, ok := perAngstrom(s.FluxUnit)
	if !ok {
		return
	}
	s.HzUnit, s.HzFactor, s.FluxUnit = s.FluxUnit, factor, unit
	for i, lambda := range s.Wavelength {
		f := factor / lambda / lambda
		s.Flux[i] *= f
		if s.Ivar != nil {
			s.Ivar[i] = math.Min(s.Ivar[i]/f/f, math.MaxFloat64)
		}
	}
}
