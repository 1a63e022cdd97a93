package spectra

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/parquet-go/parquet-go"

	"sedlab/internal/record"
)

// parquet reads a Parquet file with a spectrum in each row: lists wavelength, flux, and if
// there are any ivar, error or variance, and mask (not measured where true or not 0), with
// redshift, ebv, ra, dec, name, class, group and rest_frame beside them. If the fluxes are no
// lists, each row is a pixel, and a column of names makes several spectra.
func (s *source) parquet() (err error) {
	// parquet-go panics on some damaged pages; a damaged file must not end the program.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("damaged Parquet file: %v", p)
		}
	}()
	file, err := record.OpenGroups(s.r, s.size)
	if err != nil {
		return err
	}
	at, leaves, err := s.leaves(file.Schema())
	if err != nil {
		return err
	}
	if pixelEach(file.Schema(), at) {
		s.pixels = &pixelRows{kind: spreadOf(at), named: has(at, nameRole), seen: map[string]bool{}}
	}
	for number, group := range file.RowGroups() {
		if !s.groups.has(number) {
			s.row += int(group.NumRows())
			continue
		}
		group, budget, err := file.Load(number)
		if err != nil {
			return err
		}
		if err := s.parquetRows(group, at, leaves, budget); err != nil {
			return err
		}
	}
	if s.pixels != nil {
		return s.pixels.flush(s)
	}
	return nil
}

// pixelEach reports whether the fluxes of a file are no lists.
func pixelEach(schema *parquet.Schema, at map[role]int) bool {
	flux, ok := schema.Lookup(schema.Columns()[at[fluxRole]]...)
	return ok && flux.MaxRepetitionLevel == 0
}

// leaves finds the leaf column of each role in a schema, and its names.
func (s *source) leaves(schema *parquet.Schema) (at map[role]int, names []string, err error) {
	for _, path := range schema.Columns() {
		names = append(names, path[0])
	}
	if err := s.requireNamed(names); err != nil {
		return nil, nil, err
	}
	at = map[role]int{}
	for r := range usual {
		if i := s.find(names, r); i >= 0 {
			at[r] = i
		}
	}
	if !has(at, wavelengthRole) && !has(at, logRole) {
		return nil, nil, missingColumn("wavelength", names)
	}
	if !has(at, fluxRole) {
		return nil, nil, missingColumn("flux", names)
	}
	return at, names, nil
}

// parquetRows reads the rows of a row group.
func (s *source) parquetRows(group parquet.RowGroup, at map[role]int, names []string, budget int64) error {
	r := group.Rows()
	defer r.Close()
	buffer := make([]parquet.Row, 1)
	for {
		n, err := r.ReadRows(buffer)
		if n == 1 {
			values := make([][]parquet.Value, len(names))
			size := int64(0)
			buffer[0].Range(func(column int, v []parquet.Value) bool {
				values[column] = v
				size += int64(len(v)) * 32
				return true
			})
			if size > budget {
				return fmt.Errorf("row %d: its lists are too long for the size of its row group", s.row)
			}
			if err := s.parquetRow(at, names, values); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("row %d: %w", s.row, err)
		}
	}
}

// parquetRow passes on the spectrum of a row.
func (s *source) parquetRow(at map[role]int, names []string, values [][]parquet.Value) error {
	c, about, wave := &columns{log: !has(at, wavelengthRole)}, New(""), wavelengthRole
	if c.log {
		wave = logRole
	}
	c.air = strings.Contains(strings.ToLower(names[at[wave]]), "air")
	for _, kind := range []role{ivarRole, errorRole, varianceRole} {
		if i, ok := at[kind]; ok && len(numbers(values[i])) > 0 {
			c.kind = kind
			break
		}
	}
	lists := map[role]*[]float64{wave: &c.wavelength, fluxRole: &c.flux}
	if c.kind != "" {
		lists[c.kind] = &c.spread
	}
	for r, to := range lists {
		*to = numbers(values[at[r]])
	}
	if i, ok := at[maskRole]; ok {
		for _, v := range numbers(values[i]) {
			c.mask = append(c.mask, v != 0)
		}
	}
	if i, ok := at[bitsRole]; ok {
		for _, v := range numbers(values[i]) {
			c.bits = append(c.bits, uint32(int64(v)))
		}
	}
	for r, to := range map[role]*float64{redshiftRole: &about.Redshift, ebvRole: &about.EBV, raRole: &about.RA, decRole: &about.Dec} {
		if i, ok := at[r]; ok {
			if list := numbers(values[i]); len(list) == 1 {
				*to = list[0]
			}
		}
	}
	for r, to := range map[role]*string{nameRole: &about.Name, groupRole: &about.Group, classRole: &about.Class, unitRole: &about.FluxUnit} {
		if i, ok := at[r]; ok && len(values[i]) == 1 && !values[i][0].IsNull() {
			*to = values[i][0].String()
		}
	}
	if i, ok := at[restRole]; ok {
		list := numbers(values[i])
		about.Rest = len(list) == 1 && list[0] != 0
	}
	if s.pixels != nil {
		return s.pixels.add(s, c, about)
	}
	return s.put(c, about, true)
}

// numbers returns the values of a leaf in a row: NaN for a null within a list, and nothing
// for an empty or absent one.
func numbers(values []parquet.Value) (out []float64) {
	if len(values) == 1 && values[0].IsNull() && values[0].DefinitionLevel() <= 1 {
		return nil
	}
	out = make([]float64, 0, len(values))
	for _, v := range values {
		x := math.NaN()
		switch v.Kind() {
		case parquet.Boolean:
			x = 0
			if v.Boolean() {
				x = 1
			}
		case parquet.Int32:
			x = float64(v.Int32())
		case parquet.Int64:
			x = float64(v.Int64())
		case parquet.Float:
			x = float64(v.Float())
		case parquet.Double:
			x = v.Double()
		}
		if v.IsNull() {
			x = math.NaN()
		}
		out = append(out, x)
	}
	return out
}
