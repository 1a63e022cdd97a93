package spectra

import (
	"errors"
	"fmt"
	"slices"

	"sedlab/datasets/internal/npz"
)

// npz reads the signals of a NumPy archive: spectra (N×n) on one grid, wavelength (n) or
// astroML's coeff0 and coeff1, and if there are any ivar and mask (N×n, true where not
// measured), z, name and group (N). Their wavelengths count as those at rest, unless a scalar
// or an array rest_frame (N) says otherwise.
func (s *source) npz() error {
	a, err := npz.Open(s.r, s.size)
	if err != nil {
		return err
	}
	if err := s.requireNamed(a.Names()); err != nil {
		return err
	}
	flux, err := npz.Read[float64](a, s.array(a, fluxRole, "spectra"), -1, -1)
	if err != nil {
		return err
	}
	rows, n := flux.Shape[0], flux.Shape[1]
	if rows == 0 || n == 0 {
		return errors.New("has no fluxes")
	}
	proto := columns{}
	if proto.wavelength, err = s.npzGrid(a, n); err != nil {
		return err
	}
	proto.kind = ivarRole
	if s.Columns.Error != "" && s.Columns.Ivar == "" {
		proto.kind = errorRole
	}
	spread, err := optional[float64](a, s.array(a, proto.kind, "ivar"), rows, n)
	if err != nil {
		return err
	}
	mask, err := optional[bool](a, s.array(a, maskRole, "mask"), rows, n)
	if err != nil {
		return err
	}
	about, err := s.npzAbout(a, rows)
	if err != nil {
		return err
	}
	for i := range rows {
		c := proto
		c.wavelength, c.flux, c.spread, c.mask = slices.Clone(proto.wavelength), rowOf(flux.Data, i, n), rowOf(spread, i, n), rowOf(mask, i, n)
		if err := s.put(&c, about(i), true); err != nil {
			return err
		}
	}
	return nil
}

// npzAbout returns a function that makes the spectrum of a row, with what is known of it as a
// whole.
func (s *source) npzAbout(a *npz.Archive, rows int) (func(row int) *Spectrum, error) {
	z, err := optional[float64](a, s.array(a, redshiftRole, "z"), rows)
	if err != nil {
		return nil, err
	}
	names, err := optionalTexts(a, s.array(a, nameRole, "name"), rows)
	if err != nil {
		return nil, err
	}
	groups, err := optionalTexts(a, "group", rows)
	if err != nil {
		return nil, err
	}
	rest, err := npz.RestFrame(a, rows)
	if err != nil {
		return nil, err
	}
	return func(row int) *Spectrum {
		about := New(names[row])
		about.Rest, about.Group = rest[row], groups[row]
		if z != nil {
			about.Redshift = z[row]
		}
		return about
	}, nil
}

// array returns the name of the array of a role: what the options say, or else the usual one.
func (s *source) array(a *npz.Archive, r role, usual string) string {
	if s.own(r) == "" {
		return usual
	}
	arrays := a.Names()
	return arrays[s.find(arrays, r)] // requireNamed was there before
}

// npzGrid returns the wavelengths of an archive.
func (s *source) npzGrid(a *npz.Archive, n int) ([]float64, error) {
	if arrays := a.Names(); s.find(arrays, wavelengthRole) >= 0 {
		lambda, err := npz.Read[float64](a, arrays[s.find(arrays, wavelengthRole)], n)
		return lambda.Data, err
	}
	c0, err := npz.Read[float64](a, "coeff0")
	if err != nil {
		return nil, fmt.Errorf(`no wavelengths: expected an array "wavelength" (n,), or scalars "coeff0" and "coeff1": %w`, err)
	}
	c1, err := npz.Read[float64](a, "coeff1")
	if err != nil {
		return nil, err
	}
	return logLinear(c0.Data[0], c1.Data[0], n), nil
}

// optional reads an array if there is one.
func optional[T npz.Number](a *npz.Archive, name string, dims ...int) ([]T, error) {
	if !a.Has(name) {
		return nil, nil
	}
	array, err := npz.Read[T](a, name, dims...)
	return array.Data, err
}

// optionalTexts reads an array of texts, or returns empty ones if there is none.
func optionalTexts(a *npz.Archive, name string, rows int) ([]string, error) {
	if !a.Has(name) {
		return make([]string, rows), nil
	}
	return npz.Texts(a, name, rows)
}

// rowOf returns a copy of a row of a matrix of n columns, or nil if there is none.
func rowOf[T any](matrix []T, i, n int) []T {
	if matrix == nil {
		return nil
	}
	return slices.Clone(matrix[i*n : (i+1)*n])
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
