package record

import (
	"context"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// Lazy is a table of which single rows are read, however large its file is.
type Lazy[T Row] struct {
	paged *Paged
	in    reader[T]
	lists []bool // the columns that are lists
}

// OpenLazy opens a table in a file of the given size [bytes].
func OpenLazy[T Row](r io.ReaderAt, size int64) (l *Lazy[T], err error) {
	defer caught(&err)
	paged, err := OpenPaged(r, size)
	if err != nil {
		return nil, err
	}
	t := tableOf[T]()
	l = &Lazy[T]{paged: paged, in: reader[T]{blank: t.blank}}
	for _, path := range paged.Schema().Columns() {
		l.lists = append(l.lists, len(path) > 1)
	}
	return l, l.in.bind(t, paged.Schema())
}

// On returns the same table as read from r, so that its file need not stay open.
func (l *Lazy[T]) On(r io.ReaderAt) *Lazy[T] {
	same := *l
	same.paged = l.paged.On(r)
	return &same
}

// Rows returns the number of rows.
func (l *Lazy[T]) Rows() int { return l.paged.Rows() }

// maxLists is the memory [bytes] that the texts and lists of one row may take.
const maxLists = 64 << 20

// Row reads a row.
func (l *Lazy[T]) Row(number int) (row T, err error) {
	values, err := l.paged.Row(number, func(column int) bool { return l.in.to[column] == nil })
	if err != nil {
		return row, fmt.Errorf("row %d: %w", number, err)
	}
	defer caught(&err)
	row = l.in.blank
	took := int64(0)
	values.Range(func(column int, v []parquet.Value) bool {
		if len(v) > 0 && l.in.to[column] != nil {
			took += l.in.to[column](&row, v)
		}
		return took <= maxLists
	})
	if took > maxLists {
		err = fmt.Errorf("row %d: texts and lists are too long", number)
	}
	return row, err
}

// Scan calls visit with every row, without its lists, until it returns an error. Of the
// columns, only those that want returns true for are read. The row is overwritten by the
// next one. If ctx ends, Scan returns its error.
func (l *Lazy[T]) Scan(ctx context.Context, want func(column string) bool, visit func(number int, row *T) error) (err error) {
	defer caught(&err)
	var cursors []*cursor
	for c, path := range l.paged.Schema().Columns() {
		if l.in.to[c] != nil && !l.lists[c] && want(path[0]) {
			cursors = append(cursors, &cursor{paged: l.paged, column: c})
		}
	}
	for number := range l.Rows() {
		if number%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		row := l.in.blank
		for _, c := range cursors {
			v, err := c.next()
			if err != nil {
				return fmt.Errorf("row %d: %w", number, l.paged.wrong(c.column, err))
			}
			if l.in.to[c.column](&row, v) >= tooMuch {
				return fmt.Errorf("row %d: column %q: a text of more than %d bytes", number, l.paged.Schema().Columns()[c.column], maxText)
			}
		}
		if err := visit(number, &row); err != nil {
			return err
		}
	}
	return nil
}

// cursor reads the values of a column with one value in each row.
type cursor struct {
	paged  *Paged
	column int
	page   int // the next one
	values []parquet.Value
}

func (c *cursor) next() ([]parquet.Value, error) {
	for len(c.values) == 0 {
		if c.page >= len(c.paged.pages[c.column]) {
			return nil, io.ErrUnexpectedEOF
		}
		at := c.paged.pages[c.column][c.page]
		page, err := c.paged.page(c.column, at)
		if err != nil {
			return nil, err
		}
		if c.values, err = valuesIn(page); err != nil || len(c.values) != at.rows {
			return nil, fmt.Errorf("%d values in a page of %d rows: %w", len(c.values), at.rows, orEOF(err))
		}
		c.page++
	}
	v := c.values[:1]
	c.values = c.values[1:]
	return v, nil
}

func orEOF(err error) error {
	if err == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}
