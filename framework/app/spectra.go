package app

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"sedlab/framework/store"
	"sedlab/internal/yamlpos"
)

// SpectraQuery says which of a run's kept reconstructions to list, in which order.
type SpectraQuery struct {
	Condition string // a cell of the condition; empty for all
	// Among are cells of the conditions that are listed where Condition is empty; none for all.
	Among []string
	Sort  string // an error; empty for the first that there is
	Prior string // by whose error; empty for the first
	Best  bool   // the best first, rather than the worst
	From  int    // the number of the first to list; if negative, the page that has Chosen
	Limit int    // the most to list
	// Chosen is the spectrum that a person looks at; nil for the first of the list. Its cell
	// may be empty.
	Chosen *SpectrumID
}

// SpectrumID names a spectrum of a run: a signal at a condition, of which any cell may be
// given.
type SpectrumID struct {
	Signal int64
	Cell   string
}

// Spectra lists kept reconstructions.
type Spectra struct {
	Priors     []string
	Conditions []SpectraCondition // of Query.Among
	Errors     []string           // the columns to sort by; none if the errors are unknown
	Query      SpectraQuery
	Total      int          // spectra at the condition
	Rows       []SpectrumOf // from Query.From on
	Chosen     *SpectrumOf  // nil if what was asked for was not kept
	Whole      Whole        // all that the run made, whether kept or not
	Medians    []float64    // of the error of each prior in the spectra at the condition; NaN if unknown
	Problem    error        // why errors or some spectra are missing
}

// SpectraCondition is a problem that was solved: a point of a sweep.
type SpectraCondition struct{ Cell, Title string }

// SpectrumOf is a spectrum with the error of each prior, NaN if unknown.
type SpectrumOf struct {
	SpectrumID
	Condition string
	Label     string // Condition without what it has in common with the rest of the list
	Errors    []float64
}

// NoSpectraError reports a run without kept reconstructions.
type NoSpectraError struct {
	ID     string
	Status store.Status
}

func (e *NoSpectraError) Error() string {
	switch e.Status {
	case store.Running:
		return "run " + e.ID + " has kept no reconstructions yet: it writes them when all cells are done"
	case store.Interrupted, store.Killed:
		return "run " + e.ID + " was " + string(e.Status) + " before it wrote reconstructions; continue it with sedlab resume"
	}
	return "run " + e.ID + " has kept no reconstructions; evaluate.keep says how many a run keeps of each cell"
}

// NotKeptError reports a reconstruction that a run did not keep.
type NotKeptError struct {
	Run string
	SpectrumID
}

func (e *NotKeptError) Error() string {
	at := ""
	if e.Cell != "" {
		at = " in cell " + e.Cell
	}
	return fmt.Sprintf("run %s: no reconstruction of signal %d%s was kept; evaluate.keep says how many a run keeps of each cell", e.Run, e.Signal, at)
}

// Spectra lists the kept reconstructions of a run. The error is a *QueryError for an unknown
// name, and a *NoSpectraError if nothing was kept.
func (a *App) Spectra(ctx context.Context, run string, q SpectraQuery) (*Spectra, error) {
	x, err := a.spectra(ctx, run)
	if err != nil {
		return nil, err
	}
	s := &Spectra{Priors: x.priors, Errors: x.errors, Query: q, Problem: x.problem}
	among, err := x.within(&SpectraQuery{Among: q.Among})
	if err != nil {
		return nil, &QueryError{err}
	}
	for i, c := range x.conditions {
		if among == nil || among[i] {
			s.Conditions = append(s.Conditions, SpectraCondition{c.cell, c.title()})
		}
	}
	order, set, err := x.order(&s.Query)
	if err != nil {
		return nil, &QueryError{err}
	}
	s.Total, s.Whole, s.Medians = len(order), x.whole(s.Query, set), x.medians(order, s.Query)
	at := 0
	if q.Chosen != nil {
		at = slices.IndexFunc(order, func(e int) bool { return x.is(e, *q.Chosen) })
		if chosen, ok := x.find(*q.Chosen); ok {
			of := x.describe(chosen, s.Query)
			s.Chosen = &of
		}
	}
	limit := max(1, q.Limit)
	if s.Query.From < 0 {
		s.Query.From = max(0, at) / limit * limit
	}
	s.Query.From = min(s.Query.From, max(0, len(order)-1))
	label := x.labels(set)
	for _, e := range order[s.Query.From:min(len(order), s.Query.From+limit)] {
		row := x.describe(e, s.Query)
		row.Label = label(x.entries[e].condition)
		s.Rows = append(s.Rows, row)
	}
	if q.Chosen == nil && len(s.Rows) > 0 {
		s.Chosen = &s.Rows[0]
	}
	return s, nil
}

// order returns the entries that are asked for, with their conditions (nil for all), and fills in
// what the query leaves open.
func (x *spectraIndex) order(q *SpectraQuery) (list []int, set map[int]bool, err error) {
	q.Prior = cmp.Or(q.Prior, x.priors[0])
	prior := slices.Index(x.priors, q.Prior)
	if prior < 0 {
		return nil, nil, fmt.Errorf("prior %q: %s", q.Prior, yamlpos.Instead(q.Prior, x.priors))
	}
	column := 0
	if len(x.errors) > 0 {
		q.Sort = cmp.Or(q.Sort, x.errors[0])
		if column = slices.Index(x.errors, q.Sort); column < 0 {
			return nil, nil, fmt.Errorf("sort %q: %s", q.Sort, yamlpos.Instead(q.Sort, x.errors))
		}
	}
	if set, err = x.within(q); err != nil {
		return nil, nil, err
	}
	for e := range x.entries {
		if set == nil || set[x.entries[e].condition] {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(i, j int) int {
		a, b := x.value(i, prior, column), x.value(j, prior, column)
		switch {
		case math.IsNaN(a) || math.IsNaN(b):
			return cmp.Compare(b, a) // an unknown error is less than any, so last
		case q.Best:
			return cmp.Compare(a, b)
		}
		return cmp.Compare(b, a)
	})
	return list, set, nil
}
