package spec

import (
	"fmt"

	"sedlab/datasets"
	"sedlab/internal/kind"
	"sedlab/internal/record"
	"sedlab/internal/yamlpos"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/reports/figures"
	"sedlab/reports/scores"
	"sedlab/solvers"
)

// Catalog is all that a spec can name. The first source and the first solver are
// those of a spec that names none.
type Catalog struct {
	Sources   []datasets.Kind
	Steps     []datasets.StepKind
	Operators []operators.Kind
	Priors    []priors.Kind
	Solvers   []solvers.Kind
	Figures   []figures.Kind
	Scores    []scores.Kind // columns of signals.parquet, in their order
}

// Columns returns the columns of signals.parquet.
func (c Catalog) Columns() record.Columns { return scores.Columns(c.Scores) }

// Names returns the words that the enums of the spec's tags refer to.
func (c Catalog) Names() map[string][]string {
	return map[string][]string{
		"errors":  c.Columns().Names(record.Error),
		"results": c.Columns().Numbers().Names(record.Error, record.Diagnostic),
	}
}

// Entry is a kind as specs, schemas and documents see it, whatever room it is from.
type Entry struct {
	Name, Doc string
	Version   int
	Fields    []yamlpos.Field // its keys
}

// entries returns kinds as entries. It panics on what only a programmer can get
// wrong: a kind without a name, doc or version, or a name that is there twice.
func entries[C any](kinds []kind.Kind[C]) []Entry {
	list, seen := make([]Entry, len(kinds)), map[string]bool{}
	for i, k := range kinds {
		if k.Name == "" || k.Doc == "" || k.Version < 1 || k.New == nil || seen[k.Name] {
			panic(fmt.Sprintf("spec: kind %q of %T: needs a name of its own, a doc, a version from 1, and New", k.Name, k))
		}
		seen[k.Name] = true
		list[i] = Entry{k.Name, k.Doc, k.Version, yamlpos.Fields(k.New())}
	}
	return list
}

func find(list []Entry, name string) (Entry, bool) {
	for _, e := range list {
		if e.Name == name {
			return e, true
		}
	}
	return Entry{}, false
}

func namesOf(list []Entry) []string {
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name
	}
	return names
}

// Options is what a spec can name, and how it is read.
type Options struct {
	Catalog
	Edits    []Edit
	MaxCells int // of a sweep, points × priors; 0 for the constant
	// Recorded reads a spec that a run has recorded, perhaps by an older version:
	// keys of kinds that are not chosen are passed over.
	Recorded bool
	// AbsolutePaths makes the paths of files absolute, so that the resolved spec can
	// be run from any folder.
	AbsolutePaths bool
}

func (o Options) maxCells() int {
	if o.MaxCells > 0 {
		return o.MaxCells
	}
	return MaxCells
}
