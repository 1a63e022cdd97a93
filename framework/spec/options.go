package spec

import (
	"sedlab/framework/dataset"
	"sedlab/internal/record"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/reports/figures"
	"sedlab/reports/scores"
)

// Options is what a spec can name, and what the command line sets in it.
type Options struct {
	Edits     []Edit
	MaxCells  int // of a sweep, points × priors; 0 for the constant
	Kinds     []priors.Kind
	Operators []operators.Kind
	Sources   []dataset.Source
	Figures   []figures.Kind
	Scores    []scores.Kind
}

// Columns returns the columns of signals.parquet.
func (o Options) Columns() record.Columns { return scores.Columns(o.Scores) }

func (o Options) maxCells() int {
	if o.MaxCells > 0 {
		return o.MaxCells
	}
	return MaxCells
}

// Names returns the words that the enums of the spec's tags refer to.
func (o Options) Names() map[string][]string {
	names := map[string][]string{
		"figures": {}, "kinds": {}, "operators": {}, "sources": {},
		"errors":  o.Columns().Names(record.Error),
		"results": o.Columns().Numbers().Names(record.Error, record.Diagnostic),
	}
	for _, k := range o.Figures {
		names["figures"] = append(names["figures"], k.Name)
	}
	for _, k := range o.Kinds {
		names["kinds"] = append(names["kinds"], k.Name)
	}
	for _, k := range o.Operators {
		names["operators"] = append(names["operators"], k.Name)
	}
	for _, s := range o.Sources {
		names["sources"] = append(names["sources"], s.Name)
	}
	return names
}

func (o Options) kind(name string) (priors.Kind, bool) {
	for _, k := range o.Kinds {
		if k.Name == name {
			return k, true
		}
	}
	return priors.Kind{}, false
}

func (o Options) figure(name string) (figures.Kind, bool) {
	for _, k := range o.Figures {
		if k.Name == name {
			return k, true
		}
	}
	return figures.Kind{}, false
}

func (o Options) operator(name string) (operators.Kind, bool) {
	for _, k := range o.Operators {
		if k.Name == name {
			return k, true
		}
	}
	return operators.Kind{}, false
}

func (o Options) source(name string) (dataset.Source, bool) {
	for _, s := range o.Sources {
		if s.Name == name {
			return s, true
		}
	}
	return dataset.Source{}, false
}
