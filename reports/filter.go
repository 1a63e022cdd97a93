package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sedlab/internal/record"
)

// valuer is a row whose columns can be asked for by name.
type valuer interface {
	Columns() []string
	Value(column string) (value any, ok bool)
}

// filter returns the rows that have the values that where asks for. A value
// that is a list stands for any of its entries.
func filter[T any, P interface {
	*T
	valuer
}](rows []T, where map[string]any) ([]*T, error) {
	for _, column := range slices.Sorted(maps.Keys(where)) {
		if err := known[T, P](rows, column); err != nil {
			return nil, fmt.Errorf("where: %w", err)
		}
	}
	var kept []*T
	for i := range rows {
		if matches(P(&rows[i]), where) {
			kept = append(kept, &rows[i])
		}
	}
	return kept, nil
}

func matches(row valuer, where map[string]any) bool {
	for column, want := range where {
		got, _ := row.Value(column)
		choices, ok := want.([]any)
		if !ok {
			choices = []any{want}
		}
		if !slices.ContainsFunc(choices, func(c any) bool { return record.Plain(c) == got }) {
			return false
		}
	}
	return true
}

// known returns an error unless some row has the column.
func known[T any, P interface {
	*T
	valuer
}](rows []T, column string) error {
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
