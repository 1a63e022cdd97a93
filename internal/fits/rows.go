package fits

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

// Floats returns the values of a column of type B, I, J, K, E or D in rows rows from
// row first on, Repeat for each row. Integers equal to TNULL are NaN.
func (t *Table) Floats(ctx context.Context, col, first, rows int) ([]float64, error) {
	return readColumn(ctx, t, col, first, rows, "BIJKED", func(c *Column, dst []float64, raw []byte) error {
		c.number.floats(dst, raw)
		return nil
	})
}

// Ints is Floats for an Integer column. An element that is null, or that no int64 can
// hold, is an error.
func (t *Table) Ints(ctx context.Context, col, first, rows int) ([]int64, error) {
	return readColumn(ctx, t, col, first, rows, "BIJK", func(c *Column, dst []int64, raw []byte) error {
		if !c.Integer {
			return fmt.Errorf("the values are scaled by %g and %g, expected integers", c.number.scale, c.number.zero)
		}
		return c.number.ints(dst, raw, 0)
	})
}

// Bools is Floats for a column of logicals (L) or bits (X). A null logical is false.
func (t *Table) Bools(ctx context.Context, col, first, rows int) ([]bool, error) {
	return readColumn(ctx, t, col, first, rows, "LX", func(c *Column, dst []bool, raw []byte) error {
		for i := range dst {
			switch {
			case c.Type == 'X':
				dst[i] = raw[i/8]<<(i%8)&0x80 != 0
			case raw[i] != 'T' && raw[i] != 'F' && raw[i] != 0:
				return fmt.Errorf("element %d is the byte %#x, expected T, F or 0", i, raw[i])
			default:
				dst[i] = raw[i] == 'T'
			}
		}
		return nil
	})
}

// Texts is Floats for a column of strings (A). A string ends at a NUL, and trailing
// spaces are not part of it.
func (t *Table) Texts(ctx context.Context, col, first, rows int) ([]string, error) {
	return readColumn(ctx, t, col, first, rows, "A", func(c *Column, dst []string, raw []byte) error {
		for i := range dst {
			text, _, _ := bytes.Cut(raw[i*c.Width:][:c.Width], []byte{0})
			dst[i] = strings.TrimRight(string(text), " ")
		}
		return nil
	})
}

// readColumn reads a column of one of the types. decode writes a row's values to dst.
func readColumn[V any](ctx context.Context, t *Table, col, first, rows int, types string, decode func(c *Column, dst []V, raw []byte) error) ([]V, error) {
	if col < 0 || col >= len(t.Columns) {
		return nil, fmt.Errorf("%s: column %d was asked for, and there are %d", t.hdu.Place(), col+1, len(t.Columns))
	}
	c := &t.Columns[col]
	fail := func(err error) ([]V, error) {
		return nil, fmt.Errorf("%s: column %d %q: %w", t.hdu.Place(), col+1, c.Name, err)
	}
	if strings.IndexByte(types, c.Type) < 0 {
		return fail(refuse(c, types))
	}
	if first < 0 || rows < 0 || rows > t.Rows-first {
		return fail(fmt.Errorf("%d rows from %d on were asked for, and there are %d", rows, first, t.Rows))
	}
	values := make([]V, rows*c.Repeat)
	err := t.each(ctx, c, first, rows, func(row int, raw []byte) error {
		if err := decode(c, values[row*c.Repeat:][:c.Repeat], raw); err != nil {
			return fmt.Errorf("row %d: %w", first+row+1, err)
		}
		return nil
	})
	if err != nil {
		return fail(err)
	}
	return values, nil
}

// refuse says why a column cannot be read as one of the types.
func refuse(c *Column, types string) error {
	what := "has"
	switch c.Type {
	case 'P', 'Q':
		what = "is of variable length, which is not supported:"
	case 'C', 'M':
		what = "is complex, which is not supported:"
	}
	return fmt.Errorf("%s TFORM %q; expected one of %s", what, c.form, strings.Join(strings.Split(types, ""), " "))
}

// each calls use with the bytes of a column in each row, which count from 0.
func (t *Table) each(ctx context.Context, c *Column, first, rows int, use func(row int, raw []byte) error) error {
	// Of wide rows, only the column's bytes are read.
	begin, width := 0, t.width
	if t.width > pieceSize/4 {
		begin, width = c.begin, c.bytes
	}
	atOnce := 1
	if width == t.width {
		atOnce = max(1, pieceSize/max(1, width))
	}
	buf := make([]byte, min(atOnce, rows)*width)
	for done := 0; done < rows; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(atOnce, rows-done)
		if err := readAt(t.hdu.in, buf[:n*width], t.hdu.start+int64(first+done)*int64(t.width)+int64(begin)); err != nil {
			return err
		}
		for i := range n {
			if err := use(done+i, buf[i*width+c.begin-begin:][:c.bytes]); err != nil {
				return err
			}
		}
		done += n
	}
	return nil
}
