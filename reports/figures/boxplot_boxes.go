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

// box is one box of a boxplot.
type box struct {
	values []any // the box's value on each axis: a string, bool or float64, or nil for none
	reports.Statistics
	cells int // cells whose values it pools
}

// axis is a column whose values separate the boxes, with these values in the order in
// which they are drawn.
type axis struct {
	record.Column // if it has no name, all boxes have the one value nil
	values        []any
}

// boxes is a boxplot's content: one box for every combination of axis values that has
// rows.
type boxes struct {
	panel, x, group axis
	y               record.Column
	list            []*box
	byKey           map[record.Key]*box // the key of a box is that of its values
}

// axes returns the axes in the order of a box's values.
func (b *boxes) axes() []*axis { return []*axis{&b.panel, &b.x, &b.group} }

// collect groups rows into boxes.
func (b *boxes) collect(run reports.Run, rows []*record.Signal, dropBeyondIQR float64) error {
	if b.x.Name != "prior" && b.group.Name != "prior" {
		b.panel.Column = run.Column("prior")
	}
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
			y, err := number(row, b.y.Name)
			if err != nil {
				return err
			}
			if row.Status == record.StatusOK && draw.Finite(y) {
				values = append(values, y)
			}
		}
		x := &box{values: valuesOf(rows[0]), Statistics: reports.Describe(values, len(rows)-len(values), dropBeyondIQR)}
		x.cells = len(group.Keys(rows, func(r *record.Signal) string { return r.CellID }))
		b.list, b.byKey[record.KeyOf(x.values...)] = append(b.list, x), x
	}
	return b.order()
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

// order finds the values of the axes, and sorts the boxes by them.
func (b *boxes) order() error {
	places := make([]map[any]int, len(b.axes())) // of the axes' values
	for i, a := range b.axes() {
		a.values = categories(group.Keys(b.list, func(x *box) any { return x.values[i] }))
		places[i] = map[any]int{}
		for place, v := range a.values {
			places[i][v] = place
		}
	}
	slices.SortStableFunc(b.list, func(p, q *box) (order int) {
		for i := range places {
			order = cmp.Or(order, places[i][p.values[i]]-places[i][q.values[i]])
		}
		return order
	})
	if b.sum(func(x *box) int { return x.N }) == 0 {
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

// sum sums a count over the boxes.
func (b *boxes) sum(count func(*box) int) (n int) {
	for _, x := range b.list {
		n += count(x)
	}
	return n
}

// notPositive counts whiskers and quartiles that a logarithmic scale cannot show.
func notPositive(x *box) (n int) {
	for _, v := range []float64{x.WhiskerLow, x.Q1, x.Median, x.Q3, x.WhiskerHigh} {
		if v <= 0 {
			n++
		}
	}
	return n
}

// records returns a table of the boxes. The columns that separate the boxes come first,
// written by head and value; the others follow.
func (b *boxes) records(head func(record.Column) string, value func(record.Column, any) string, others []string, rest func(*box) []string) [][]string {
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

// csv returns the boxes' statistics to the last bit. An empty field means no value.
func (b *boxes) csv() [][]string {
	name := func(c record.Column) string { return c.Name }
	exact := func(_ record.Column, v any) string { return draw.Exact(v) }
	header := []string{"n", "n_left_out", "n_failed", "min", "q1", "median", "q3", "max", "mean", "whisker_low", "whisker_high"}
	return b.records(name, exact, header, func(x *box) (r []string) {
		for _, v := range []any{x.N, x.LeftOut, x.Failed, x.Min, x.Q1, x.Median, x.Q3, x.Max, x.Mean, x.WhiskerLow, x.WhiskerHigh} {
			r = append(r, draw.Exact(v))
		}
		return r
	})
}

// table returns the statistics for the report.
func (b *boxes) table() [][]string {
	header := []string{"median", "IQR", "mean", "whiskers", "n", "left out", "failed"}
	return b.records(reports.Head, reports.Category, header, func(x *box) []string {
		return []string{draw.Number(x.Median), draw.Number(x.Q3 - x.Q1), draw.Number(x.Mean), draw.Number(x.WhiskerLow) + " … " + draw.Number(x.WhiskerHigh),
			fmt.Sprint(x.N), fmt.Sprint(x.LeftOut), fmt.Sprint(x.Failed)}
	})
}
