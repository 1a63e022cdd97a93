package datasets

import (
	"errors"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"

	"sedlab/datasets/internal/npz"
)

// PCA is the model that iterative PCA fitted to N signals of n fluxes, under astroML's names:
// a signal is (Mu + Coeffs·Evecs)·Norms.
type PCA struct {
	Mu, Evecs     []float64 // n, and k×n
	Coeffs, Norms []float64 // N×k, and N
	Evals         []float64 // k, astroML's evals: the singular values along Evecs; nil if unknown
}

// WriteNPZ writes the data set as an archive that NPZ reads: spectra in the source's units,
// mask (true where not measured), wavelength, rest_frame, and where known ivar, z, group and name. With
// a PCA it has astroML's keys too, from which fluxes that were not measured are infilled.
func (s *Set) WriteNPZ(out io.Writer, model *PCA) error {
	rows, n := s.Len(), s.Dim()
	w := npz.NewWriter(out)
	npz.Write(w, "wavelength", s.Wavelength, n)
	npz.Write(w, "rest_frame", []bool{s.Rest})
	if c0, c1, ok := logCoefficients(s.Wavelength); ok {
		npz.Write(w, "coeff0", []float64{c0})
		npz.Write(w, "coeff1", []float64{c1})
	}
	if s.Scale == nil {
		npz.Write(w, "spectra", s.Flux, rows, n)
	} else {
		npz.Write(w, "spectra", s.scaled(s.Flux, 1), rows, n)
	}
	if s.Infilled != nil {
		npz.Write(w, "mask", s.Infilled, rows, n)
	} else {
		npz.Write(w, "mask", make([]bool, rows*n), rows, n)
	}
	if s.Ivar != nil {
		npz.Write(w, "ivar", s.scaled(s.Ivar, -2), rows, n)
	}
	if s.Truth != nil {
		npz.Write(w, "truth", s.scaled(s.Truth, 1), rows, n)
	}
	if s.Redshift != nil {
		npz.Write(w, "z", s.Redshift, rows)
	}
	if s.Group != nil {
		npz.Write(w, "group", s.Group, rows)
	}
	if s.Names != nil {
		npz.Write(w, "name", s.Names, rows)
	}
	if model != nil {
		k := len(model.Evecs) / n
		npz.Write(w, "mu", model.Mu, n)
		npz.Write(w, "evecs", model.Evecs, k, n)
		npz.Write(w, "coeffs", model.Coeffs, rows, k)
		npz.Write(w, "norms", model.Norms, rows)
		if model.Evals != nil {
			npz.Write(w, "evals", model.Evals, k)
		}
	}
	return w.Close()
}

// scaled returns N×n values times a power of each signal's scale.
func (s *Set) scaled(values []float32, power float64) []float64 {
	out, n := make([]float64, len(values)), s.Dim()
	for i, v := range values {
		out[i] = float64(v) * math.Pow(s.scaleOf(i/n), power)
	}
	return out
}

// logCoefficients returns astroML's coefficients of a grid λ_i = 10^(c0 + c1·i), if it is one.
func logCoefficients(lambda []float64) (c0, c1 float64, ok bool) {
	n := len(lambda)
	if n < 2 {
		return 0, 0, false
	}
	c0 = math.Log10(lambda[0])
	c1 = (math.Log10(lambda[n-1]) - c0) / float64(n-1)
	for i, v := range lambda {
		if math.Abs(math.Log10(v)-c0-c1*float64(i)) > 1e-9 {
			return 0, 0, false
		}
	}
	return c0, c1, true
}

// parquetRow is a signal in a Parquet file.
type parquetRow struct {
	Name       string    `parquet:"name"`
	Group      string    `parquet:"group"`
	Redshift   *float64  `parquet:"redshift,optional"`
	Rest       bool      `parquet:"rest_frame"`
	Wavelength []float64 `parquet:"wavelength,list"`
	Flux       []float64 `parquet:"flux,list"`
	Ivar       []float64 `parquet:"ivar,list"`
	Mask       []bool    `parquet:"mask,list"`
}

// WriteParquet writes the data set as a Parquet file with a row for each signal and lists of
// fluxes, in the source's units, which Spectra reads. mask is true where a flux was not
// measured, and ivar is empty if errors are unknown.
func (s *Set) WriteParquet(out io.Writer) (err error) {
	w := parquet.NewGenericWriter[parquetRow](out, parquet.Compression(&parquet.Zstd))
	defer func() { err = errors.Join(err, w.Close()) }()
	n := s.Dim()
	for i := range s.Len() {
		row := parquetRow{Wavelength: s.Wavelength, Rest: s.Rest, Flux: make([]float64, n), Mask: make([]bool, n)}
		if s.Names != nil {
			row.Name = s.Names[i]
		}
		if s.Group != nil {
			row.Group = s.Group[i]
		}
		if s.Redshift != nil && !math.IsNaN(s.Redshift[i]) {
			row.Redshift = &s.Redshift[i]
		}
		copy(row.Mask, s.InfilledRow(i))
		scale := s.scaleOf(i)
		for j, v := range s.Signal(i) {
			row.Flux[j] = float64(v) * scale
		}
		if s.Ivar != nil {
			row.Ivar = make([]float64, n)
			for j, v := range s.Ivar[i*n : (i+1)*n] {
				row.Ivar[j] = float64(v) / scale / scale
			}
		}
		if _, err := w.Write([]parquetRow{row}); err != nil {
			return err
		}
	}
	return nil
}
