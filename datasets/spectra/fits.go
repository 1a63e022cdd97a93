package spectra

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sedlab/internal/fits"
)

// fits reads a FITS file of any kind that it recognises.
func (s *source) fits() error {
	f, err := fits.Open(s.r, s.size)
	if err != nil {
		return err
	}
	if cameras := desiCameras(f); len(cameras) > 0 {
		return s.desi(f, cameras)
	}
	primary := f.HDUs[0]
	if s.chosen(primary) && primary.IsImage() && primary.Header.Has("COEFF0") && primary.Header.Has("COEFF1") {
		return s.image(f, primary)
	}
	var names []string
	for _, h := range f.HDUs {
		names = append(names, h.Name)
		if !h.IsTable() {
			continue
		}
		t, err := h.Table()
		if err != nil {
			return fmt.Errorf("%s: %w", h.Place(), err)
		}
		if s.recognises(t) {
			return s.table(f, h, t)
		}
		names = append(names, columnNames(t)...)
	}
	for _, h := range f.HDUs {
		if s.chosen(h) && h.IsImage() && spectral(h.Header) {
			return s.image(f, h)
		}
	}
	if err := s.requireNamed(names); err != nil {
		return err
	}
	var places []string
	for _, h := range f.HDUs {
		places = append(places, h.Place())
	}
	return fmt.Errorf("no spectrum is recognised in %s; expected a table with columns of wavelengths and fluxes (--set 'dataset.columns={flux: …}' names them), or an image with a spectral axis",
		strings.Join(places[:min(len(places), 10)], ", "))
}

func columnNames(t *fits.Table) (names []string) {
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	return names
}

// recognises reports whether a table has wavelengths and fluxes.
func (o Options) recognises(t *fits.Table) bool {
	names := columnNames(t)
	return o.find(names, fluxRole) >= 0 && (o.find(names, wavelengthRole) >= 0 || o.find(names, logRole) >= 0)
}

// table reads a table with a pixel in each row, as SDSS, BOSS and specutils (tabular-fits)
// write it, or with a spectrum in each row, in columns of arrays.
func (s *source) table(f *fits.File, h *fits.HDU, t *fits.Table) error {
	names := columnNames(t)
	if err := s.requireNamed(names, s.inHeaders(f)...); err != nil {
		return fmt.Errorf("%s: %w", h.Place(), err)
	}
	at := map[role]int{}
	for r := range usual {
		if i := s.find(names, r); i >= 0 {
			at[r] = i
		}
	}
	about := New("")
	if err := s.sdss(f, h, about); err != nil {
		return err
	}
	s.headers(about, f.HDUs[0].Header, h.Header)
	if about.FluxUnit = t.Columns[at[fluxRole]].Unit; about.FluxUnit == "" && has(at, logRole) && has(at, bitsRole) {
		about.FluxUnit = sdssUnit
	}
	if t.Columns[at[fluxRole]].Repeat == 1 {
		c, err := s.rows(t, at, 0, t.Rows)
		if err == nil && t.Rows > 0 {
			err = s.restOf(t, at, 0, about)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", h.Place(), err)
		}
		c.air = c.air || airIn(h.Header) || airIn(f.HDUs[0].Header)
		return s.put(c, about, false)
	}
	for row := range t.Rows {
		each := *about
		each.Name = ""
		c, err := s.rows(t, at, row, 1)
		if err == nil {
			err = s.rowScalars(t, at, row, &each)
		}
		if err != nil {
			return fmt.Errorf("%s: row %d: %w", h.Place(), row, err)
		}
		c.air = c.air || airIn(h.Header) || airIn(f.HDUs[0].Header)
		if err := s.put(c, &each, t.Rows > 1); err != nil {
			return err
		}
	}
	return nil
}

// rows reads the columns of some rows, as one spectrum.
func (s *source) rows(t *fits.Table, at map[role]int, first, rows int) (*columns, error) {
	c := &columns{log: !has(at, wavelengthRole)}
	wave := wavelengthRole
	if c.log {
		wave = logRole
	} else {
		c.unit = t.Columns[at[wave]].Unit
		c.air = strings.Contains(strings.ToLower(t.Columns[at[wave]].Name), "air")
	}
	c.kind = spreadOf(at)
	if err := countPixels(t, at, rows); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		role role
		to   *[]float64
	}{{wave, &c.wavelength}, {fluxRole, &c.flux}, {c.kind, &c.spread}} {
		i, ok := at[part.role]
		if !ok {
			continue
		}
		var err error
		if *part.to, err = t.Floats(s.ctx, i, first, rows); err != nil {
			return nil, err
		}
	}
	if i, ok := at[maskRole]; ok {
		values, err := marksOf(s, t, i, first, rows)
		if err != nil {
			return nil, err
		}
		c.mask = values
	}
	if i, ok := at[bitsRole]; ok {
		values, err := t.Ints(s.ctx, i, first, rows)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			c.bits = append(c.bits, uint32(v))
		}
	}
	return c, nil
}

