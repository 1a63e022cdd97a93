package datasets

import (
	"errors"
	"fmt"
	"math"
)

// Check returns what is wrong with the form of s. There must be a signal, on a grid of
// finite, positive and ascending wavelengths, with a finite flux at each of them, an
// Infilled, a finite Ivar from 0 and a finite Truth for each flux, and a Redshift, a Group, a
// Side and a finite positive Scale for each signal; the last seven may be nil.
func (s *Set) Check() error {
	if s == nil {
		return errors.New("there is no data set")
	}
	n := s.Dim()
	if n == 0 || len(s.Flux) == 0 || len(s.Flux)%n != 0 {
		return fmt.Errorf("%d fluxes on %d wavelengths; expected one signal or more, with a flux at each wavelength", len(s.Flux), n)
	}
	if err := s.checkRows(); err != nil {
		return err
	}
	if got := len(s.Redshift); s.Redshift != nil && got != s.Len() {
		return fmt.Errorf("%d redshifts; expected one for each of %d signals", got, s.Len())
	}
	if got := len(s.Group); s.Group != nil && got != s.Len() {
		return fmt.Errorf("%d groups; expected one for each of %d signals", got, s.Len())
	}
	if err := s.checkSides(); err != nil {
		return err
	}
	if got := len(s.Scale); s.Scale != nil && got != s.Len() {
		return fmt.Errorf("%d scales; expected one for each of %d signals", got, s.Len())
	}
	for i, v := range s.Scale {
		if !(v > 0) || math.IsInf(v, 0) {
			return fmt.Errorf("signal %d: scale %g; expected a finite positive number", i, v)
		}
	}
	if err := checkGrid(s.Wavelength); err != nil {
		return err
	}
	for i, v := range s.Flux {
		if v-v != 0 { // NaN or infinite
			return fmt.Errorf("signal %d: flux %d is %g; expected a finite number", i/n, i%n, v)
		}
	}
	return nil
}

// checkRows returns what is wrong with what is known of each flux besides itself.
func (s *Set) checkRows() error {
	n := s.Dim()
	if got := len(s.Infilled); s.Infilled != nil && got != len(s.Flux) {
		return fmt.Errorf("%d marks of infilled fluxes; expected one for each of %d fluxes", got, len(s.Flux))
	}
	if got := len(s.Ivar); s.Ivar != nil && got != len(s.Flux) {
		return fmt.Errorf("%d inverse variances; expected one for each of %d fluxes", got, len(s.Flux))
	}
	for i, v := range s.Ivar {
		if !(v >= 0) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("signal %d: inverse variance of flux %d is %g; expected a finite number from 0", i/n, i%n, v)
		}
	}
	if got := len(s.Truth); s.Truth != nil && got != len(s.Flux) {
		return fmt.Errorf("%d fluxes without noise; expected one for each of %d fluxes", got, len(s.Flux))
	}
	for i, v := range s.Truth {
		if v-v != 0 { // NaN or infinite
			return fmt.Errorf("signal %d: flux %d without noise is %g; expected a finite number", i/n, i%n, v)
		}
	}
	return nil
}
