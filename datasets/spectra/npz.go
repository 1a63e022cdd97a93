package spectra

import (
	"errors"
	"fmt"
	"slices"

	"sedlab/datasets/internal/npz"
)

// npz reads the signals of a NumPy archive: spectra (N×n) on one grid, wavelength (n) or
// astroML's coeff0 and coeff1, and if there are any ivar and mask (N×n, true where not
// measured), z, name and group (N). Their wavelengths count as those at rest.
func (s *source) npz() error {
	a, err := npz.Open(s.r, s.size)
	if err != nil {
		return err
	}
	flux, err := npz.Read[float64](a, first(s.Columns.Flux, "spectra"), -1, -1)
	if err != nil {
		return err
	}
	rows, n := flux.Shape[0], flux.Shape[1]
	if rows == 0 || n == 0 {
		return errors.New("has no fluxes")
	}
	grid, err := s.npzGrid(a, n)
	if err != nil {
		return err
	}
	ivar, err := optional[float64](a, first(s.Columns.Ivar, "ivar"), rows, n)
	if err != nil {
		return err
	}
	mask, err := optional[bool](a, first(s.Columns.Mask, "mask"), rows, n)
	if err != nil {
		return err
	}
	z, err := optional[float64](a, first(s.Columns.Redshift, "z"), rows)
	if err != nil {
		return err
	}
	names, err := optionalTexts(a, first(s.Columns.Name, "name"), rows)
	if err != nil {
		return err
	}
	groups, err := optionalTexts(a, "group", rows)
	if err != nil {
		return err
	}
	for i := range rows {
		c := &columns{wavelength: slices.Clone(grid), flux: rowOf(flux.Data, i, n), spread: rowOf(ivar, i, n), kind: ivarRole, mask: rowOf(mask, i, n)}
		about := New("")
		about.Rest = true
		if z != nil {
			about.Redshift = z[i]
		}
		about.Name, about.Group = names[i], groups[i]
		if err := s.put(c, about, true); err != nil {
			return err
		}
	}
	return nil
}

// npzGrid returns the wavelengths of an archive.
func (s *source) npzGrid(a *npz.Archive, n int) ([]float64, error) {
	for _, name := range s.names(wavelengthRole) {
		if a.Has(name) {
			lambda, err := npz.Read[float64](a, name, n)
			return lambda.Data, err
		}
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
