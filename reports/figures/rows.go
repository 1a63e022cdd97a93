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

// condition is met by rows whose value in a column is one of a list.
type condition struct {
	column string
	values []any
}

// conditions returns the conditions that the key where states, by column. A list stands
// for any of its entries.
func conditions(run reports.Run, where map[string]any) (list []condition) {
	for _, name := range slices.Sorted(maps.Keys(where)) {
		list = append(list, condition{run.Column(name).Name, oneOf(where[name])})
	}
	slices.SortStableFunc(list, func(a, b condition) int { return strings.Compare(a.column, b.column) })
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

// known returns an error if a column is named that no row has.
func known[T any, P row[T]](rows []T, column string) error {
	has := func(r T) bool {
		_, ok := P(&r).Value(column)
		return ok
	}
	switch {
	case column == "" || slices.ContainsFunc(rows, has):
		return nil
	case len(rows) == 0:
		return fmt.Errorf("no column %q, as there are no rows", column)
	}
	return fmt.Errorf("no column %q in the rows; there are %s", column, strings.Join(P(&rows[0]).Columns(), ", "))
}

// Choose returns the rows of a prior (of all priors if it is "") that have the values
// of where, and the text for Drawn.Choices. An error says why no rows are left.
func Choose(run reports.Run, prior string, where map[string]any) (rows []*reports.Signal, chosen []string, err error) {
	return choose(run, run.Signals, "rows", prior, where)
}

// chooseExamples returns the kept reconstructions as Choose returns rows.
func chooseExamples(run reports.Run, prior string, where map[string]any) (examples []*record.Example, chosen []string, err error) {
	if len(run.Examples) == 0 {
		return nil, nil, errors.New("no reconstructions were kept; set evaluate.keep")
	}
	return choose(run, run.Examples, "kept reconstructions", prior, where)
}

func choose[T any, P row[T]](run reports.Run, rows []T, what, prior string, where map[string]any) (left []*T, chosen []string, err error) {
	list := conditions(run, where)
	chosen = choices(prior, list)
	if prior != "" {
		list = append(list, condition{"prior", []any{prior}})
	}
	left, err = filter[T, P](rows, list)
	if err == nil && len(left) == 0 {
		err = fmt.Errorf("no %s are left by prior and where", what)
	}
	return left, chosen, err
}

func priorOf(e *record.Example) string { return e.Prior }

func cellOf(e *record.Example) string { return e.CellID }

// choices describes in words which rows a figure shows.
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

// scaled adds the scale that a spec chooses to what else it does.
func scaled(chosen []string, scale string) []string {
	if scale == "auto" {
		return chosen
	}
	return append(chosen, scale+" scale")
}

// completion takes from the other rows of a cell the values that a row lacks because
// its signal failed early, such as the norm of its noise.
type completion map[[2]string]any // by cell and column

func newCompletion(rows []*record.Signal, columns ...string) completion {
	c := completion{}
	for _, r := range rows {
		for _, column := range columns {
			if at := [2]string{r.CellID, column}; c[at] == nil {
				c[at], _ = r.Value(column)
			}
		}
	}
	return c
}

// value returns a row's value in a column, or else the cell's. It is nil without a
// column.
func (c completion) value(row *record.Signal, column string) any {
	if v, _ := row.Value(column); v != nil {
		return v
	}
	return c[[2]string{row.CellID, column}]
}
