package reports

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"sedlab/internal/group"
	"sedlab/internal/record"
)

// point is a point of the sweep, apart from repeats: what each prior made of one problem with
// the same settings.
type point struct{ entries []*entry }

// entry is a prior at a point.
type entry struct {
	prior, setting string  // the setting in which it differs from the prior's other entries
	cells          []*cell // one for each repeat
	// print is equal for entries of a prior that have the same errors on the same problem, as
	// those that differ only in the settings of others.
	print print
}

// print is a checksum.
type print [sha256.Size]byte

// pointsOf returns the points of a run's sweep, and its priors.
func pointsOf(run Run) (points []*point, names []string) {
	cells := cellsOf(run.Signals)
	names = group.Keys(cells, func(c *cell) string { return c.Prior })
	byDifficulty(cells)
	apart := []string{"prior", "prior_hash"}
	for _, c := range cells {
		apart = append(apart, c.repeatColumns()...)
	}
	slices.Sort(apart)
	apart = slices.Compact(apart)
	solvers := append(solverColumns(cells), apart...)
	for _, problem := range group.By(cells, func(c *cell) record.Key { return c.key(solvers...) }) {
		bySolver := group.By(problem, func(c *cell) record.Key { return c.key(apart...) })
		points = append(points, completed(bySolver, names)...)
	}
	nameEntries(run, points, names)
	return points, names
}

// repeatColumns returns the columns in which only repeats of a cell differ.
func (c *cell) repeatColumns() []string {
	columns := []string{"seed"}
	for key := range c.Sweep {
		if isRepeat(key) {
			columns = append(columns, record.ColumnOf(key))
		}
	}
	return columns
}

// completed makes points of the cells on one problem, grouped by their solvers. A prior that
// has one solver of its own there takes part in all of them.
func completed(bySolver [][]*cell, names []string) (points []*point) {
	with := map[string][]*entry{}
	points = make([]*point, len(bySolver))
	for i, cells := range bySolver {
		points[i] = &point{}
		for _, own := range group.By(cells, func(c *cell) string { return c.Prior }) {
			e := newEntry(own)
			points[i].entries = append(points[i].entries, e)
			with[e.prior] = append(with[e.prior], e)
		}
	}
	for _, p := range points {
		for name, own := range with {
			if len(own) == 1 && p.entry(name) == nil {
				p.entries = append(p.entries, own[0])
			}
		}
		slices.SortFunc(p.entries, func(a, b *entry) int {
			return cmp.Compare(slices.Index(names, a.prior), slices.Index(names, b.prior))
		})
	}
	all := slices.Clone(points)
	return slices.DeleteFunc(points, func(p *point) bool {
		return slices.ContainsFunc(all, func(other *point) bool {
			return p.within(other) && (!other.within(p) || slices.Index(all, other) < slices.Index(all, p))
		})
	})
}

// within reports whether another point has all entries of p.
func (p *point) within(other *point) bool {
	return !slices.ContainsFunc(p.entries, func(e *entry) bool {
		return !slices.Contains(other.entries, e)
	})
}

// entry returns a prior's entry, nil if there is none.
func (p *point) entry(prior string) *entry {
	for _, e := range p.entries {
		if e.prior == prior {
			return e
		}
	}
	return nil
}

func newEntry(cells []*cell) *entry {
	first := cells[0]
	values := []any{first.Prior, fmt.Sprint(first.conditionKey()), first.Split}
	for _, key := range first.shared() {
		values = append(values, key, first.Sweep[key])
	}
	for _, c := range cells {
		values = append(values, fmt.Sprint(c.repeat))
		for _, r := range c.rows {
			values = append(values, r.SignalID, r.Status, r.Score(metric))
		}
	}
	return &entry{prior: first.Prior, cells: cells, print: sha256.Sum256(fmt.Append(nil, record.KeyOf(values...)))}
}

// shared returns the swept keys that concern all priors and are no repeats, in order.
func (c *cell) shared() []string {
	return slices.DeleteFunc(c.swept(), func(key string) bool {
		return isRepeat(key) || strings.HasPrefix(key, "priors.") || strings.HasPrefix(key, solverKeys)
	})
}

// nameEntries names the settings of each prior's entries.
func nameEntries(run Run, points []*point, names []string) {
	for _, name := range names {
		var own []*entry
		var apart []string
		for _, p := range points {
			for _, e := range p.entries {
				if e.prior != name {
					continue
				}
				own = append(own, e)
				for _, key := range e.cells[0].shared() {
					apart = append(apart, record.ColumnOf(key))
				}
			}
		}
		alike := group.By(own, func(e *entry) print { return e.print })
		var first []*cell
		for _, list := range alike {
			first = append(first, list[0].cells[0])
		}
		slices.Sort(apart)
		for i, text := range settingTexts(run, first, slices.Compact(apart)) {
			for _, e := range alike[i] {
				e.setting = text
			}
		}
	}
}
