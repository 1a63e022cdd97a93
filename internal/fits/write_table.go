package fits

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Output is a column to write.
type Output struct {
	Name string
	Unit string // is left out if it is longer than a card
	// Repeat is the number of elements in a row; 0 is 1, or as many as Shape has.
	Repeat int
	// Shape is how they are arranged (TDIM), slowest axis first as in NumPy. It may be nil.
	Shape []int
	// Values are rows × Repeat elements, as []float32, []float64, []int64, []int32, []int16,
	// []uint8, []bool or []string. Strings lose trailing spaces.
	Values any
}

// Table writes a binary table. If it is the first HDU, an empty primary one goes before
// it. Texts and cards are as for Image.
func (w *Writer) Table(name string, cards []Card, columns []Output) error {
	if w.hdus == 0 {
		if err := w.Image("", nil, nil, nil); err != nil {
			return err
		}
	}
	if err := w.table(name, cards, columns); err != nil {
		return fmt.Errorf("table %q: %w", name, err)
	}
	return nil
}

func (w *Writer) table(name string, cards []Card, columns []Output) error {
	if len(columns) > 999 {
		return fmt.Errorf("%d columns, expected at most 999", len(columns))
	}
	var keys header // of the columns
	all := make([]elements, len(columns))
	rows, width := 0, 0
	for i, c := range columns {
		e, n, err := c.elements(&keys, i+1)
		if err == nil && i > 0 && n != rows {
			err = fmt.Errorf("%d rows, expected %d as in column 1", n, rows)
		}
		if err != nil {
			return fmt.Errorf("column %d %q: %w", i+1, c.Name, err)
		}
		all[i], rows, width = e, n, width+e.size
	}
	var h header
	h.begin(false, "BINTABLE", 8, []int{rows, width})
	h.set("PCOUNT", 0, "no columns of variable length")
	h.set("GCOUNT", 1, "one group")
	h.set("TFIELDS", len(columns), "number of columns")
	h.text = append(h.text, keys.text...)
	if err := w.header(&h, name, cards); err != nil {
		return err
	}
	return w.data(rows, width, func(buf []byte, row int) []byte {
		for _, e := range all {
			buf = e.append(buf, row)
		}
		return buf
	})
}

// elements returns the column's rows as elements, their number, and its keywords.
func (c *Output) elements(h *header, i int) (rows elements, n int, err error) {
	e, err := newElements(c.Values)
	if err != nil {
		return e, 0, err
	}
	repeat, err := c.repeat()
	if err != nil {
		return e, 0, err
	}
	if e.kind == 0 || e.n%repeat != 0 {
		return e, 0, fmt.Errorf("%d values, expected %d for each row", e.n, repeat)
	}
	h.set(fmt.Sprint("TTYPE", i), c.Name, "")
	form, dim := repeat, slices.Clone(c.Shape)
	if e.kind == 'A' {
		form = repeat * e.size
		if repeat > 1 && dim == nil {
			dim = []int{repeat}
		}
	}
	h.set(fmt.Sprint("TFORM", i), fmt.Sprintf("%d%c", form, e.kind), "")
	if c.Unit != "" && cut(c.Unit) == c.Unit {
		h.set(fmt.Sprint("TUNIT", i), c.Unit, "")
	}
	if dim != nil {
		if e.kind == 'A' {
			dim = append(dim, e.size)
		}
		slices.Reverse(dim)
		h.set(fmt.Sprint("TDIM", i), "("+strings.Trim(strings.ReplaceAll(fmt.Sprint(dim), " ", ","), "[]")+")", "")
	}
	rows = elements{e.n / repeat, e.kind, repeat * e.size, func(buf []byte, row int) []byte {
		for j := range repeat {
			buf = e.append(buf, row*repeat+j)
		}
		return buf
	}}
	return rows, rows.n, h.err
}

// repeat returns the number of elements in a row.
func (c *Output) repeat() (int, error) {
	if c.Shape == nil {
		if c.Repeat < 0 {
			return 0, fmt.Errorf("repeat %d, expected at least 0", c.Repeat)
		}
		return max(1, c.Repeat), nil
	}
	n := 1
	for _, axis := range c.Shape {
		n *= max(0, axis)
	}
	if n == 0 || len(c.Shape) == 0 {
		return 0, errors.New("a shape without elements")
	}
	if c.Repeat != 0 && c.Repeat != n {
		return 0, fmt.Errorf("repeat %d, and shape %v has %d elements", c.Repeat, c.Shape, n)
	}
	return n, nil
}
