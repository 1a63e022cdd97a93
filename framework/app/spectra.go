package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/yamlpos"
)

// SpectraQuery says which of a run's kept reconstructions to list, in which order.
type SpectraQuery struct {
	Condition string // a cell of the condition; empty for all
	Sort      string // an error; empty for the first that there is
	Prior     string // by whose error; empty for the first
	Best      bool   // the best first, rather than the worst
	From      int    // the number of the first to list; if negative, the page that has Chosen
	Limit     int    // the most to list
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
	Conditions []SpectraCondition
	Errors     []string // the columns to sort by; none if the errors are unknown
	Query      SpectraQuery
	Total      int          // spectra at the condition
	Rows       []SpectrumOf // from Query.From on
	Chosen     *SpectrumOf  // nil if what was asked for was not kept
	Problem    error        // why errors or some spectra are missing
}

// SpectraCondition is a problem that was solved: a point of a sweep.
type SpectraCondition struct{ Cell, Title string }

// SpectrumOf is a spectrum with the error of each prior, NaN if unknown.
type SpectrumOf struct {
	SpectrumID
	Condition string
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
	case store.Interrupted:
		return "run " + e.ID + " was interrupted before it wrote reconstructions; resume it"
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
	for _, c := range x.conditions {
		s.Conditions = append(s.Conditions, SpectraCondition{c.cell, c.title})
	}
	order, err := x.order(&s.Query)
	if err != nil {
		return nil, &QueryError{err}
	}
	s.Total = len(order)
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
	for _, e := range order[s.Query.From:min(len(order), s.Query.From+limit)] {
		s.Rows = append(s.Rows, x.describe(e, s.Query))
	}
	if q.Chosen == nil && len(s.Rows) > 0 {
		s.Chosen = &s.Rows[0]
	}
	return s, nil
}

// order returns the entries that are asked for, and fills in what the query leaves open.
func (x *spectraIndex) order(q *SpectraQuery) ([]int, error) {
	q.Prior = cmp.Or(q.Prior, x.priors[0])
	prior := slices.Index(x.priors, q.Prior)
	if prior < 0 {
		return nil, fmt.Errorf("prior %q: %s", q.Prior, yamlpos.Instead(q.Prior, x.priors))
	}
	column := 0
	if len(x.errors) > 0 {
		q.Sort = cmp.Or(q.Sort, x.errors[0])
		if column = slices.Index(x.errors, q.Sort); column < 0 {
			return nil, fmt.Errorf("sort %q: %s", q.Sort, yamlpos.Instead(q.Sort, x.errors))
		}
	}
	condition := -1
	if q.Condition != "" {
		if condition = x.conditionOf(q.Condition); condition < 0 {
			return nil, fmt.Errorf("condition: no kept reconstruction is of cell %q", q.Condition)
		}
	}
	var list []int
	for e := range x.entries {
		if condition < 0 || x.entries[e].condition == condition {
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
	return list, nil
}

// Spectrum is a signal at a condition with the reconstructions of all priors.
type Spectrum struct {
	SpectrumID
	Condition string
	Example   record.Example // of the first prior; what is not a prior's is the same in all
	Priors    []KeptReconstruction
	Left      int // number of further priors, which were left out because the spectrum is long
}

// mostFluxes bounds the fluxes of all priors of a spectrum that is read.
const mostFluxes = 1 << 20

// KeptReconstruction is what a prior made of a measurement.
type KeptReconstruction struct {
	Prior   string
	Example record.Example
	Scores  []record.Score // that are known
}

// Spectrum reads a kept spectrum of a run. The error is a *NotKeptError if it was not kept, and
// a *NoSpectraError if nothing was.
func (a *App) Spectrum(ctx context.Context, run string, id SpectrumID) (*Spectrum, error) {
	x, err := a.spectra(ctx, run)
	if err != nil {
		return nil, err
	}
	e, ok := x.find(id)
	if !ok {
		return nil, &NotKeptError{x.id, id}
	}
	f, info, err := store.OpenTable(ctx, x.dir, x.manifest, store.ExamplesFile, x.table.same)
	if err != nil {
		return nil, err
	}
	defer f.Close() // opened for reading only
	if !x.table.same(info) {
		return nil, fmt.Errorf("%s: has just been replaced; load the page again", f.Name())
	}
	table, fluxes := x.table.Lazy.On(f), 0
	s := &Spectrum{SpectrumID: SpectrumID{x.entries[e].signal, x.conditions[x.entries[e].condition].cell}, Condition: x.conditions[x.entries[e].condition].title}
	for p, prior := range x.priors {
		row := x.row(e, p)
		if row < 0 {
			continue
		}
		if fluxes > mostFluxes {
			s.Left++
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		example, err := table.Row(row)
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", f.Name(), err)
		}
		fluxes += len(example.Reconstruction)
		if len(s.Priors) == 0 {
			s.Example = example
		}
		s.Priors = append(s.Priors, KeptReconstruction{prior, example, x.scores(row)})
	}
	return s, nil
}

// noSpectra makes the error about a table that is not there.
func noSpectra(m store.Manifest, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &NoSpectraError{m.ID, m.Status}
	}
	return err
}
