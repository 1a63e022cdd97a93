package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sedlab/internal/record"
)

// cell is the rows of one cell of the run. What they have in common is read from
// the first.
type cell struct {
	*record.Signal
	rows  []*record.Signal
	noise string // the norm of its noise, as noiseOf names it
}

// cellsOf returns the cells in the order of their first rows.
func cellsOf(rows []record.Signal) []*cell {
	var cells []*cell
	at := map[string]*cell{}
	for i := range rows {
		r := &rows[i]
		c := at[r.CellID]
		if c == nil {
			c = &cell{Signal: r}
			at[r.CellID] = c
			cells = append(cells, c)
		}
		c.rows = append(c.rows, r)
	}
	for _, c := range cells {
		c.noise = noiseOf(c.rows)
	}
	return cells
}

// key names what a cell has, but for some columns: two cells with the same key
// differ in nothing else. A prior's training is part of the prior.
func (c *cell) key(except ...string) string {
	var b strings.Builder
	add := func(column string, value any) {
		if !slices.Contains(except, column) {
			fmt.Fprintf(&b, "%s=%v;", column, value)
		}
	}
	if !slices.Contains(except, "prior") {
		add("prior_hash", c.PriorHash)
	}
	add("prior", c.Prior)
	add("operator", c.Operator)
	add("method", c.Method)
	add("lambda", c.Lambda)
	add("split", c.Split)
	add("level", c.Level)
	add("missing_fraction", c.MissingFraction)
	add("noise", c.noise)
	add("seed", c.Seed)
	for _, k := range slices.Sorted(maps.Keys(c.Sweep)) {
		add("sweep."+k, c.Sweep[k])
	}
	return b.String()
}

// noiseOf names the norm of a cell's noise. It is the same for all signals but
// for rounding, or else it goes with the signals, and "varies".
func noiseOf(rows []*record.Signal) string {
	var norms []float64
	for _, r := range rows {
		if finite(r.NoiseL2) {
			norms = append(norms, r.NoiseL2)
		}
	}
	slices.Sort(norms)
	if len(norms) == 0 {
		return "none"
	}
	if vary(norms) {
		return "varies"
	}
	return format(median(norms))
}

// vary tells whether sorted norms differ by more than rounding.
func vary(norms []float64) bool {
	low, high := norms[0], norms[len(norms)-1]
	return high-low > 0.01*high
}

// errors returns the finite MSEs of the cell's signals that did not fail.
func (c *cell) errors() (mse []float64) {
	for _, r := range c.rows {
		if r.Status == record.StatusOK && finite(r.MSE) {
			mse = append(mse, r.MSE)
		}
	}
	return mse
}

// paired returns the MSEs of the signals that both cells reconstructed.
func paired(a, b *cell) (ma, mb []float64) {
	of := map[int64]*record.Signal{}
	for _, r := range b.rows {
		of[r.SignalID] = r
	}
	for _, r := range a.rows {
		s := of[r.SignalID]
		if s == nil || r.Status != record.StatusOK || s.Status != record.StatusOK || !finite(r.MSE) || !finite(s.MSE) {
			continue
		}
		ma, mb = append(ma, r.MSE), append(mb, s.MSE)
	}
	return ma, mb
}

// index finds, for a cell, another that differs from it in some columns alone.
type index struct {
	cells  map[string]*cell // by key, without those columns
	except []string
}

// newIndex returns the index of the cells that are wanted; of several with the
// same key, the first counts.
func newIndex(cells []*cell, wanted func(*cell) bool, except ...string) index {
	ix := index{map[string]*cell{}, except}
	for _, c := range cells {
		if !wanted(c) {
			continue
		}
		if key := c.key(except...); ix.cells[key] == nil {
			ix.cells[key] = c
		}
	}
	return ix
}

// partner returns the indexed cell that differs from c in the excepted columns
// alone, or nil.
func (ix index) partner(c *cell) *cell { return ix.cells[c.key(ix.except...)] }
