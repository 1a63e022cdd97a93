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

// On returns the same table as read from r, so that its file need not stay open. Several
// goroutines can read a table, each on its own.
func (l *Lazy[T]) On(r io.ReaderAt) *Lazy[T] {
	same := &Lazy[T]{paged: l.paged.On(r), in: reader[T]{blank: l.in.blank}, lists: l.lists}
	if err := same.in.bind(tableOf[T](), same.paged.Schema()); err != nil { // setters have a state
		panic(err) // they were bound before
	}
	return same
}

// Columns returns the names of the columns with one value in each row.
func (l *Lazy[T]) Columns() (names []string) {
	for c, path := range l.paged.Schema().Columns() {
		if !l.lists[c] && l.in.to[c] != nil {
			names = append(names, path[0])
		}
	}
	return names
}

// Rows returns the number of rows.
func (l *Lazy[T]) Rows() int { return l.paged.Rows() }

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
		return true
	})
	if took >= tooMuch {
		err = fmt.Errorf("row %d: a text of more than %d bytes", number, maxText)
	}
	return row, err
}

// Scan calls visit with every row, without its lists, until it returns an error. Of the
// columns, only those that want returns true for are read. The row is overwritten by the
// next one. If ctx ends, Scan returns its error.
func (l *Lazy[T]) Scan(ctx context.Context, want func(column string) bool, visit func(number int, row *T) error) error {
	wanted := func(column int) bool {
		return l.in.to[column] != nil && !l.lists[column] && want(l.paged.Schema().Columns()[column][0])
	}
	return l.paged.Scan(ctx, wanted, func(number int, values parquet.Row) error {
		row := l.in.blank
		for i, v := range values {
			if l.in.to[v.Column()](&row, values[i:i+1]) >= tooMuch {
				return fmt.Errorf("row %d: %w", number, l.paged.wrong(v.Column(), fmt.Errorf("a text of more than %d bytes", maxText)))
			}
		}
		return visit(number, &row)
	})
}
