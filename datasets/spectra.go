package datasets

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"sedlab/datasets/internal/npz"
)

// wavelengthKeys are the possible names of a plain archive's grid.
var wavelengthKeys = []string{"wavelength", "wave", "lam"}

// The memory [bytes] that the use of a data set takes: for each flux, the flux itself and
// copies in double precision; for each signal, its side, its statistics and its
// description.
const (
	fluxMemory   = 4 + 8
	signalMemory = 400
)

// readSpectra reads an archive of spectra (N×n) with wavelengths (n) and, optionally, mask
// (N×n, true = not measured), ivar (N×n), truth (N×n), z (N), rest_frame (a scalar or N),
// group (N, texts or integers) and split (N, texts). Fluxes may still be NaN or infinite.
func readSpectra(a *npz.Archive) (*Set, error) {
	spectra, err := a.Stream("spectra", -1, -1)
	if err != nil {
		return nil, err
	}
	rows, n := spectra.Shape[0], spectra.Shape[1]
	if rows == 0 || n == 0 {
		return nil, errors.New(`array "spectra": no fluxes in it`)
	}
	if err := spectra.Keep(a, fluxMemory); err != nil {
		return nil, err
	}
	if err := a.Take("spectra", rows, signalMemory); err != nil {
		return nil, err
	}
	set := &Set{array: "spectra"}
	if err := set.readWavelengths(a, rows, n); err != nil {
		return nil, err
	}
	if a.Has("mask") {
		mask, err := npz.Read[bool](a, "mask", rows, n)
		if err != nil {
			return nil, err
		}
		set.Infilled = mask.Data
	}
	if a.Has("z") {
		z, err := npz.Read[float64](a, "z", rows)
		if err != nil {
			return nil, err
		}
		set.Redshift = z.Data
	}
	if err := set.readTexts(a, rows); err != nil {
		return nil, err
	}
	if err := set.readSignals(a, spectra); err != nil {
		return nil, err
	}
	if err := set.checkSides(); err != nil {
		return nil, fmt.Errorf(`array "split": %w; if it is not meant as the signals' split, rename it`, err)
	}
	return set, nil
}

// readSignals reads fluxes, their inverse variances, and the signals without noise.
func (s *Set) readSignals(a *npz.Archive, spectra *npz.Stream) error {
	rows, n := spectra.Shape[0], spectra.Shape[1]
	ivar, err := s.openIvar(a, rows, n)
	if err != nil {
		return err
	}
	if err := s.readFluxes(rows*n, ivar != nil, spectra.Each); err != nil {
		return err
	}
	if err := s.readIvar(ivar); err != nil {
		return err
	}
	return s.readTruth(a, rows, n)
}

// readTexts reads the groups and sides of the signals, if there are any.
func (s *Set) readTexts(a *npz.Archive, rows int) (err error) {
	for name, texts := range map[string]*[]string{"group": &s.Group, "split": &s.Side} {
		if !a.Has(name) {
			continue
		}
		if *texts, err = npz.Texts(a, name, rows); err != nil {
			return fmt.Errorf("%w; if it is not meant as the signals' %s, rename it", err, name)
		}
	}
	return nil
}

// openIvar returns the array of inverse variances, or nil if there is none. What has an inverse
// variance of 0 was not measured.
func (s *Set) openIvar(a *npz.Archive, rows, n int) (*npz.Stream, error) {
	const rename = "; if it is not meant as the inverse variances of the fluxes, rename it"
	if !a.Has("ivar") {
		return nil, nil
	}
	ivar, err := a.Stream("ivar", rows, n)
	if err != nil {
		return nil, fmt.Errorf("%w"+rename, err)
	}
	if err := ivar.Keep(a, fluxMemory); err != nil {
		return nil, err
	}
	var wrong error
	err = ivar.Each(func(i int, v float64) {
		switch {
		case s.Infilled != nil && s.Infilled[i]: // nothing was measured, whatever is written
		case v == 0:
			if s.Infilled == nil {
				s.Infilled = make([]bool, rows*n)
			}
			s.Infilled[i] = true
		case wrong == nil && (!(v > 0) || math.IsInf(v, 0)):
			wrong = fmt.Errorf(`array "ivar": row %d, column %d is %v, expected a finite number from 0`+rename, i/n, i%n, v)
		}
	})
	return ivar, errors.Join(err, wrong)
}

// readIvar reads inverse variances, in the unit of the fluxes, if there are any.
func (s *Set) readIvar(ivar *npz.Stream) error {
	if ivar == nil {
		return nil
	}
	s.Ivar = make([]float32, len(s.Flux))
	return ivar.Each(func(i int, v float64) {
		if s.Infilled == nil || !s.Infilled[i] {
			scale := s.scaleOf(i / s.Dim())
			s.Ivar[i] = clipIvar(v * scale * scale)
		}
	})
}

// readTruth reads the signals without noise, in the unit of the fluxes, if they are known.
func (s *Set) readTruth(a *npz.Archive, rows, n int) error {
	const rename = "; if it is not meant as the signals without noise, rename it"
	if !a.Has("truth") {
		return nil
	}
	truth, err := a.Stream("truth", rows, n)
	if err != nil {
		return fmt.Errorf("%w"+rename, err)
	}
	if err := truth.Keep(a, fluxMemory); err != nil {
		return err
	}
	var wrong error
	s.Truth = make([]float32, rows*n)
	err = truth.Each(func(i int, v float64) {
		s.Truth[i] = float32(v / s.scaleOf(i/n))
		if x := s.Truth[i]; x-x != 0 && wrong == nil {
			wrong = fmt.Errorf(`array "truth": row %d, column %d is %v, expected a number within float32`+rename, i/n, i%n, v)
		}
	})
	return errors.Join(err, wrong)
}

// readWavelengths reads the grid, and whether it is at rest: so it counts unless an array
// rest_frame says otherwise.
func (s *Set) readWavelengths(a *npz.Archive, rows, n int) (err error) {
	if s.Wavelength, err = readGrid(a, n); err != nil {
		return err
	}
	rest, err := npz.RestFrame(a, rows)
	if err != nil {
		return err
	}
	s.Rest = rest[0]
	if slices.Contains(rest, !s.Rest) {
		return errors.New(`array "rest_frame": has spectra at rest and spectra as observed; expected a data set of one kind`)
	}
	return nil
}

// readGrid reads n wavelengths, or makes them from astroML's coefficients:
// λ_i = 10^(coeff0 + coeff1·i) Å.
func readGrid(a *npz.Archive, n int) ([]float64, error) {
	for _, key := range wavelengthKeys {
		if a.Has(key) {
			lambda, err := npz.Read[float64](a, key, n)
			if err != nil {
				return nil, err
			}
			return lambda.Data, checkGrid(lambda.Data)
		}
	}
	if !a.Has("coeff0") {
		return nil, errors.New(`no wavelengths: expected an array "wavelength" (n,), or scalars "coeff0" and "coeff1"`)
	}
	coeff0, err := npz.Read[float64](a, "coeff0")
	if err != nil {
		return nil, err
	}
	coeff1, err := npz.Read[float64](a, "coeff1")
	if err != nil {
		return nil, err
	}
	lambda := logGrid(coeff0.Data[0], coeff1.Data[0], n)
	return lambda, checkGrid(lambda)
}

// logGrid returns λ_i = 10^(coeff0 + coeff1·i).
func logGrid(coeff0, coeff1 float64, n int) []float64 {
	lambda := make([]float64, n)
	for i := range lambda {
		lambda[i] = math.Pow(10, coeff0+coeff1*float64(i))
	}
	return lambda
}
