package app

import (
	"context"
	"slices"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/search"
	"sedlab/framework/store"
)

// DataSplit is a data set of a spec with the side of each signal.
type DataSplit struct {
	store.Dataset
	Normalize string        `json:"normalize"` // which says what is unusable
	Shares    Shares        `json:"split"`
	Signals   []SplitSignal `json:"signals"` // in the order of the data
}

// Shares are what a spec's dataset.split says.
type Shares struct {
	Train      float64 `json:"train"`
	Validation float64 `json:"validation"`
	Test       float64 `json:"test"`
	Column     string  `json:"column,omitempty"`
}

// SplitSignal says which side a signal is on, and whether it can be used.
type SplitSignal struct {
	ID       int    `json:"signal_id"`
	Side     string `json:"side"` // train, validation, test, or "" for none of them
	Group    string `json:"group,omitempty"`
	Unusable string `json:"unusable,omitempty"` // why the signal cannot be used
	CopyOf   *int   `json:"copy_of,omitempty"`  // the first signal with the same fluxes, unless it is the first itself
}

// Split reads the data of a spec and splits them as a run would: once for each data set
// and split that the sweep asks for. The error is a *spec.Errors or an *InputError.
func (a *App) Split(ctx context.Context, ref SpecRef, e Events) ([]DataSplit, error) {
	ctx = a.withMemory(ctx)
	file, err := a.load(ref)
	if err != nil {
		return nil, err
	}
	work, err := search.New(file, thisMachine(), identify(ctx, cache.HashFile))
	if err != nil {
		return nil, err
	}
	var list []DataSplit
	var done []splitOf
	for _, t := range work.Plan().Trainings {
		of := splitOf{t.Data.Key, t.Dataset.Split, t.Seeds.Split}
		if slices.Contains(done, of) {
			continue
		}
		done = append(done, of)
		orQuiet(e).Loading(t.Dataset.Source.Kind.Name)
		split, err := splitData(ctx, t)
		if err != nil {
			return nil, err
		}
		list = append(list, *split)
	}
	return list, nil
}

// splitOf is what a split depends on.
type splitOf struct {
	data   cache.Key
	shares datasets.Fractions
	seed   uint64
}

func splitData(ctx context.Context, t plan.Training) (*DataSplit, error) {
	set, err := runner.Prepare(ctx, t)
	if err != nil {
		return nil, err
	}
	parts := set.Split(t.Seeds.Split, t.Dataset.Split)
	counts := set.Count(parts)
	s := &DataSplit{
		Dataset:   store.Dataset{Name: set.Name, SHA256: set.SHA256, SplitSeed: t.Seeds.Split, Counts: &counts},
		Normalize: t.Dataset.Normalize, Shares: Shares(t.Dataset.Split), Signals: make([]SplitSignal, set.Len()),
	}
	for i := range s.Signals {
		s.Signals[i] = SplitSignal{ID: i, Unusable: set.Bad(i)}
		if set.Group != nil {
			s.Signals[i].Group = set.Group[i]
		}
		if first, ok := set.CopyOf(i); ok {
			s.Signals[i].CopyOf = &first
		}
	}
	for _, side := range datasets.Sides {
		for _, id := range parts.IDs(side) {
			s.Signals[id].Side = side
		}
	}
	return s, nil
}