// countPixels refuses too many pixels in some rows of the columns that have them.
func countPixels(t *fits.Table, at map[role]int, rows int) error {
	for _, r := range []role{wavelengthRole, logRole, fluxRole, ivarRole, errorRole, varianceRole, maskRole, bitsRole} {
		if i, ok := at[r]; ok {
			if err := tooMany(rows * t.Columns[i].Repeat); err != nil {
				return fmt.Errorf("column %s: %w", t.Columns[i].Name, err)
			}
		}
	}
	return nil
}

// marksOf reads a column of mask values: logicals, or numbers, of which 0 means measured. A
// pixel in a row of its own may have several, of which any counts.
func marksOf(s *source, t *fits.Table, col, first, rows int) (marks []bool, err error) {
	if kind := t.Columns[col].Type; kind == 'L' || kind == 'X' {
		marks, err = t.Bools(s.ctx, col, first, rows)
	} else {
		var values []float64
		values, err = t.Floats(s.ctx, col, first, rows)
		for _, v := range values {
			marks = append(marks, v != 0)
		}
	}
	per := t.Columns[col].Repeat
	if err != nil || rows == 1 || per < 2 {
		return marks, err
	}
	folded := make([]bool, 0, rows)
	for part := range slices.Chunk(marks, per) {
		folded = append(folded, slices.Contains(part, true))
	}
	return folded, nil
}

// rowScalars reads what a row says about its spectrum as a whole.
func (s *source) rowScalars(t *fits.Table, at map[role]int, row int, about *Spectrum) error {
	for r, to := range map[role]*float64{redshiftRole: &about.Redshift, ebvRole: &about.EBV, raRole: &about.RA, decRole: &about.Dec} {
		if i, ok := at[r]; ok && t.Columns[i].Repeat == 1 && t.Columns[i].Type != 'A' {
			v, err := t.Floats(s.ctx, i, row, 1)
			if err != nil {
				return err
			}
			*to = v[0]
		}
	}
	if err := s.restOf(t, at, row, about); err != nil {
		return err
	}
	for r, to := range map[role]*string{nameRole: &about.Name, groupRole: &about.Group, classRole: &about.Class, unitRole: &about.FluxUnit} {
		if i, ok := at[r]; ok && t.Columns[i].Repeat == 1 {
			text, err := textOf(s, t, i, row)
			if err != nil {
				return err
			}
			*to = text
		}
	}
	return nil
}

// restOf reads whether a row is about a spectrum at rest.
func (s *source) restOf(t *fits.Table, at map[role]int, row int, about *Spectrum) error {
	i, ok := at[restRole]
	if !ok || t.Columns[i].Repeat != 1 {
		return nil
	}
	marks, err := marksOf(s, t, i, row, 1)
	if err == nil {
		about.Rest = marks[0]
	}
	return err
}

// textOf reads a text, or a whole number as a text.
func textOf(s *source, t *fits.Table, col, row int) (string, error) {
	if c := t.Columns[col]; c.Type == 'A' {
		if c.Width > maxText {
			return "", fmt.Errorf("column %s: has texts of %d bytes; expected at most %d", c.Name, c.Width, maxText)
		}
		v, err := t.Texts(s.ctx, col, row, 1)
		if err != nil {
			return "", err
		}
		return strings.TrimSpace(v[0]), nil
	}
	v, err := t.Ints(s.ctx, col, row, 1)
	if err != nil {
		return "", err
	}
	return strconv.FormatInt(v[0], 10), nil
}

// sdss takes redshift, class and position from the table beside that of the pixels, which
// has a row of what SDSS measured (HDU 2: SPECOBJ or SPALL).
func (s *source) sdss(f *fits.File, pixels *fits.HDU, about *Spectrum) error {
	for _, h := range f.HDUs {
		if h == pixels || !h.IsTable() {
			continue
		}
		t, err := h.Table()
		redshift := first(s.Columns.Redshift, "Z")
		if err != nil || t.Rows != 1 || t.Find("Z") < 0 && t.Find(redshift) < 0 {
			continue // a table that is not needed may be of any form
		}
		at := map[role]int{}
		for r, names := range map[role][]string{redshiftRole: {redshift}, classRole: {"CLASS"}, raRole: {"PLUG_RA", "RA"}, decRole: {"PLUG_DEC", "DEC"}, groupRole: {"BESTOBJID", "THING_ID", "OBJID"}} {
			for _, name := range names {
				if i := t.Find(name); i >= 0 && !has(at, r) {
					at[r] = i
				}
			}
		}
		if i, ok := at[groupRole]; ok && t.Columns[i].Type != 'A' && !t.Columns[i].Integer {
			delete(at, groupRole)
		}
		if err := s.rowScalars(t, at, 0, about); err != nil {
			return fmt.Errorf("%s: %w", h.Place(), err)
		}
		if about.Group == "0" || about.Group == "-1" {
			about.Group = ""
		}
		return nil
	}
	return nil
}
