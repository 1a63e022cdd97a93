package figures

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// maxCategories is how many boxes stand side by side at most; a figure with
// more cannot be read.
const maxCategories = 48

// box is one box of a boxplot. Its keys are values of columns: string, bool,
// float64, or nil for none.
type box struct {
	panel, x, group any
	reports.Statistics
	cells int // that its values come from
}

// boxes is a boxplot's content: a box for every combination of keys that has
// rows, and the panels, x and groups in the order in which they are drawn.
type boxes struct {
	panelColumn           record.Column // without a name: one panel
	xColumn, groupColumn  record.Column // groupColumn without a name: one group
	yColumn               record.Column
	panels, xs, groups    []any
	boxes                 []*box
	byKey                 map[record.Key]*box // of panel, x and group
	leftOut, failed, most int                 // totals, and the most cells in a box
}

// collect groups rows into boxes.
func (b *boxes) collect(run reports.Run, rows []*record.Signal, dropBeyondIQR float64) error {
	if b.xColumn.Name != "prior" && b.groupColumn.Name != "prior" {
		b.panelColumn = run.Column("prior")
	}
	values := map[*box][]float64{}
	failed := map[*box]int{}
	cells := map[*box]map[string]bool{}
	fill := newCompletion(rows)
	for _, row := range rows {
		panel, x, group := fill.value(row, b.panelColumn.Name), fill.value(row, b.xColumn.Name), fill.value(row, b.groupColumn.Name)
		key := record.KeyOf(panel, x, group)
		at := b.byKey[key]
		if at == nil {
			at = &box{panel: panel, x: x, group: group}
			b.byKey[key], cells[at] = at, map[string]bool{}
			b.boxes = append(b.boxes, at)
		}
		cells[at][row.CellID] = true
		y, err := number(row, b.yColumn.Name)
		switch {
		case err != nil:
			return err
		case row.Status != record.StatusOK || !draw.Finite(y):
			failed[at]++
		default:
			values[at] = append(values[at], y)
		}
	}
	for _, at := range b.boxes {
		at.Statistics = reports.Describe(values[at], failed[at], dropBeyondIQR)
		at.cells = len(cells[at])
		b.leftOut, b.failed, b.most = b.leftOut+at.LeftOut, b.failed+at.Failed, max(b.most, at.cells)
	}
	return b.order()
}

// number returns a row's value of a numeric column, NaN for none.
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

// order finds the panels, x and groups, and sorts the boxes by them.
func (b *boxes) order() error {
	b.panels = categories(b.boxes, func(x *box) any { return x.panel })
	b.xs = categories(b.boxes, func(x *box) any { return x.x })
	b.groups = categories(b.boxes, func(x *box) any { return x.group })
	if n := len(b.xs) * len(b.groups); n > maxCategories {
		return fmt.Errorf("%d values of %s times %d of %s are more than %d boxes in a panel; choose with where",
			len(b.xs), b.xColumn.Name, len(b.groups), b.groupColumn.Name, maxCategories)
	}
	slices.SortStableFunc(b.boxes, func(p, q *box) int {
		return cmp.Or(
			cmp.Compare(slices.Index(b.panels, p.panel), slices.Index(b.panels, q.panel)),
			cmp.Compare(slices.Index(b.xs, p.x), slices.Index(b.xs, q.x)),
			cmp.Compare(slices.Index(b.groups, p.group), slices.Index(b.groups, q.group)))
	})
	if !slices.ContainsFunc(b.boxes, func(x *box) bool { return x.N > 0 }) {
		return errors.New("no row has a finite " + b.yColumn.Name)
	}
	return nil
}

// categories returns the distinct keys. Numbers grow and come before all else,
// which stays in the order of the rows, as that is the order of the spec.
func categories(boxes []*box, key func(*box) any) []any {
	var keys []any
	for _, b := range boxes {
		if k := key(b); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	rank := func(k any) float64 {
		if v, ok := k.(float64); ok {
			return v
		}
		return math.Inf(1)
	}
	slices.SortStableFunc(keys, func(a, b any) int { return cmp.Compare(rank(a), rank(b)) })
	return keys
}

func (b *boxes) total() (n int) {
	for _, x := range b.boxes {
		n += x.N
	}
	return n
}

// notPositive counts whiskers and quartiles that a logarithmic scale has no
// place for.
func (b *boxes) notPositive() (n int) {
	for _, x := range b.boxes {
		for _, v := range []float64{x.WhiskerLow, x.Q1, x.Median, x.Q3, x.WhiskerHigh} {
			if v <= 0 {
				n++
			}
		}
	}
	return n
}

// csv returns the boxes' statistics to the last bit; an empty field is "none".
func (b *boxes) csv() [][]string {
	var header []string
	for _, k := range b.keys() {
		header = append(header, k.Name)
	}
	records := [][]string{append(header,
		"n", "n_left_out", "n_failed", "min", "q1", "median", "q3", "max", "mean", "whisker_low", "whisker_high")}
	for _, x := range b.boxes {
		var r []string
		for _, k := range b.keys() {
			r = append(r, draw.Exact(k.value(x)))
		}
		for _, n := range []int{x.N, x.LeftOut, x.Failed} {
			r = append(r, strconv.Itoa(n))
		}
		for _, v := range []float64{x.Min, x.Q1, x.Median, x.Q3, x.Max, x.Mean, x.WhiskerLow, x.WhiskerHigh} {
			r = append(r, draw.Exact(v))
		}
		records = append(records, r)
	}
	return records
}

// boxColumn is a column that tells boxes apart, and a box's value of it.
type boxColumn struct {
	record.Column
	value func(*box) any
}

func (b *boxes) keys() []boxColumn {
	keys := []boxColumn{
		{b.panelColumn, func(x *box) any { return x.panel }},
		{b.xColumn, func(x *box) any { return x.x }},
		{b.groupColumn, func(x *box) any { return x.group }},
	}
	return slices.DeleteFunc(keys, func(k boxColumn) bool { return k.Name == "" })
}

// table returns the statistics for the report.
func (b *boxes) table() [][]string {
	var header []string
	for _, k := range b.keys() {
		header = append(header, reports.Head(k.Column))
	}
	rows := [][]string{append(header, "median", "IQR", "mean", "whiskers", "n", "left out", "failed")}
	for _, x := range b.boxes {
		var r []string
		for _, k := range b.keys() {
			r = append(r, reports.Category(k.Column, k.value(x)))
		}
		rows = append(rows, append(r,
			draw.Number(x.Median), draw.Number(x.Q3-x.Q1), draw.Number(x.Mean), draw.Number(x.WhiskerLow)+" … "+draw.Number(x.WhiskerHigh),
			strconv.Itoa(x.N), strconv.Itoa(x.LeftOut), strconv.Itoa(x.Failed)))
	}
	return rows
}
