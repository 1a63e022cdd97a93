package spectra

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxLine and maxHeader bound a line of text, and the header of ECSV [bytes].
const (
	maxLine   = 1 << 20
	maxHeader = 1 << 20
)

// textFile is a text table that is being read, with a pixel on each line.
type textFile struct {
	*source
	lines    *bufio.Scanner
	number   int // of the line
	header   []string
	units    map[string]string // by column, in lower case
	meta     map[string]string
	metaLine map[string]int // of each key of meta
	comma    rune           // between fields; 0 for blanks
	at       map[role]int

	open  *columns
	about *Spectrum
	many  bool            // a column names the spectrum
	seen  map[string]bool // names of spectra

	comment string // the last one before the data
	saved   *string
}

// text reads CSV, TSV, ECSV and columns separated by blanks: wavelength, flux, and if there
// are any error or ivar, and mask. With a column of names there are several spectra, each in
// consecutive lines. Without a header, the columns are wavelength, flux and error. Lines that begin
// with # are comments, of which "# key: value" may give redshift, ebv and name.
func (s *source) text() error {
	f := &textFile{source: s, units: map[string]string{}, meta: map[string]string{}, metaLine: map[string]int{}, seen: map[string]bool{}}
	f.lines = bufio.NewScanner(io.NewSectionReader(s.r, 0, s.size))
	f.lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	first, err := f.preamble()
	if err == nil {
		err = f.columnsOf(first)
	}
	for err == nil {
		var line string
		if line, err = f.next(); err == nil {
			err = f.pixel(line)
		}
	}
	if !errors.Is(err, io.EOF) {
		if errors.Is(err, errStop) || s.ctx.Err() != nil {
			return err
		}
		return fmt.Errorf("line %d: %w", f.number, err)
	}
	if f.open == nil && s.row == 0 {
		return errors.New("has no data")
	}
	return f.flush()
}

// next returns the next line that is neither empty nor a comment.
func (f *textFile) next() (string, error) {
	if f.saved != nil {
		line := *f.saved
		f.saved = nil
		return line, nil
	}
	for f.lines.Scan() {
		f.number++
		if f.number%4096 == 0 && f.ctx.Err() != nil {
			return "", f.ctx.Err()
		}
		line := strings.TrimRight(f.lines.Text(), "\r")
		if trimmed := strings.TrimSpace(line); trimmed != "" && trimmed[0] != '#' {
			return line, nil
		}
	}
	if err := f.lines.Err(); err != nil {
		f.number++
		if errors.Is(err, bufio.ErrTooLong) {
			return "", fmt.Errorf("is longer than %d bytes; expected a table with a pixel on each line", maxLine)
		}
		return "", err
	}
	return "", io.EOF
}

// preamble reads the comments before the data, and returns the first other line.
func (f *textFile) preamble() (first string, err error) {
	var header strings.Builder
	for f.lines.Scan() {
		f.number++
		line := strings.TrimPrefix(strings.TrimRight(f.lines.Text(), "\r"), "\uFEFF")
		comment, ok := strings.CutPrefix(strings.TrimSpace(line), "#")
		if !ok && strings.TrimSpace(line) != "" {
			f.ecsv(header.String())
			return line, nil
		}
		f.comment = strings.TrimSpace(comment)
		if header.Len()+len(comment) > maxHeader {
			return "", fmt.Errorf("the comments before the data are longer than %d bytes", maxHeader)
		}
		header.WriteString(strings.TrimPrefix(comment, " ") + "\n")
	}
	if err := f.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		f.number++
		return "", fmt.Errorf("is longer than %d bytes; expected a table with a pixel on each line", maxLine)
	} else if err != nil {
		return "", err
	}
	return "", io.EOF
}

// ecsv takes what comments say: an ECSV header (astropy's APE 6), or lines "key: value".
func (f *textFile) ecsv(comments string) {
	var header struct {
		Delimiter string `yaml:"delimiter"`
		Datatype  []struct {
			Name string `yaml:"name"`
			Unit string `yaml:"unit"`
		} `yaml:"datatype"`
	}
	rest, isECSV := strings.CutPrefix(comments, "%ECSV")
	if isECSV {
		_, body, _ := strings.Cut(rest, "\n")
		if yaml.Unmarshal([]byte(body), &header) == nil { // units are then unknown
			for _, c := range header.Datatype {
				f.units[strings.ToLower(c.Name)] = c.Unit
			}
		}
		f.comma = ' '
		if header.Delimiter == "," {
			f.comma = ','
		}
	}
	number := 0
	if isECSV { // its columns have names too
		var before string
		before, comments, _ = strings.Cut(comments, "meta:")
		number = strings.Count(before, "\n")
	}
	for line := range strings.Lines(comments) {
		number++
		key, value, ok := strings.Cut(strings.Trim(line, " \t\n-{}"), ":")
		if value = strings.Trim(value, " \t\"',}"); ok && value != "" {
			key = strings.ToLower(strings.TrimSpace(key))
			f.meta[key], f.metaLine[key] = value, number
		}
	}
}

