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
	rows []*record.Signal
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
	add("noise", c.noise())
	add("seed", c.Seed)
	for _, k := range slices.Sorted(maps.Keys(c.Sweep)) {
		add("sweep."+k, c.Sweep[k])
	}
	return b.String()
}

// noise names the norm of the cell's noise. It is the same for all signals but
// for rounding, or else it goes with the signals, and "varies".
func (c *cell) noise() string {
	var norms []float64
	for _, r := range c.rows {
		if finite(r.NoiseL2) {
			norms = append(norms, r.NoiseL2)
		}
	}
	slices.Sort(norms)
	if len(norms) == 0 {
		return "none"
	}
	if low, high := norms[0], norms[len(norms)-1]; high-low > 0.01*high {
		return "varies"
	}
	return format(median(norms))
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

// partner returns the cell that differs from c in the excepted columns alone and
// that is wanted, or nil.
func partner(cells []*cell, c *cell, wanted func(*cell) bool, except ...string) *cell {
	key := c.key(except...)
	i := slices.IndexFunc(cells, func(d *cell) bool { return wanted(d) && d.key(except...) == key })
	if i < 0 {
		return nil
	}
	return cells[i]
}
