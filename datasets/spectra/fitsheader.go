package spectra

import (
	"math"
	"slices"
	"strings"

	"sedlab/internal/fits"
)

// sdssUnit is the unit of fluxes of SDSS, whose files do not say it, and of DESI.
const sdssUnit = "10**-17 erg / (s cm2 Angstrom)"

// headers takes what headers say about the spectrum and no table did.
func (s *source) headers(about *Spectrum, headers ...*fits.Header) {
	number := func(to *float64, keys ...string) {
		for _, h := range headers {
			for _, key := range keys {
				if v, ok := h.Float(key); ok && math.IsNaN(*to) {
					*to = v
				}
			}
		}
	}
	redshift := []string{"REDSHIFT", "Z"}
	if s.Columns.Redshift != "" {
		redshift = []string{strings.ToUpper(s.Columns.Redshift)}
	}
	number(&about.Redshift, redshift...)
	for _, h := range headers { // Greisen et al. 2006, A&A 446, 747, table 10
		if frame, _ := h.Text("SPECSYS"); strings.TrimSpace(frame) == "SOURCE" {
			about.Rest = true
		}
	}
	number(&about.EBV, "EBV", "E_BV")
	number(&about.RA, "PLUG_RA", "RAOBJ", "RA")
	number(&about.Dec, "PLUG_DEC", "DECOBJ", "DEC")
}

// inHeaders returns the roles that the headers of a file, or its tables of one row, have.
func (s *source) inHeaders(f *fits.File) []role {
	for _, h := range f.HDUs {
		t, err := h.Table()
		if h.Header.Has(strings.ToUpper(s.Columns.Redshift)) || err == nil && t.Rows == 1 && t.Find(s.Columns.Redshift) >= 0 {
			return []role{redshiftRole}
		}
	}
	return nil
}

// chosen reports whether the options allow fluxes in an image.
func (s *source) chosen(h *fits.HDU) bool {
	return s.Columns.Flux == "" || strings.EqualFold(h.Name, s.Columns.Flux)
}

// airIn reports whether a header says that wavelengths are those in air.
func airIn(h *fits.Header) bool {
	if vacuum, ok := h.Bool("VACUUM"); ok {
		return !vacuum
	}
	for _, key := range []string{"CTYPE1", "AIRORVAC", "WAVETYPE"} {
		if text, ok := h.Text(key); ok {
			text = strings.ToUpper(strings.TrimSpace(text))
			if strings.HasPrefix(text, "AWAV") || text == "AIR" {
				return true
			}
		}
	}
	return false
}

// spectral reports whether the first axis of an image is a linear or logarithmic one of
// wavelengths (Greisen et al. 2006, A&A 446, 747).
func spectral(h *fits.Header) bool {
	kind, _ := h.Text("CTYPE1")
	kind = strings.ToUpper(strings.TrimSpace(kind))
	_, hasStep := stepOf(h)
	return hasStep && h.Has("CRVAL1") && slices.Contains([]string{"", "WAVE", "AWAV", "LINEAR", "LAMBDA", "WAVELENGTH", "WAVE-LOG", "AWAV-LOG", "LOG-LINEAR", "LOGLAM"}, kind)
}

func stepOf(h *fits.Header) (float64, bool) {
	if v, ok := h.Float("CD1_1"); ok {
		return v, true
	}
	v, ok := h.Float("CDELT1")
	if pc, has := h.Float("PC1_1"); has {
		v *= pc
	}
	return v, ok
}

// logLinear returns λ_i = 10^(c0 + c1·i).
func logLinear(c0, c1 float64, n int) []float64 {
	grid := make([]float64, n)
	for i := range grid {
		grid[i] = math.Pow(10, c0+c1*float64(i))
	}
	return grid
}