// columnsOf finds the columns by the first line: names, or numbers in the usual order.
func (f *textFile) columnsOf(first string) error {
	if f.comma == 0 || f.comma == ' ' {
		separator := f.comma
		f.comma = 0
		for _, c := range []rune{',', '\t', ';'} {
			if separator == 0 && strings.ContainsRune(first, c) {
				f.comma = c
				break
			}
		}
	}
	names := f.fields(first)
	f.at = map[role]int{}
	if _, err := strconv.ParseFloat(names[0], 64); err == nil {
		f.saved, f.header = &first, names
		commented := f.fields(f.comment)
		if len(commented) != len(names) || f.find(commented, fluxRole) < 0 {
			return f.usualOrder()
		}
		names = commented // a header that is a comment, as astropy and NumPy write it
	}
	return f.named(names)
}

// named finds the columns by their names.
func (f *textFile) named(names []string) error {
	for i, name := range names { // such as "wavelength [nm]"
		if bare, unit, ok := strings.Cut(name, "["); ok {
			names[i] = strings.TrimSpace(bare)
			f.units[strings.ToLower(names[i])] = strings.TrimSuffix(strings.TrimSpace(unit), "]")
		}
	}
	f.header = names
	if err := f.requireNamed(names, f.inComments()...); err != nil {
		return err
	}
	for r := range usual {
		if i := f.find(names, r); i >= 0 {
			f.at[r] = i
		}
	}
	if i := f.find(names, fluxRole); f.Columns.Name == "" && i >= 0 && !has(f.at, nameRole) { // a table of spectra may call the name so
		for k, name := range names {
			if k != i && strings.EqualFold(name, "spectrum") {
				f.at[nameRole] = k
			}
		}
	}
	_, wave := f.at[wavelengthRole]
	if _, log := f.at[logRole]; !wave && !log {
		return missingColumn("wavelength", names)
	}
	if _, ok := f.at[fluxRole]; !ok {
		return missingColumn("flux", names)
	}
	_, f.many = f.at[nameRole]
	return nil
}

// inComments returns the roles that comments, and no columns, may have.
func (f *textFile) inComments() []role {
	if f.meta[strings.ToLower(f.Columns.Redshift)] != "" {
		return []role{redshiftRole}
	}
	return nil
}

// usualOrder takes the columns of a table without a header.
func (f *textFile) usualOrder() error {
	if err := f.requireNamed(nil, f.inComments()...); err != nil {
		return err
	}
	if len(f.header) < 2 {
		return fmt.Errorf("has %d column; expected wavelengths and fluxes, or a header that names the columns", len(f.header))
	}
	if len(f.header) > 3 {
		return fmt.Errorf("has %d columns and no header; expected wavelengths, fluxes and errors, or a header that names the columns", len(f.header))
	}
	f.at[wavelengthRole], f.at[fluxRole] = 0, 1
	if len(f.header) > 2 {
		f.at[errorRole] = 2
	}
	return nil
}

func has(at map[role]int, r role) bool {
	_, ok := at[r]
	return ok
}

// quoted cuts a line in which fields may be in quotes.
func (f *textFile) quoted(line string) ([]string, error) {
	r := csv.NewReader(strings.NewReader(line))
	if r.Comma = f.comma; f.comma == 0 {
		r.Comma = ' '
		r.TrimLeadingSpace = true
	}
	fields, err := r.Read()
	for i, field := range fields {
		fields[i] = strings.TrimSpace(field)
	}
	return fields, err
}

// fields cuts a line into its fields.
func (f *textFile) fields(line string) []string {
	if strings.ContainsRune(line, '"') {
		if fields, err := f.quoted(line); err == nil {
			return fields
		}
	}
	if f.comma == 0 {
		return strings.Fields(line)
	}
	parts := strings.Split(line, string(f.comma))
	for i, part := range parts {
		parts[i] = strings.Trim(strings.TrimSpace(part), `"`)
	}
	return parts
}
