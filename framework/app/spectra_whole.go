package app

import (
	"math"
	"slices"

	"sedlab/internal/quantile"
	"sedlab/internal/record"
)

// Whole is all that a run made of the signals of a list, of the prior that it is sorted by.
type Whole struct {
	Kept, Signals int  // reconstructions
	Cells         int  // of which they are
	Even          bool // each cell has as many
	// Worst is the reconstruction with the greatest error, if it was not kept; otherwise nil.
	Worst *Unkept
}

// Unkept is a reconstruction that was not kept.
type Unkept struct {
	Signal    int64
	Condition string
	Error     float64
}

// worst is the signal of a cell with the greatest error.
type worst struct {
	signal int64
	error  float64 // −∞ if there is none
}

// add notes a signal of a cell with its errors.
func (c *keptCell) add(s *record.Signal, names []string) {
	if c.rows++; c.worst == nil {
		c.worst = slices.Repeat([]worst{{0, math.Inf(-1)}}, len(names))
	}
	for i, name := range names {
		if v := s.Score(name); v > c.worst[i].error {
			c.worst[i] = worst{s.SignalID, v}
		}
	}
}

// whole compares a list with all that the run made, at some conditions; nil stands for all.
func (x *spectraIndex) whole(q SpectraQuery, set map[int]bool) Whole {
	w, prior, column := Whole{Even: true}, slices.Index(x.priors, q.Prior), slices.Index(x.errors, q.Sort)
	greatest, of, at := worst{0, math.Inf(-1)}, -1, 0
	var first keptCell
	for i, c := range x.cells {
		k := slices.IndexFunc(c.conditions, func(k int) bool { return set == nil || set[k] })
		if c.prior != prior || k < 0 {
			continue
		}
		if w.Cells++; w.Cells == 1 {
			first = c
		}
		w.Kept, w.Signals = w.Kept+c.kept, w.Signals+c.rows
		w.Even = w.Even && c.kept == first.kept && c.rows == first.rows
		if column >= 0 && column < len(c.worst) && c.worst[column].error > greatest.error {
			greatest, of, at = c.worst[column], i, c.conditions[k]
		}
	}
	if of >= 0 && !x.has(of, at, greatest.signal) {
		w.Worst = &Unkept{greatest.signal, x.conditions[at].title(), greatest.error}
	}
	return w
}

// has reports whether the reconstruction of a signal in a cell was kept.
func (x *spectraIndex) has(cell, condition int, signal int64) bool {
	e := slices.Index(x.entries, kept{condition, signal})
	return e >= 0 && x.row(e, x.cells[cell].prior) >= 0
}

// medians returns the median error of each prior in some entries.
func (x *spectraIndex) medians(entries []int, q SpectraQuery) (list []float64) {
	column := slices.Index(x.errors, q.Sort)
	for p := range x.priors {
		var values []float64
		for _, e := range entries {
			if v := x.value(e, p, max(0, column)); v == v {
				values = append(values, v)
			}
		}
		median := math.NaN()
		if slices.Sort(values); len(values) > 0 {
			median = quantile.Sorted(values, 0.5)
		}
		list = append(list, median)
	}
	return list
}
