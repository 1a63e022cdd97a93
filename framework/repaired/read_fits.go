package repaired

import (
	"context"
	"fmt"
	"io"

	"sedlab/internal/fits"
)

// maxPixels bounds the pixels of a spectrum that is read.
const maxPixels = 1 << 20

type fitsSource struct{ file *fits.File }

func openFITS(r io.ReaderAt, size int64) (source, error) {
	f, err := fits.Open(r, size)
	return fitsSource{f}, err
}

func (s fitsSource) each(ctx context.Context, visit func(int64, *Spectrum) bool) error {
	for i, h := range s.file.HDUs {
		if err := ctx.Err(); err != nil {
			return err
		}
		if h.Header.Has("ORIGFILE") && h.Header.Has("ORIGROW") && !visit(int64(i), fromCards(h.Header)) {
			return nil
		}
	}
	return nil
}

// fromCards reads what cards writes.
func fromCards(h *fits.Header) *Spectrum {
	x := &Spectrum{}
	x.Name, _ = h.Text("OBJECT")
	x.File, _ = h.Text("ORIGFILE")
	x.Row, _ = h.Int("ORIGROW")
	x.Status, _ = h.Text("STATUS")
	x.Unlike, _ = h.Bool("UNLIKE")
	frame, _ := h.Text("SPECSYS")
	x.Rest = frame == "SOURCE"
	x.Iterations, _ = h.Int("ITER")
	x.Converged, _ = h.Bool("CONVERGE")
	for key, to := range map[string]**float64{
		"PVALUE": &x.PValue, "REDSHIFT": &x.Redshift, "Z16": &x.Redshift1, "Z84": &x.Redshift2, "SCALE": &x.Scale, "CHI2": &x.Chi2,
	} {
		if v, ok := h.Float(key); ok {
			*to = Number(v)
		}
	}
	return x
}

func (s fitsSource) read(ctx context.Context, at int64) (*Spectrum, error) {
	if at >= int64(len(s.file.HDUs)) {
		return nil, errDamaged
	}
	h := s.file.HDUs[at]
	t, err := h.Table()
	if err != nil {
		return nil, err
	}
	if t.Rows > maxPixels {
		return nil, fmt.Errorf("%s: %d pixels; expected at most %d", h.Place(), t.Rows, maxPixels)
	}
	x := fromCards(h.Header)
	for name, to := range map[string]*[]float64{
		"wavelength": &x.Wavelength, "flux": &x.Flux, "flux_16": &x.Low, "flux_50": &x.Median, "flux_84": &x.High, "original": &x.Original, "error": &x.Error,
	} {
		if *to, err = floats(ctx, t, name); err != nil {
			return nil, fmt.Errorf("%s: %w", h.Place(), err)
		}
	}
	if k := t.Find("flux"); k >= 0 {
		x.FluxUnit = t.Columns[k].Unit
	}
	k := t.Find("filled")
	if k < 0 || t.Columns[k].Repeat != 1 {
		return nil, fmt.Errorf("%s: no column filled", h.Place())
	}
	x.Filled, err = t.Bools(ctx, k, 0, t.Rows)
	return x, err
}

// floats reads a column with a number in each row.
func floats(ctx context.Context, t *fits.Table, name string) ([]float64, error) {
	k := t.Find(name)
	if k < 0 || t.Columns[k].Repeat != 1 {
		return nil, fmt.Errorf("no column %s with a number in each row", name)
	}
	return t.Floats(ctx, k, 0, t.Rows)
}
