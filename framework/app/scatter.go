package app

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"sedlab/framework/compare"
	"sedlab/internal/record"
)

// Scatter is a Difference, and some of the pairs of errors behind it.
type Scatter struct {
	Difference
	Conditions []string      // titles of Results.Groups, as Spectra has them
	Pairs      []ScatterPair // evenly taken from all, and the Largest
	All        int           // pairs in which both sides have the metric
	Kept       int           // of them, those with a reconstruction that a run kept
	Largest    []ScatterPair // differences of log errors, the largest first; no equal ones
}

// ScatterPair is a pair, and whether each run kept its reconstruction.
type ScatterPair struct {
	compare.Pair
	KeptA, KeptB bool
}

// Scatter is like Diff, but also returns pairs of errors: about as many as most, taken evenly, and
// as many as few of those that differ most.
func (a *App) Scatter(ctx context.Context, runA, runB, metric string, most, few int) (*Scatter, error) {
	x, y, err := a.readPair(ctx, runA, runB, metric)
	if err != nil {
		return nil, err
	}
	d := difference(x, y)
	var pairs []compare.Pair
	d.Results, pairs = compare.Paired(x.found, y.found, metric)
	s := &Scatter{Difference: *d, Conditions: titles(a.catalog.Columns(), d.Results), All: len(pairs)}
	keptA, keptB := a.keeps(ctx, runA), a.keeps(ctx, runB)
	all := make([]ScatterPair, len(pairs))
	for i, p := range pairs {
		all[i] = ScatterPair{p, keptA(p.CellA, p.Signal), keptB(p.CellB, p.Signal)}
		if all[i].KeptA || all[i].KeptB {
			s.Kept++
		}
	}
	every := max(1, (len(all)+most-1)/most)
	for i := 0; i < len(all); i += every {
		s.Pairs = append(s.Pairs, all[i])
	}
	slices.SortStableFunc(all, func(p, q ScatterPair) int { return cmp.Compare(apart(q.Pair), apart(p.Pair)) })
	all = slices.DeleteFunc(all[:min(few, len(all))], func(p ScatterPair) bool { return p.A == p.B })
	s.Largest = slices.Clone(all)
	if every > 1 {
		s.Pairs = append(s.Pairs, s.Largest...)
	}
	return s, ctx.Err()
}

// apart is the factor between a pair's errors, as a logarithm. Errors that have none count as
// the difference.
func apart(p compare.Pair) float64 {
	if p.A > 0 && p.B > 0 {
		return math.Abs(math.Log(p.B) - math.Log(p.A))
	}
	return math.Abs(p.B - p.A)
}

// keeps returns a function that reports whether a run kept the reconstruction of a signal of a
// cell. It kept none if they cannot be listed.
func (a *App) keeps(ctx context.Context, run string) func(cell string, signal int64) bool {
	x, err := a.spectra(ctx, run)
	if err != nil {
		return func(string, int64) bool { return false }
	}
	entries := make(map[kept]int, len(x.entries))
	for e, k := range x.entries {
		entries[k] = e
	}
	return func(cell string, signal int64) bool {
		c, known := x.place[cell]
		if !known {
			return false
		}
		e, known := entries[kept{x.cells[c].conditions[0], signal}]
		return known && x.row(e, x.cells[c].prior) >= 0
	}
}

// titles names the conditions of groups of pairs, as Spectra names those of a run: by the keys
// in which groups of the same prior differ.
func titles(columns record.Columns, p compare.Pairing) (list []string) {
	first, differ := map[string][]any{}, map[string]map[string]bool{} // by prior; priors by column
	for _, g := range p.Groups {
		if first[g.Prior] == nil {
			first[g.Prior] = g.Values
		}
		for i, name := range p.Keys {
			if c, _ := columns.Find(name); c.Key != "" && g.Values[i] != first[g.Prior][i] {
				if differ[name] == nil {
					differ[name] = map[string]bool{}
				}
				differ[name][g.Prior] = true
			}
		}
	}
	names := inOrder(columns, differ)
	for _, g := range p.Groups {
		values := make([]any, len(names))
		for i, name := range names {
			if !ofSolver(columns, name) || differ[name][g.Prior] {
				values[i] = g.Values[slices.Index(p.Keys, name)]
			}
		}
		list = append(list, condition{parts: partsOf(columns, names, values)}.title())
	}
	return list
}

// inOrder returns the names of columns: those of a table in its order, then swept keys.
func inOrder[T any](columns record.Columns, names map[string]T) []string {
	order := slices.Concat(columns.Names(), slices.Sorted(maps.Keys(names)))
	return slices.SortedFunc(maps.Keys(names), func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
}
