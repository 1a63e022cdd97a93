package repaired

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// maxLine bounds the bytes of a line of a CSV file.
const maxLine = 1 << 16

type csvSource struct {
	r    io.ReaderAt
	size int64
}

func openCSV(r io.ReaderAt, size int64) (source, error) { return csvSource{r, size}, nil }

// rows calls use with each row from a place on, and with the place where it begins.
func (s csvSource) rows(ctx context.Context, from int64, use func(at int64, row []string) (more bool, err error)) error {
	in := csv.NewReader(&shortLines{r: io.NewSectionReader(s.r, from, s.size-from)})
	in.FieldsPerRecord, in.ReuseRecord = len(header), true
	for n := 0; ; n++ {
		at := from + in.InputOffset()
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if at == 0 { // the header
			if !slices.Equal(row, header) {
				return fmt.Errorf("has other columns than this version writes; repair the spectra again")
			}
			continue
		}
		if more, err := use(at, row); err != nil || !more {
			return err
		}
	}
}

// shortLines fails at a line that is too long.
type shortLines struct {
	r    io.Reader
	long int // bytes of the line so far
}

func (s *shortLines) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	for _, b := range p[:n] {
		if s.long++; b == '\n' {
			s.long = 0
		}
		if s.long > maxLine {
			return 0, fmt.Errorf("a line of more than %d bytes", maxLine)
		}
	}
	return n, err
}

// identity returns what all rows of a spectrum have in common, apart from its name.
func identity(row []string) []string { return row[len(header)-2:] }

func (s csvSource) each(ctx context.Context, visit func(int64, *Spectrum) bool) error {
	var last []string
	return s.rows(ctx, 0, func(at int64, row []string) (bool, error) {
		this := append([]string{row[0]}, identity(row)...)
		if slices.Equal(this, last) {
			return true, nil
		}
		last = slices.Clone(this)
		x, err := about(row)
		return err == nil && visit(at, x), err
	})
}

// about reads the columns about a spectrum as a whole.
func about(row []string) (*Spectrum, error) {
	p := parser{}
	f := func(name string) string { return row[slices.Index(header, name)] }
	x := &Spectrum{
		Name: f("name"), Status: f("status"), Unlike: p.bool(f("unlike")), PValue: Number(p.float(f("p_value"))),
		Redshift: Number(p.float(f("redshift"))), Redshift1: Number(p.float(f("redshift_16"))), Redshift2: Number(p.float(f("redshift_84"))),
		Scale: Number(p.float(f("scale"))), Chi2: Number(p.float(f("chi2"))), Iterations: p.int(f("iterations")), Converged: p.bool(f("converged")),
		FluxUnit: f("flux_unit"), Rest: p.bool(f("rest_frame")), File: f("file"), Row: p.int(f("row")),
	}
	return x, p.err
}

func (s csvSource) read(ctx context.Context, at int64) (x *Spectrum, err error) {
	var first []string
	p := parser{}
	err = s.rows(ctx, at, func(_ int64, row []string) (bool, error) {
		this := append([]string{row[0]}, identity(row)...)
		if x == nil {
			first = slices.Clone(this)
			if x, err = about(row); err != nil {
				return false, err
			}
		}
		if !slices.Equal(this, first) || row[1] == "" { // a spectrum without pixels has an empty row
			return false, nil
		}
		if len(x.Wavelength) == maxPixels {
			return false, fmt.Errorf("more than %d pixels", maxPixels)
		}
		for i, to := range []*[]float64{&x.Wavelength, &x.Original, &x.Error, &x.Flux, &x.Low, &x.Median, &x.High} {
			*to = append(*to, p.float(row[1+i]))
		}
		x.Filled = append(x.Filled, p.bool(row[8]))
		return p.err == nil, p.err
	})
	if err == nil && x == nil {
		err = errDamaged
	}
	return x, err
}

// parser reads fields, of which an empty one is unknown. It keeps the first error.
type parser struct{ err error }

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *parser) float(text string) float64 {
	if text == "" {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		p.fail(err)
	}
	return v
}

func (p *parser) int(text string) int64 {
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		p.fail(err)
	}
	return v
}

func (p *parser) bool(text string) bool {
	if text == "" {
		return false
	}
	v, err := strconv.ParseBool(text)
	if err != nil {
		p.fail(err)
	}
	return v
}
