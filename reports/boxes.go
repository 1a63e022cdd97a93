package reports

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"sedlab/internal/record"
)

// maxCategories is how many boxes stand side by side at most; a figure with
// more cannot be read.
const maxCategories = 48

// box is one box of a boxplot. Its keys are values of columns: string, bool,
// float64, or nil for none.
type box struct {
	panel, x, group any
	statistics
	cells int // that its values come from
}

// boxes is a boxplot's content: boxes[i] of every combination that has rows, and
// the panels, x and groups in the order in which they are drawn.
type boxes struct {
	panelColumn           string // empty: one panel
	xColumn, groupColumn  string // groupColumn empty: one group
	yColumn               string
	panels, xs, groups    []any
	boxes                 []*box
	of                    map[boxKey]*box
	leftOut, failed, most int // totals, and the most cells in a box
}

type boxKey struct{ panel, x, group any }

// collect groups rows into boxes.
func collect(f Figure, rows []*record.Signal) (*boxes, error) {
	b := &boxes{xColumn: f.X, groupColumn: f.Group, yColumn: f.Y, of: map[boxKey]*box{}}
	if f.X != "prior" && f.Group != "prior" {
		b.panelColumn = "prior"
	}
	values := map[*box][]float64{}
	failed := map[*box]int{}
	cells := map[*box]map[string]bool{}
	fill := newCompletion(rows)
	for _, row := range rows {
		k := boxKey{fill.value(row, b.panelColumn), fill.value(row, f.X), fill.value(row, f.Group)}
		at := b.of[k]
		if at == nil {
			at = &box{panel: k.panel, x: k.x, group: k.group}
			b.of[k], cells[at] = at, map[string]bool{}
			b.boxes = append(b.boxes, at)
		}
		cells[at][row.CellID] = true
		y, err := number(row, f.Y)
		switch {
		case err != nil:
			return nil, err
		case row.Status != record.StatusOK || !finite(y):
			failed[at]++
		default:
			values[at] = append(values[at], y)
		}
	}
	for _, at := range b.boxes {
		at.statistics = describe(values[at], failed[at], f.DropBeyondIQR)
		at.cells = len(cells[at])
		b.leftOut, b.failed, b.most = b.leftOut+at.LeftOut, b.failed+at.Failed, max(b.most, at.cells)
	}
	return b, b.order()
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

// order finds the panels, x and groups of the boxes, and sorts the boxes so.
func (b *boxes) order() error {
	b.panels = categories(b.boxes, func(x *box) any { return x.panel })
	b.xs = categories(b.boxes, func(x *box) any { return x.x })
	b.groups = categories(b.boxes, func(x *box) any { return x.group })
	if n := len(b.xs) * len(b.groups); n > maxCategories {
		return fmt.Errorf("%d values of %s times %d of %s are more than %d boxes in a panel; choose with where",
			len(b.xs), b.xColumn, len(b.groups), b.groupColumn, maxCategories)
	}
	slices.SortStableFunc(b.boxes, func(p, q *box) int {
		return cmp.Or(
			cmp.Compare(slices.Index(b.panels, p.panel), slices.Index(b.panels, q.panel)),
			cmp.Compare(slices.Index(b.xs, p.x), slices.Index(b.xs, q.x)),
			cmp.Compare(slices.Index(b.groups, p.group), slices.Index(b.groups, q.group)))
	})
	for _, x := range b.boxes {
		if x.N > 0 {
			return nil
		}
	}
	return errors.New("no row has a finite " + b.yColumn)
}

// categories returns the distinct keys: numbers grow, and come before all else,
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
