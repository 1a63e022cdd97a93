package spectra

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// pixel takes a line of data.
func (f *textFile) pixel(line string) error {
	fields := f.fields(line)
	if len(fields) != len(f.header) {
		return fmt.Errorf("has %d fields; expected %d", len(fields), len(f.header))
	}
	if f.many {
		if name := fields[f.at[nameRole]]; f.about == nil || name != f.about.Name {
			if err := f.flush(); err != nil {
				return err
			}
			if f.seen[name] {
				return fmt.Errorf("spectrum %.40q continues after another one; expected all of its lines together", name)
			}
			f.seen[strings.Clone(name)] = true
			f.begin(name)
		}
	} else if f.open == nil {
		f.begin(f.meta["name"])
	}
	if len(f.open.flux) == 0 {
		if err := f.scalars(fields); err != nil {
			return err
		}
	}
	if len(f.open.flux) >= maxPixels {
		return fmt.Errorf("the spectrum has more than %d pixels", maxPixels)
	}
	c := f.open
	for _, part := range []struct {
		role role
		to   *[]float64
	}{{wavelengthRole, &c.wavelength}, {logRole, &c.wavelength}, {fluxRole, &c.flux}, {c.kind, &c.spread}} {
		i, ok := f.at[part.role]
		if !ok || part.role == logRole && has(f.at, wavelengthRole) {
			continue
		}
		v, err := f.number64(fields[i], f.header[i])
		if err != nil {
			return err
		}
		*part.to = append(*part.to, v)
	}
	return f.marks(fields)
}

// marks takes the mask values of a pixel.
func (f *textFile) marks(fields []string) error {
	if i, ok := f.at[maskRole]; ok {
		marked, err := markOf(fields[i])
		if err != nil {
			return fmt.Errorf("column %s: %w", f.header[i], err)
		}
		f.open.mask = append(f.open.mask, marked)
	}
	if i, ok := f.at[bitsRole]; ok {
		v, err := strconv.ParseFloat(fields[i], 64)
		if err != nil || v != float64(int64(v)) {
			return fmt.Errorf("column %s: got %.40q; expected a whole number", f.header[i], fields[i])
		}
		f.open.bits = append(f.open.bits, uint32(int64(v)))
	}
	return nil
}

// markOf reads a mask value: whether the pixel was not measured.
func markOf(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "", "false", "f", "no":
		return false, nil
	case "true", "t", "yes":
		return true, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return false, fmt.Errorf("got %.40q; expected true, false or a number", text)
	}
	return v != 0, nil
}

// number64 reads a number; an empty field is NaN.
func (f *textFile) number64(text, column string) (float64, error) {
	switch strings.ToLower(text) {
	case "", "nan", "null", "none", "na", "--", `""`:
		return math.NaN(), nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		point := ""
		if strings.Contains(text, ",") {
			point = " with a decimal point"
		}
		return 0, fmt.Errorf("column %s: got %.40q; expected a number%s", column, text, point)
	}
	return v, nil
}

// begin begins a spectrum.
func (f *textFile) begin(name string) {
	f.about = New(name)
	f.open = &columns{log: !has(f.at, wavelengthRole), kind: spreadOf(f.at)}
	if !f.open.log {
		column := strings.ToLower(f.header[f.at[wavelengthRole]])
		f.open.unit, f.open.air = f.units[column], strings.Contains(column, "air")
	}
	f.about.FluxUnit = f.units[strings.ToLower(f.header[f.at[fluxRole]])]
}

// scalars takes what the first line of a spectrum and the comments say about it as a whole.
func (f *textFile) scalars(fields []string) error {
	for r, to := range map[role]*float64{redshiftRole: &f.about.Redshift, ebvRole: &f.about.EBV, raRole: &f.about.RA, decRole: &f.about.Dec} {
		text := f.scalar(r, fields)
		if _, err := f.number64(text, string(r)); err != nil && !has(f.at, r) && (r == raRole || r == decRole) {
			text = "" // such as 12:30:45, which nothing needs
		}
		if strings.EqualFold(text, "unknown") {
			text = ""
		}
		v, err := f.number64(text, string(r))
		if err != nil {
			return f.blame(r, err)
		}
		*to = v
	}
	rest, err := markOf(f.scalar(restRole, fields))
	if err != nil {
		return fmt.Errorf("rest_frame: %w", err)
	}
	f.about.Rest = rest
	if f.about.FluxUnit == "" {
		f.about.FluxUnit = f.scalar(unitRole, fields)
	}
	if i, ok := f.at[classRole]; ok {
		f.about.Class = fields[i]
	}
	if i, ok := f.at[groupRole]; ok {
		f.about.Group = fields[i]
	}
	return nil
}

// blame makes an error about a role that comments give one about the comment.
func (f *textFile) blame(r role, err error) error {
	if !has(f.at, r) {
		for _, name := range f.names(r) {
			if f.meta[name] != "" {
				f.number = f.metaLine[name]
				return errors.New(strings.Replace(err.Error(), "column", "comment", 1))
			}
		}
	}
	return err
}

// scalar returns what a line of a spectrum, or else the comments, say about it as a whole.
func (f *textFile) scalar(r role, fields []string) string {
	if i, ok := f.at[r]; ok {
		return fields[i]
	}
	for _, name := range f.names(r) {
		if text := f.meta[name]; text != "" {
			return text
		}
	}
	return ""
}

// flush passes on the spectrum that was read.
func (f *textFile) flush() error {
	if f.open == nil {
		return nil
	}
	c, about := f.open, f.about
	f.open, f.about = nil, nil
	return f.put(c, about, f.many)
}
