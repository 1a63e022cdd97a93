package spectra

import (
	"fmt"
	"math"
)

// pixelRows gathers the spectra of a Parquet file with a pixel in each row, as text has them.
type pixelRows struct {
	kind  role // of the errors
	named bool // a column names the spectrum
	open  *columns
	about *Spectrum
	seen  map[string]bool // names of spectra
}

// add takes a row: a pixel, and what it says of its spectrum.
func (p *pixelRows) add(s *source, c *columns, about *Spectrum) error {
	if p.open == nil || p.named && about.Name != p.about.Name {
		if err := p.flush(s); err != nil {
			return err
		}
		if p.seen[about.Name] {
			return fmt.Errorf("spectrum %.40q continues after another one; expected all of its rows together", about.Name)
		}
		p.seen[about.Name] = true
		p.open, p.about = &columns{log: c.log, air: c.air, kind: p.kind}, about
	}
	if len(p.open.flux) >= maxPixels {
		return fmt.Errorf("the spectrum has more than %d pixels", maxPixels)
	}
	o := p.open
	o.wavelength, o.flux = append(o.wavelength, only(c.wavelength)), append(o.flux, only(c.flux))
	if p.kind != "" {
		o.spread = append(o.spread, only(c.spread))
	}
	o.mask = append(o.mask, len(c.mask) == 1 && c.mask[0])
	o.bits = append(o.bits, c.bits...)
	return nil
}

// flush passes on the spectrum that was gathered.
func (p *pixelRows) flush(s *source) error {
	if p.open == nil {
		return nil
	}
	c, about := p.open, p.about
	p.open, p.about = nil, nil
	return s.put(c, about, p.named)
}

// only returns the value of a row, NaN if it has none.
func only(list []float64) float64 {
	if len(list) != 1 {
		return math.NaN()
	}
	return list[0]
}
