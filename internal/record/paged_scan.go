package record

import (
	"context"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// Scan calls visit with the values of every row in the columns that want returns true for, of
// which none may be a list, until it returns an error. If ctx ends, Scan returns its error.
func (p *Paged) Scan(ctx context.Context, want func(column int) bool, visit func(number int, row parquet.Row) error) (err error) {
	defer caught(&err)
	var cursors []*cursor
	for c := range p.pages {
		if want(c) {
			cursors = append(cursors, &cursor{paged: p, column: c})
		}
	}
	row := make(parquet.Row, len(cursors))
	for number := range p.Rows() {
		if number%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for i, c := range cursors {
			if row[i], err = c.next(); err != nil {
				return fmt.Errorf("row %d: %w", number, p.wrong(c.column, err))
			}
		}
		if err := visit(number, row); err != nil {
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

func (c *cursor) next() (v parquet.Value, err error) {
	for len(c.values) == 0 {
		if c.page >= len(c.paged.pages[c.column]) {
			return v, io.ErrUnexpectedEOF
		}
		at := c.paged.pages[c.column][c.page]
		page, err := c.paged.page(c.column, at)
		if err != nil {
			return v, err
		}
		if page.NumValues() != int64(at.rows) {
			return v, fmt.Errorf("%d values in a page of %d rows", page.NumValues(), at.rows)
		}
		if c.values, err = valuesIn(page); err == nil && len(c.values) != at.rows {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return v, err
		}
		c.page++
	}
	v = c.values[0]
	c.values = c.values[1:]
	return v, nil
}
