package spectra

import (
	"fmt"
	"math"
	"strings"

	"sedlab/internal/fits"
)

// image reads an image whose first axis is one of wavelengths: an spSpec file of SDSS, whose
// rows are flux, continuum-subtracted flux, error and mask bits; an image of one axis, as
// specutils writes it (wcs1d-fits), with errors and a mask in images of the same shape; or an
// image with a spectrum in each row.
func (s *source) image(f *fits.File, h *fits.HDU) error {
	im, err := h.Image()
	if err != nil {
		return fmt.Errorf("%s: %w", h.Place(), err)
	}
	shape := im.Shape
	for len(shape) > 1 && shape[0] == 1 {
		shape = shape[1:]
	}
	if len(shape) == 0 || len(shape) > 2 || shape[len(shape)-1] == 0 {
		return fmt.Errorf("%s: shape %v; expected wavelengths along the first axis, and at most one more axis", h.Place(), im.Shape)
	}
	n, rows := shape[len(shape)-1], 1
	if len(shape) == 2 {
		rows = shape[0]
	}
	if rows == 0 {
		return nil
	}
	if err := tooMany(n); err != nil {
		return fmt.Errorf("%s: %w", h.Place(), err)
	}
	grid, unit, log, err := axis(h.Header, n)
	if err != nil {
		return fmt.Errorf("%s: %w", h.Place(), err)
	}
	about := New("")
	s.headers(about, h.Header, f.HDUs[0].Header)
	about.FluxUnit, _ = h.Header.Text("BUNIT")
	proto := columns{unit: unit, log: log, air: airIn(h.Header)}
	beside, names := s.imagesBeside(f, h, im.Shape)
	if err := s.requireNamed(append(names, h.Name), s.inHeaders(f)...); err != nil {
		return fmt.Errorf("%s: %w", h.Place(), err)
	}
	if h.Header.Has("COEFF0") && len(names) == 0 && (rows == 4 || rows == 5) { // spPlate files have images beside, and a spectrum in each row
		return s.spSpec(h, im, about, proto, grid)
	}
	return s.imageRows(h, im, about, proto, grid, beside, rows)
}

// imageRows reads a spectrum from each row of an image.
func (s *source) imageRows(h *fits.HDU, im *fits.Image, about *Spectrum, proto columns, grid []float64, beside beside, rows int) (err error) {
	n := len(grid)
	for row := range rows {
		each, c := *about, proto
		c.wavelength = append([]float64{}, grid...)
		if c.flux, err = im.Floats(s.ctx, row*n, n); err != nil {
			return fmt.Errorf("%s: %w", h.Place(), err)
		}
		if err := beside.take(s, &c, row, n); err != nil {
			return err
		}
		if err := s.put(&c, &each, rows > 1); err != nil {
			return err
		}
	}
	return nil
}

// spSpec reads the rows of an spSpec image (Stoughton et al. 2002; SDSS DR7 and before).
func (s *source) spSpec(h *fits.HDU, im *fits.Image, about *Spectrum, c columns, grid []float64) error {
	n := len(grid)
	c.wavelength, c.kind = grid, errorRole
	var err error
	var bits []float64
	for row, to := range map[int]*[]float64{0: &c.flux, 2: &c.spread, 3: &bits} {
		if *to, err = im.Floats(s.ctx, row*n, n); err != nil {
			return fmt.Errorf("%s: %w", h.Place(), err)
		}
	}
	for _, v := range bits {
		c.bits = append(c.bits, uint32(int64(v)))
	}
	classes := []string{"UNKNOWN", "STAR", "GALAXY", "QSO", "QSO", "SKY", "STAR", "GALAXY"}
	if class, ok := h.Header.Int("SPEC_CLN"); ok && class >= 0 && class < int64(len(classes)) {
		about.Class = classes[class]
	}
	return s.put(&c, about, false)
}

// beside are images of the errors and the mask of an image.
type beside struct {
	spread, mask *fits.Image
	kind         role
	place        string
}

// imagesBeside finds images of the same shape with the usual names of errors and masks, and
// returns the names of all of this shape.
func (s *source) imagesBeside(f *fits.File, flux *fits.HDU, shape []int) (b beside, names []string) {
	for _, h := range f.HDUs {
		if h == flux || !h.IsImage() {
			continue
		}
		im, err := h.Image()
		if err != nil || fmt.Sprint(im.Shape) != fmt.Sprint(shape) {
			continue
		}
		name := strings.ToLower(h.Name)
		names = append(names, h.Name)
		for _, kind := range []role{ivarRole, errorRole, varianceRole} {
			if s.find([]string{name}, kind) == 0 || kind == errorRole && name == "uncert" && s.Columns.Error == "" {
				b.spread, b.kind, b.place = im, kind, h.Place()
			}
		}
		if s.find([]string{name}, maskRole) == 0 {
			b.mask = im
		}
	}
	return b, names
}

// take reads the errors and the mask of a row.
func (b beside) take(s *source, c *columns, row, n int) (err error) {
	if b.spread != nil {
		c.kind = b.kind
		if c.spread, err = b.spread.Floats(s.ctx, row*n, n); err != nil {
			return fmt.Errorf("%s: %w", b.place, err)
		}
	}
	if b.mask != nil {
		marks, err := b.mask.Floats(s.ctx, row*n, n)
		if err != nil {
			return fmt.Errorf("mask: %w", err)
		}
		c.mask = make([]bool, n)
		for i, v := range marks {
			c.mask[i] = v != 0
		}
	}
	return nil
}

// axis returns the coordinates of n pixels along the first axis, in a unit, and whether they
// are log10(λ/Å). It knows COEFF0 and COEFF1 of SDSS, DC-FLAG of IRAF, and the linear and
// logarithmic axes of the standard: λ = λr·exp((p − pr)·Δ/λr) (Greisen et al. 2006, eq. 5).
func axis(h *fits.Header, n int) (grid []float64, unit string, log bool, err error) {
	if c0, ok := h.Float("COEFF0"); ok {
		c1, _ := h.Float("COEFF1")
		grid, log = linear(c0, c1, 0, n), true
	} else {
		value, _ := h.Float("CRVAL1")
		step, _ := stepOf(h)
		pixel, ok := h.Float("CRPIX1")
		if !ok {
			pixel = 1
		}
		unit, _ = h.Text("CUNIT1")
		kind, _ := h.Text("CTYPE1")
		kind = strings.ToUpper(strings.TrimSpace(kind))
		flag, _ := h.Int("DC-FLAG")
		grid = linear(value, step, pixel-1, n)
		switch {
		case strings.HasSuffix(kind, "-LOG"):
			for i := range grid {
				grid[i] = value * math.Exp((float64(i)-(pixel-1))*step/value)
			}
		case flag == 1, kind == "LOG-LINEAR", kind == "LOGLAM":
			log = true
		}
	}
	for i, v := range grid {
		if v-v != 0 {
			return nil, "", false, fmt.Errorf("wavelength of pixel %d is %g; expected finite ones from CRVAL1, CDELT1 and CRPIX1", i, v)
		}
	}
	return grid, unit, log, nil
}

// linear returns value + step·(i − pixel).
func linear(value, step, pixel float64, n int) []float64 {
	grid := make([]float64, n)
	for i := range grid {
		grid[i] = value + step*(float64(i)-pixel)
	}
	return grid
}
