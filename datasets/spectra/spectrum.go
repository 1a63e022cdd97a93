// Package spectra reads spectra as observatories and people write them, each on a grid of its own,
// and holds the steps that bring them to the grid of a data set.
package spectra

import "math"

// Spectrum is one measured spectrum on its own grid of n pixels. Steps change it in place.
type Spectrum struct {
	Name       string    // within its input, such as spec-0303-51615-0596
	File       string    // the path as given
	Row        int       // in a file of several spectra, from 0
	Wavelength []float64 // n, Å, in vacuum, ascending: the centres of pixels
	Rest       bool      // Wavelength is in the rest frame, otherwise as observed
	Flux       []float64 // n, in FluxUnit; arbitrary where it was not measured
	Ivar       []float64 // n, inverse variances 1/σ² of Flux, 0 where it was not measured; nil if the errors are unknown
	Missing    []bool    // n, true where it was not measured; nil: where Ivar is 0, or nowhere
	Bits       []uint32  // n, the mask bits of the pipeline; nil if there are none
	FluxUnit   string    // as written in the file, or per Å if that is per Hz; "" if unknown
	HzUnit     string    // the file's unit if that is per Hz, and was converted; "" otherwise
	HzFactor   float64   // fluxes in HzUnit are Flux·λ²/HzFactor
	Redshift   float64   // NaN if unknown
	EBV        float64   // Galactic colour excess E(B−V) in magnitudes; NaN if unknown
	RA, Dec    float64   // degrees, ICRS; NaN if unknown
	Class      string    // such as GALAXY, STAR or QSO; "" if unknown
	Group      string    // identity of the object, if the file has one: its spectra stay on one side of a split
}

// New returns a spectrum with everything unknown but its name.
func New(name string) *Spectrum {
	nan := math.NaN()
	return &Spectrum{Name: name, Redshift: nan, EBV: nan, RA: nan, Dec: nan}
}

// Measured reports whether pixel i was measured.
func (s *Spectrum) Measured(i int) bool {
	return !(s.Missing != nil && s.Missing[i]) && !(s.Ivar != nil && !(s.Ivar[i] > 0)) && s.Flux[i]-s.Flux[i] == 0
}

// Leave marks pixel i as not measured.
func (s *Spectrum) Leave(i int) {
	if s.Missing == nil {
		s.Missing = make([]bool, len(s.Flux))
	}
	s.Missing[i] = true
	if s.Ivar != nil {
		s.Ivar[i] = 0
	}
}

// share returns the share of pixels that were measured.
func (s *Spectrum) share() float64 {
	n := 0
	for i := range s.Flux {
		if s.Measured(i) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(s.Flux)))
}
