package repaired

import (
	"encoding/csv"
	"errors"
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

// Sink takes spectra in their order.
type Sink interface {
	Add(*Spectrum) error
	Close() error // ends the file
}

// NewParquet returns a Sink that writes a Parquet file with a row for each spectrum.
func NewParquet(out io.Writer) Sink {
	return &parquetSink{w: parquet.NewGenericWriter[Spectrum](out, parquet.Compression(&parquet.Zstd))}
}

type parquetSink struct {
	w      *parquet.GenericWriter[Spectrum]
	pixels int // since the last row group
}

// groupPixels is the number of pixels after which a row group ends, so that memory stays bounded.
const groupPixels = 1 << 20

func (s *parquetSink) Add(x *Spectrum) error {
	if _, err := s.w.Write([]Spectrum{*x}); err != nil {
		return err
	}
	if s.pixels += len(x.Wavelength); s.pixels < groupPixels {
		return nil
	}
	s.pixels = 0
	return s.w.Flush()
}

func (s *parquetSink) Close() error { return s.w.Close() }

// header names the columns of a CSV file: those of a pixel, then those of its spectrum.
var header = []string{
	"name", "wavelength", "original", "error", "flux", "flux_16", "flux_50", "flux_84", "filled",
	"status", "unlike", "p_value", "redshift", "redshift_16", "redshift_84", "scale", "chi2", "iterations", "converged", "flux_unit", "rest_frame", "file", "row",
}

// NewCSV returns a Sink that writes a CSV file with a row for each pixel. A spectrum without
// pixels has a row without numbers. Unknown numbers are empty.
func NewCSV(out io.Writer) Sink {
	w := csv.NewWriter(out)
	return &csvSink{w: w, err: w.Write(header)}
}

type csvSink struct {
	w   *csv.Writer
	err error
}

func (s *csvSink) Add(x *Spectrum) error {
	about := []string{
		x.Status, strconv.FormatBool(x.Unlike), text(x.PValue), text(x.Redshift), text(x.Redshift1), text(x.Redshift2), text(x.Scale), text(x.Chi2),
		strconv.FormatInt(x.Iterations, 10), strconv.FormatBool(x.Converged), x.FluxUnit, strconv.FormatBool(x.Rest), x.File, strconv.FormatInt(x.Row, 10),
	}
	for i := range max(1, len(x.Wavelength)) {
		row := append(make([]string, 0, len(header)), x.Name)
		for _, column := range [][]float64{x.Wavelength, x.Original, x.Error, x.Flux, x.Low, x.Median, x.High} {
			row = append(row, textAt(column, i))
		}
		filled := ""
		if i < len(x.Filled) {
			filled = strconv.FormatBool(x.Filled[i])
		}
		s.err = errors.Join(s.err, s.w.Write(append(append(row, filled), about...)))
	}
	return s.err
}

func (s *csvSink) Close() error {
	s.w.Flush()
	return errors.Join(s.err, s.w.Error())
}

// text writes a number so that it is read back exactly; nothing for an unknown one.
func text(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}

func textAt(column []float64, i int) string {
	if i >= len(column) {
		return ""
	}
	return text(Number(column[i]))
}
