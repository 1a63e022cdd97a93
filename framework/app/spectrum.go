package app

import (
	"context"
	"fmt"
	"slices"

	"sedlab/framework/store"
	"sedlab/internal/record"
)

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
	s := &Spectrum{SpectrumID: SpectrumID{x.entries[e].signal, x.conditions[x.entries[e].condition].cell}, Condition: x.conditions[x.entries[e].condition].title()}
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

// is reports whether an entry is the spectrum that is meant.
func (x *spectraIndex) is(entry int, id SpectrumID) bool {
	e := x.entries[entry]
	return e.signal == id.Signal && (id.Cell == "" || e.condition == x.conditionOf(id.Cell))
}

// find returns the entry of a spectrum.
func (x *spectraIndex) find(id SpectrumID) (int, bool) {
	for e := range x.entries {
		if x.is(e, id) {
			return e, true
		}
	}
	return 0, false
}

// describe returns an entry with its errors.
func (x *spectraIndex) describe(entry int, q SpectraQuery) SpectrumOf {
	e := x.entries[entry]
	c := x.conditions[e.condition]
	of := SpectrumOf{SpectrumID: SpectrumID{e.signal, c.cell}, Condition: c.title(), Label: c.title()}
	column := slices.Index(x.errors, q.Sort)
	for p := range x.priors {
		of.Errors = append(of.Errors, x.value(entry, p, max(0, column)))
	}
	return of
}
