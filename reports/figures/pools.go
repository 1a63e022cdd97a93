package figures

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"sedlab/internal/group"
	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// pool is the rows that a figure shows as one: a box, a point of a line, or a cell of a map.
type pool struct {
	values []any // the pool's value on each axis: a string, bool or float64, or nil for none
	rows   []*record.Signal
	reports.Statistics
}

// cells returns the number of cells whose values it pools.
func (x *pool) cells() int {
	return len(group.Keys(x.rows, func(r *record.Signal) string { return r.CellID }))
}

// axis is a column whose values separate the pools, with these values in the order in
// which they are drawn.
type axis struct {
	record.Column // if it has no name, all pools have the one value nil
	values        []any
}

// pools is the content of a figure: one pool for every combination of axis values that has
// rows.
type pools struct {
	panel, x, group axis
	y               record.Column
	list            []*pool
	byKey           map[record.Key]*pool // the key of a pool is that of its values
}

// axes returns the axes in the order of a pool's values.
func (b *pools) axes() []*axis { return []*axis{&b.panel, &b.x, &b.group} }

// gather pools the rows that prior and where choose, and have the same values of x and
// group, in panels for the priors unless one of these is the prior. Statistics leave out
// values farther outside the quartiles than some interquartile ranges; 0 keeps all.
// chosen is the text for Drawn.Choices.
func gather(run reports.Run, prior string, where map[string]any, x, group, y string, dropBeyondIQR float64) (b *pools, chosen []string, err error) {
	rows, chosen, err := Choose(run, prior, where)
	if err != nil {
		return nil, nil, err
	}
	b = &pools{x: axis{Column: run.Column(x)}, group: axis{Column: run.Column(group)}, y: run.Column(y), byKey: map[record.Key]*pool{}}
	for _, column := range []string{b.x.Name, b.group.Name, b.y.Name} {
		if err := known(run.Signals, column); err != nil {
			return nil, nil, err
		}
	}
	if b.x.Name != "prior" && b.group.Name != "prior" {
		b.panel.Column = run.Column("prior")
	}
	if err := b.collect(rows, dropBeyondIQR); err != nil {
		return nil, nil, err
	}
	return b, chosen, b.order()
}

// collect groups rows into pools.
func (b *pools) collect(rows []*record.Signal, dropBeyondIQR float64) error {
	fill := newCompletion(rows, b.panel.Name, b.x.Name, b.group.Name)
	valuesOf := func(row *record.Signal) (values []any) {
		for _, a := range b.axes() {
			values = append(values, fill.value(row, a.Name))
		}
		return values
	}
	for _, rows := range group.By(rows, func(row *record.Signal) record.Key { return record.KeyOf(valuesOf(row)...) }) {
		var values []float64
		for _, row := range rows {
			y, err := result(row, b.y.Name)
			if err != nil {
				return err
			}
			if draw.Finite(y) {
				values = append(values, y)
			}
		}
		x := &pool{values: valuesOf(rows[0]), rows: rows, Statistics: reports.Describe(values, len(rows)-len(values), dropBeyondIQR)}
		b.list, b.byKey[record.KeyOf(x.values...)] = append(b.list, x), x
	}
	return nil
}

// result returns a signal's number in a column, or NaN if it has none or has failed.
func result(row *record.Signal, column string) (float64, error) {
	y, err := number(row, column)
	if row.Status != record.StatusOK {
		y = math.NaN()
	}
	return y, err
}

// number returns a row's value in a numeric column, or NaN if it has none.
func number(row *record.Signal, column string) (float64, error) {
	v, _ := row.Value(column)
	switch v := v.(type) {
	case nil:
		return math.NaN(), nil
	case float64:
		return v, nil
	}
	return 0, fmt.Errorf("y: column %q holds %v, expected a number", column, v)
}

// order finds the values of the axes, and sorts the pools by them.
func (b *pools) order() error {
	places := make([]map[any]int, len(b.axes())) // of the axes' values
	for i, a := range b.axes() {
		a.values = categories(group.Keys(b.list, func(x *pool) any { return x.values[i] }))
		places[i] = map[any]int{}
		for place, v := range a.values {
			places[i][v] = place
		}
	}
	slices.SortStableFunc(b.list, func(p, q *pool) (order int) {
		for i := range places {
			order = cmp.Or(order, places[i][p.values[i]]-places[i][q.values[i]])
		}
		return order
	})
	if b.sum(func(x *pool) int { return x.N }) == 0 {
		return errors.New("no row has a finite " + b.y.Name)
	}
	return nil
}

// categories sorts the values of an axis: numbers first, in rising order. Other values
// keep the order of the rows, which is the order of the spec.
func categories(values []any) []any {
	rank := func(v any) float64 {
		if number, ok := v.(float64); ok {
			return number
		}
		return math.Inf(1)
	}
	slices.SortStableFunc(values, func(a, b any) int { return cmp.Compare(rank(a), rank(b)) })
	return values
}

// amounts reports whether all values of an axis are numbers.
func amounts(a *axis) bool {
	return !slices.ContainsFunc(a.values, func(v any) bool { _, amount := v.(float64); return !amount })
}

// sum sums a count over the pools.
func (b *pools) sum(count func(*pool) int) (n int) {
	for _, x := range b.list {
		n += count(x)
	}
	return n
}

// records returns a table of the pools. The columns that separate the pools come first,
// written by head and value; the others follow.
func (b *pools) records(head func(record.Column) string, value func(record.Column, any) string, others []string, rest func(*pool) []string) [][]string {
	records := make([][]string, 1+len(b.list))
	for i, a := range b.axes() {
		if a.Name == "" {
			continue
		}
		records[0] = append(records[0], head(a.Column))
		for k, x := range b.list {
			records[k+1] = append(records[k+1], value(a.Column, x.values[i]))
		}
	}
	records[0] = append(records[0], others...)
	for k, x := range b.list {
		records[k+1] = append(records[k+1], rest(x)...)
	}
	return records
}

// find returns the pool for a panel, a category and a group, or nil if there is none.
func (b *pools) find(panel, x, group int) *pool {
	return b.byKey[record.KeyOf(b.panel.values[panel], b.x.values[x], b.group.values[group])]
}

// title names the values in the pools and the keys that separate the pools.
func (b *pools) title() string {
	title := b.y.Title + " by " + b.x.Title
	if b.group.Name != "" && b.group.Name != b.x.Name {
		title += " and " + b.group.Title
	}
	return title
}

// one returns 1 for true and 0 for false, to count with.
func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// without counts the signals that have no value.
func (b *pools) without() []string {
	if n := b.sum(func(x *pool) int { return x.Failed }); n > 0 {
		return []string{reports.Plural(n, "signal") + " without a value."}
	}
	return nil
}

// pooled says how many cells something pools, if it is several.
func (b *pools) pooled(what string) []string {
	most := 0
	for _, x := range b.list {
		most = max(most, x.cells())
	}
	if most < 2 {
		return nil
	}
	return []string{fmt.Sprintf("A %s pools up to %d cells.", what, most)}
}
