package spectra

import (
	"cmp"
	"fmt"
	"slices"

	"sedlab/internal/fits"
)

// camera are the images of one camera of a DESI coadd, with a spectrum in each row.
type camera struct {
	name       string
	wavelength []float64
	flux, ivar *fits.Image
	mask       *fits.Image // nil if there is none, or it is compressed: masked pixels of coadds have an inverse variance of 0 anyway
}

// desiCameras returns the letters of the cameras in a DESI file (coadd or spectra).
func desiCameras(f *fits.File) (letters []string) {
	for _, letter := range []string{"B", "R", "Z"} {
		if f.Find(letter+"_WAVELENGTH") != nil && f.Find(letter+"_FLUX") != nil {
			letters = append(letters, letter)
		}
	}
	return letters
}

// desi reads a DESI coadd: a spectrum for each row of the images, with the cameras joined.
// Where they overlap, fluxes at the same wavelength are averaged, weighted by inverse variance.
// Names and positions come from FIBERMAP, redshifts from REDSHIFTS if there is one.
func (s *source) desi(f *fits.File, letters []string) error {
	if err := s.requireNamed([]string{"TARGETID", "Z"}); err != nil { // the others are images
		return err
	}
	var cameras []*camera
	rows := -1
	for _, letter := range letters {
		c, n, err := s.camera(f, letter)
		if err != nil {
			return err
		}
		if rows >= 0 && n != rows {
			return fmt.Errorf("%s_FLUX has %d spectra, another camera %d; expected equal numbers", letter, n, rows)
		}
		rows, cameras = n, append(cameras, c)
	}
	about, err := s.fibermap(f, rows)
	if err != nil {
		return err
	}
	for row := range rows {
		c, err := s.join(cameras, row)
		if err != nil {
			return err
		}
		x, err := about(row)
		if err != nil {
			return err
		}
		if err := s.put(c, x, true); err != nil {
			return err
		}
	}
	return nil
}

// camera opens the images of a camera.
func (s *source) camera(f *fits.File, letter string) (c *camera, rows int, err error) {
	c = &camera{name: letter}
	open := func(name string) (*fits.Image, error) {
		h := f.Find(letter + "_" + name)
		if h == nil {
			return nil, fmt.Errorf("has no HDU %s_%s", letter, name)
		}
		im, err := h.Image()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.Place(), err)
		}
		return im, nil
	}
	wave, err := open("WAVELENGTH")
	if err != nil {
		return nil, 0, err
	}
	if c.flux, err = open("FLUX"); err != nil {
		return nil, 0, err
	}
	if c.ivar, err = open("IVAR"); err != nil {
		return nil, 0, err
	}
	if len(c.flux.Shape) != 2 || fmt.Sprint(c.flux.Shape) != fmt.Sprint(c.ivar.Shape) || len(wave.Shape) != 1 || wave.Shape[0] != c.flux.Shape[1] {
		return nil, 0, fmt.Errorf("camera %s: shapes %v of wavelengths, %v of fluxes, %v of inverse variances; expected (n), (N, n), (N, n)", letter, wave.Shape, c.flux.Shape, c.ivar.Shape)
	}
	if wave.Shape[0] == 0 {
		return nil, 0, fmt.Errorf("camera %s: has no pixels", letter)
	}
	if err := tooMany(wave.Shape[0]); err != nil {
		return nil, 0, fmt.Errorf("camera %s: %w", letter, err)
	}
	if c.wavelength, err = wave.Floats(s.ctx, 0, wave.Shape[0]); err != nil {
		return nil, 0, fmt.Errorf("%s_WAVELENGTH: %w", letter, err)
	}
	if mask, err := open("MASK"); err == nil && fmt.Sprint(mask.Shape) == fmt.Sprint(c.flux.Shape) {
		c.mask = mask
	}
	return c, c.flux.Shape[0], nil
}

// desiPixel is a pixel of one camera.
type desiPixel struct{ wavelength, flux, ivar float64 }

// join reads a row of all cameras as one spectrum.
func (s *source) join(cameras []*camera, row int) (*columns, error) {
	var pixels []desiPixel
	for _, c := range cameras {
		n := len(c.wavelength)
		flux, err := c.flux.Floats(s.ctx, row*n, n)
		if err != nil {
			return nil, fmt.Errorf("%s_FLUX: %w", c.name, err)
		}
		ivar, err := c.ivar.Floats(s.ctx, row*n, n)
		if err != nil {
			return nil, fmt.Errorf("%s_IVAR: %w", c.name, err)
		}
		var mask []float64
		if c.mask != nil {
			if mask, err = c.mask.Floats(s.ctx, row*n, n); err != nil {
				return nil, fmt.Errorf("%s_MASK: %w", c.name, err)
			}
		}
		for i, lambda := range c.wavelength {
			p := desiPixel{lambda, flux[i], ivar[i]}
			if mask != nil && mask[i] != 0 || p.flux-p.flux != 0 || !(p.ivar > 0) {
				p.ivar = 0
			}
			pixels = append(pixels, p)
		}
	}
	slices.SortStableFunc(pixels, func(a, b desiPixel) int { return cmp.Compare(a.wavelength, b.wavelength) })
	out := &columns{kind: ivarRole}
	for i := 0; i < len(pixels); {
		p := pixels[i]
		sum, total, k := 0.0, 0.0, i
		for ; k < len(pixels) && (k == i || pixels[k].wavelength-p.wavelength < 1e-4); k++ {
			if q := pixels[k]; q.ivar > 0 {
				sum, total = sum+q.ivar*q.flux, total+q.ivar
			}
		}
		flux := 0.0
		if total > 0 {
			flux = sum / total
		}
		out.wavelength, out.flux, out.spread = append(out.wavelength, p.wavelength), append(out.flux, flux), append(out.spread, total)
		i = k
	}
	return out, nil
}

// fibermap returns a function that makes the spectrum of a row, with what FIBERMAP and
// REDSHIFTS say about it.
func (s *source) fibermap(f *fits.File, rows int) (func(row int) (*Spectrum, error), error) {
	type part struct {
		hdu *fits.HDU
		t   *fits.Table
		at  map[role]int
	}
	var parts []part
	for hdu, columns := range desiColumns {
		h := f.Find(hdu)
		if h == nil || !h.IsTable() {
			continue
		}
		t, err := h.Table()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.Place(), err)
		}
		if t.Rows != rows {
			continue
		}
		at := map[role]int{}
		for r, column := range columns {
			if i := t.Find(column); i >= 0 {
				at[r] = i
			}
		}
		parts = append(parts, part{h, t, at})
	}
	return func(row int) (*Spectrum, error) {
		about := New("")
		about.FluxUnit = sdssUnit
		for _, p := range parts {
			if err := s.rowScalars(p.t, p.at, row, about); err != nil {
				return nil, fmt.Errorf("%s: row %d: %w", p.hdu.Place(), row, err)
			}
		}
		about.Group = about.Name
		return about, nil
	}, nil
}

// desiColumns are columns of the tables with a row for each spectrum.
var desiColumns = map[string]map[role]string{
	"FIBERMAP":  {nameRole: "TARGETID", raRole: "TARGET_RA", decRole: "TARGET_DEC", ebvRole: "EBV"},
	"REDSHIFTS": {redshiftRole: "Z", classRole: "SPECTYPE"},
}
