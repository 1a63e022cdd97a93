package figures

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sedlab/internal/record"
	"sedlab/reports"
)

// row is a row whose columns can be asked for by name.
type row[T any] interface {
	*T
	Columns() []string
	Value(column string) (value any, ok bool)
}

// condition asks for a row with one of some values in a column.
type condition struct {
	column string
	values []any
}

// conditions returns what where asks for, by column. A value that is a list
// stands for any of its entries.
func conditions(run reports.Run, where map[string]any) (list []condition) {
	columns := map[string][]any{}
	for name, want := range where {
		values, ok := want.([]any)
		if !ok {
			values = []any{want}
		}
		columns[run.Column(name).Name] = values
	}
	for _, column := range slices.Sorted(maps.Keys(columns)) {
		list = append(list, condition{column, columns[column]})
	}
	return list
}

// filter returns the rows that meet all conditions.
func filter[T any, P row[T]](rows []T, where []condition) ([]*T, error) {
	for _, c := range where {
		if err := known[T, P](rows, c.column); err != nil {
			return nil, fmt.Errorf("where: %w", err)
		}
	}
	var kept []*T
	for i := range rows {
		fails := func(c condition) bool {
			got, _ := P(&rows[i]).Value(c.column)
			return !slices.ContainsFunc(c.values, func(v any) bool { return record.Plain(v) == got })
		}
		if !slices.ContainsFunc(where, fails) {
			kept = append(kept, &rows[i])
		}
	}
	return kept, nil
}

// known returns an error unless some row has the column.
func known[T any, P row[T]](rows []T, column string) error {
	for i := range rows {
		if _, ok := P(&rows[i]).Value(column); ok {
			return nil
		}
	}
	if len(rows) == 0 {
		return fmt.Errorf("no column %q, as there are no rows", column)
	}
	return fmt.Errorf("no column %q in the rows; there are %s", column, strings.Join(P(&rows[0]).Columns(), ", "))
}

// Choose returns the rows of a prior, or of all if it is "", that have the values of
// where, and Drawn.Choices for them. An error says why there are none.
func Choose(run reports.Run, prior string, where map[string]any) (rows []*reports.Signal, chosen []string, err error) {
	list := conditions(run, where)
	chosen = choices(prior, list)
	if prior != "" {
		list = append(list, condition{"prior", []any{prior}})
	}
	rows, err = filter(run.Signals, list)
	if err == nil && len(rows) == 0 {
		err = errors.New("no rows are left by prior and where")
	}
	return rows, chosen, err
}

// choices writes which rows a figure shows.
func choices(prior string, where []condition) (list []string) {
	if prior != "" {
		list = append(list, "prior "+prior)
	}
	for _, c := range where {
		var values []string
		for _, v := range c.values {
			values = append(values, reports.Category(record.Column{}, record.Plain(v)))
		}
		name, _ := record.SweptKey(c.column)
		list = append(list, name+" = "+strings.Join(values, " or "))
	}
	return list
}

// completion fills in values that a row lacks because its signal failed early,
// such as the norm of its noise, from the other rows of the cell.
type completion struct {
	rows map[string][]*record.Signal // of each cell
	seen map[record.Key]any          // found values, by cell and column
}

func newCompletion(rows []*record.Signal) *completion {
	c := &completion{rows: map[string][]*record.Signal{}, seen: map[record.Key]any{}}
	for _, r := range rows {
		c.rows[r.CellID] = append(c.rows[r.CellID], r)
	}
	return c
}

// value returns a row's value of a column, or else its cell's; nil for no column.
func (c *completion) value(row *record.Signal, column string) any {
	if column == "" {
		return nil
	}
	if v, _ := row.Value(column); v != nil {
		return v
	}
	key := record.KeyOf(row.CellID, column)
	v, ok := c.seen[key]
	if !ok {
		for _, r := range c.rows[row.CellID] {
			if v, _ = r.Value(column); v != nil {
				break
			}
		}
		c.seen[key] = v
	}
	return v
}
