package fits

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Table is a binary table (§7.3).
type Table struct {
	Rows    int
	Columns []Column

	hdu   *HDU
	width int // bytes of a row
}

// Column describes a column.
type Column struct {
	Name, Unit string
	// Type is TFORM's letter: L logical, X bits, B I J K integers of 1, 2, 4 and 8 bytes,
	// E D floats of 4 and 8, A strings. The values of C and M (complex), and of P and Q
	// (of variable length), cannot be read.
	Type byte
	// Repeat is the number of elements in a row. For type A these are strings: one, or
	// more if TDIM or TFORM (rAw) divides the row's characters.
	Repeat int
	// Width is the bytes of a string, for type A.
	Width int
	// Shape is TDIM, slowest axis first as in NumPy, and for type A without the axis of
	// characters. It is nil if there is no TDIM, or one that disagrees with TFORM.
	Shape   []int
	Integer bool // Ints may be asked for

	form   string // TFORM
	begin  int    // the first byte in a row
	bytes  int
	number number
}

// Table returns the HDU's binary table. An HDU that has none, a compressed one, or one
// whose columns do not agree with the size of its rows is an error.
func (h *HDU) Table() (*Table, error) {
	if xtension, _ := h.Header.Text("XTENSION"); xtension != "BINTABLE" && xtension != "A3DTABLE" {
		what := "an image"
		if xtension == "TABLE" {
			what = "an ASCII table, which is not supported"
		}
		return nil, fmt.Errorf("%s is %s; expected a binary table", h.Place(), what)
	}
	if err := h.refuseCompressed(); err != nil {
		return nil, err
	}
	t, err := h.table()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", h.Place(), err)
	}
	return t, nil
}

// IsTable reports whether the HDU has a table that can be read.
func (h *HDU) IsTable() bool {
	_, err := h.Table()
	return err == nil
}

// refuseCompressed refuses what is compressed in a binary table (§10).
func (h *HDU) refuseCompressed() error {
	for key, what := range map[string]string{"ZIMAGE": "image", "ZTABLE": "table"} {
		if compressed, _ := h.Header.Bool(key); compressed {
			return fmt.Errorf("%s is a compressed %s (%s = T), which is not supported; unpack it first, for example with funpack", h.Place(), what, key)
		}
	}
	return nil
}

func (h *HDU) table() (*Table, error) {
	groups, _ := h.Header.natural("GCOUNT", math.MaxInt64, 1)
	if len(h.axes) != 2 || sizes[h.kind] != 1 || groups != 1 {
		return nil, errors.New("a binary table must have BITPIX = 8, NAXIS = 2 and GCOUNT = 1")
	}
	t := &Table{Rows: h.axes[1], hdu: h, width: h.axes[0]}
	if t.width == 0 && t.Rows > 0 {
		return nil, fmt.Errorf("%d rows of 0 bytes", t.Rows)
	}
	fields, err := h.Header.natural("TFIELDS", 999, -1)
	if err != nil {
		return nil, err
	}
	end := 0
	for i := range fields {
		c, err := h.Header.column(strconv.FormatInt(i+1, 10))
		if err != nil {
			return nil, fmt.Errorf("column %d: %w", i+1, err)
		}
		c.begin = end
		if end += c.bytes; end > t.width {
			return nil, fmt.Errorf("column %d %q, TFORM %q, ends at byte %d of a row; NAXIS1 says %d", i+1, c.Name, c.form, end, t.width)
		}
		t.Columns = append(t.Columns, c)
	}
	if end != t.width {
		return nil, fmt.Errorf("the columns have %d bytes in a row, and NAXIS1 says %d", end, t.width)
	}
	return t, nil
}

// column reads the keywords of column number i, from 1.
func (h *Header) column(i string) (c Column, err error) {
	c.Name, _ = h.Text("TTYPE" + i)
	c.Unit, _ = h.Text("TUNIT" + i)
	form, ok := h.Text("TFORM" + i)
	if !ok {
		return c, fmt.Errorf("keyword TFORM%s is missing, or not a string", i)
	}
	if err := c.setForm(strings.TrimSpace(form)); err != nil {
		return c, fmt.Errorf("keyword TFORM%s = %q: %w", i, form, err)
	}
	dim, _ := h.Text("TDIM" + i)
	c.setShape(parseDim(dim))
	if strings.IndexByte("BIJKED", c.Type) >= 0 {
		c.number, err = h.scaling(c.Type, "TSCAL"+i, "TZERO"+i, "TNULL"+i)
		c.Integer = c.number.isInteger()
	}
	return c, err
}

// setForm parses TFORM: rT, or rAw for r characters as strings of w (§7.3.1).
func (c *Column) setForm(form string) error {
	digits := 0
	for digits < len(form) && '0' <= form[digits] && form[digits] <= '9' {
		digits++
	}
	c.form, c.Repeat = form, 1
	if digits > 0 {
		n, err := strconv.ParseInt(form[:digits], 10, 32)
		if err != nil {
			return errors.New("the repeat count is too large")
		}
		c.Repeat = int(n)
	}
	if digits < len(form) {
		c.Type = strings.ToUpper(form[digits:])[0]
	}
	size, ok := sizes[c.Type]
	switch {
	case c.Type == 'X':
		c.bytes = (c.Repeat + 7) / 8
	case !ok:
		return errors.New("expected a count and one of L X B I J K A E D C M P Q")
	default:
		c.bytes = c.Repeat * size
	}
	if c.Type == 'A' {
		width, _ := strconv.Atoi(form[digits+1:])
		c.setWidth(width)
	}
	return nil
}

// setWidth divides the characters of a row into strings of a width, if that is possible.
func (c *Column) setWidth(width int) {
	c.Repeat, c.Width = 1, c.bytes
	if width > 0 && c.bytes > 0 && c.bytes%width == 0 {
		c.Repeat, c.Width = c.bytes/width, width
	}
}

// setShape adopts TDIM if it agrees with TFORM.
func (c *Column) setShape(dim []int) {
	n := int64(1)
	for _, d := range dim {
		n = multiply(n, int64(d))
	}
	if c.Type == 'A' && len(dim) > 0 && n == int64(c.bytes) && n > 0 {
		c.setWidth(dim[0])
		n, dim = int64(c.Repeat), dim[1:]
	}
	if len(dim) > 0 && n == int64(c.Repeat) {
		c.Shape = slices.Clone(dim)
		slices.Reverse(c.Shape)
	}
}

// parseDim parses TDIM: (i,j,…), fastest first (§7.3.2). It returns nil for anything else.
func parseDim(text string) []int {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "(") || !strings.HasSuffix(text, ")") {
		return nil
	}
	var dim []int
	for part := range strings.SplitSeq(text[1:len(text)-1], ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(part), 10, 32)
		if err != nil || n < 0 {
			return nil
		}
		dim = append(dim, int(n))
	}
	return dim
}

// Find returns the first column with the name, or -1. Upper and lower case are the same.
func (t *Table) Find(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return strings.EqualFold(c.Name, name) })
}
