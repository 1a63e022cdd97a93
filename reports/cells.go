package reports

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"sedlab/internal/group"
	"sedlab/internal/quantile"
	"sedlab/internal/record"
	"sedlab/reports/draw"
)

// metric is the error that the claims are about.
const metric = "mse"

// cell holds the rows of one cell of the run. The embedded Signal is the first row,
// from which the values that all rows share are read.
type cell struct {
	*record.Signal
	rows   []*record.Signal
	noise  string     // the norm of the cell's noise, as noiseText writes it
	repeat record.Key // of the experiment that the cell belongs to
}

// cellsOf returns the cells in the order of their first rows.
func cellsOf(rows []record.Signal) (cells []*cell) {
	for _, g := range group.By(group.Pointers(rows), func(r *record.Signal) string { return r.CellID }) {
		cells = append(cells, newCell(g))
	}
	return cells
}

func newCell(rows []*record.Signal) *cell {
	return &cell{rows[0], rows, noiseText(rows), repeatOf(rows[0])}
}

// fixed are the columns that every run has.
var fixed = record.SignalColumns()

// key identifies a cell by all columns except the given ones: cells with the same
// key differ only in those. A prior's training counts as part of the prior.
func (c *cell) key(except ...string) record.Key {
	columns := append([]string{"prior", "prior_hash"}, fixed.Names(record.Condition, record.Setting)...)
	for _, key := range slices.Sorted(maps.Keys(c.Sweep)) {
		columns = append(columns, "sweep."+key)
	}
	var values []any
	for _, column := range columns {
		value, _ := c.Value(column)
		if column == "noise_l2" {
			value = c.noise
		}
		if !slices.Contains(except, column) {
			values = append(values, column, value)
		}
	}
	return record.KeyOf(values...)
}

// noiseText returns the norm of a cell's noise as text: "varies" if it differs
// between signals by more than rounding.
func noiseText(rows []*record.Signal) string {
	var norms []float64
	for _, r := range rows {
		if draw.Finite(r.NoiseL2) {
			norms = append(norms, r.NoiseL2)
		}
	}
	slices.Sort(norms)
	switch {
	case len(norms) == 0:
		return "none"
	case Vary(norms):
		return "varies"
	}
	return draw.Number(quantile.Median(norms))
}

// errors returns the finite errors of the cell's signals that did not fail.
func (c *cell) errors() []float64 { return c.scores(metric) }

// scores returns the finite values of a score of the cell's signals that did not fail.
func (c *cell) scores(name string) (list []float64) {
	for _, r := range c.rows {
		if v := r.Score(name); r.Status == record.StatusOK && draw.Finite(v) {
			list = append(list, v)
		}
	}
	return list
}

// partners returns a function that finds a cell's partner: the first wanted cell that
// differs from it only in the given columns, or nil if there is none.
func partners(cells []*cell, wanted func(*cell) bool, except ...string) func(*cell) *cell {
	byKey := map[record.Key]*cell{}
	for _, c := range slices.Backward(cells) {
		if wanted(c) {
			byKey[c.key(except...)] = c
		}
	}
	return func(c *cell) *cell { return byKey[c.key(except...)] }
}

// onSameProblem returns a function that finds another prior's cell on a cell's problem,
// or nil if there is none. The other prior may have its own solver: then its cell counts
// if it has only one on the problem.
func onSameProblem(cells []*cell, prior string) func(*cell) *cell {
	except := []string{"prior", "prior_hash"}
	isOther := func(c *cell) bool { return c.Prior == prior }
	sameSolver := partners(cells, isOther, except...)
	except = append(except, solverColumns(cells)...)
	anySolver := map[record.Key][]*cell{}
	for _, c := range cells {
		if isOther(c) {
			anySolver[c.key(except...)] = append(anySolver[c.key(except...)], c)
		}
	}
	return func(c *cell) *cell {
		if other := sameSolver(c); other != nil {
			return other
		}
		if others := anySolver[c.key(except...)]; len(others) == 1 {
			return others[0]
		}
		return nil
	}
}

// solverColumns returns the columns that a prior's own solver can fix.
func solverColumns(cells []*cell) (columns []string) {
	for _, c := range fixed {
		if strings.HasPrefix(c.Key, solverKeys) {
			columns = append(columns, c.Name)
		}
	}
	for _, c := range cells {
		for key := range c.Sweep {
			if strings.HasPrefix(key, solverKeys) {
				columns = append(columns, "sweep."+key)
			}
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(columns)))
}

// byDifficulty sorts cells by their problems, in the order of the report's tables.
func byDifficulty(cells []*cell) []*cell {
	slices.SortStableFunc(cells, func(a, b *cell) int {
		return cmp.Or(cmp.Compare(a.Operator, b.Operator), cmp.Compare(a.Level, b.Level), cmp.Compare(a.MissingFraction, b.MissingFraction))
	})
	return cells
}

// solverKeys begins the keys of a spec that a prior's own solver can fix.
const solverKeys = "solver."
