package spec

import (
	"fmt"
	"path/filepath"
	"unicode/utf8"

	"sedlab/datasets"
	"sedlab/datasets/spectra"
	"sedlab/internal/kind"
	"sedlab/internal/record"
	"sedlab/internal/yamlpos"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/reports/figures"
	"sedlab/reports/scores"
	"sedlab/solvers"
)

// Catalog is everything that a spec can name. The first source and the first solver
// are the defaults.
type Catalog struct {
	Sources   []datasets.Kind
	Prepare   []spectra.StepKind // steps for single spectra, on grids of their own
	Steps     []datasets.StepKind
	Operators []operators.Kind
	Priors    []priors.Kind
	Solvers   []solvers.Kind
	Figures   []figures.Kind
	Scores    []scores.Kind // columns of signals.parquet, in their order
}

// Columns returns the columns of signals.parquet. It panics on scores that scores.Columns
// refuses.
func (c Catalog) Columns() record.Columns { return scores.Columns(c.Scores) }

// Names returns the words that enums such as "@errors" in the spec's tags stand for.
func (c Catalog) Names() map[string][]string {
	return map[string][]string{
		"errors":  c.Columns().Names(record.Error),
		"results": c.Columns().Numbers().Names(record.Error, record.Diagnostic),
	}
}

// Entry is a kind of any room, as specs, schemas and documents see it.
type Entry struct {
	Name, Doc string
	Version   int
	Fields    []yamlpos.Field // its keys
}

// newEntries returns kinds as entries. It panics on a kind without a name, doc, version
// or New, and on a name that is there twice. Only sources, and a priors.Starter, may have paths of
// files among their keys: results go by the content of a file, and not by its path.
func newEntries[C any](kinds []kind.Kind[C]) []Entry {
	list, seen := make([]Entry, len(kinds)), map[string]bool{}
	_, source := any(kinds).([]datasets.Kind)
	for i, k := range kinds {
		if k.Name == "" || k.Doc == "" || k.Version < 1 || k.New == nil || seen[k.Name] {
			panic(fmt.Sprintf("spec: kind %q of %T: needs a unique name, a doc, a version from 1, and New", k.Name, k))
		}
		seen[k.Name] = true
		list[i] = Entry{k.Name, k.Doc, k.Version, yamlpos.Fields(k.New())}
		_, starts := any(k.New()).(priors.Starter)
		if path := filePath(list[i].Fields); path != "" && !source && !starts {
			panic(fmt.Sprintf(`spec: kind %q of %T: key %s is tagged file:"true", which only keys of sources and of a priors.Starter may be`, k.Name, k, path))
		}
	}
	return list
}

// filePath returns the first key, at any depth, that is the path of a file, or "".
func filePath(fields []yamlpos.Field) string {
	for _, path := range yamlpos.Paths(fields, "") {
		if f, _ := yamlpos.Find(fields, path); f.File {
			return path
		}
	}
	return ""
}

func findEntry(list []Entry, name string) (Entry, bool) {
	for _, e := range list {
		if e.Name == name {
			return e, true
		}
	}
	return Entry{}, false
}

func entryNames(list []Entry) []string {
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Name
	}
	return names
}

// Options say what a spec can name and how it is read.
type Options struct {
	Catalog
	Edits    []Edit
	MaxCells int // bounds points × priors; 0 for the constant MaxCells
	// Recorded is set for specs that runs have recorded, perhaps by an older version.
	// Keys of kinds that are not chosen are then ignored, and no other file is read: what is
	// recorded is whole.
	Recorded bool
	// AbsolutePaths makes the paths of files absolute, so that they can be opened, and
	// the resolved spec runs from any folder.
	AbsolutePaths bool
	// Later leaves the points of the sweep to File.PointsAt. It is for a file that has been read
	// without errors before: its points are then not compared with each other, nor with its figures.
	Later bool
}

// path returns the path of a file that is written at a place. In a file, a relative path
// starts from the file's folder, as those of extends do; in an edit, which has no lines,
// and in what runs have recorded, from the current folder.
func (o Options) path(path string, at yamlpos.Pos) (string, error) {
	switch {
	case !o.AbsolutePaths:
		return path, nil
	case at.Line > 0 && !o.Recorded && !filepath.IsAbs(path):
		path = filepath.Join(filepath.Dir(at.Origin), path)
	}
	absolute, err := filepath.Abs(path)
	if err == nil && !utf8.ValidString(absolute) {
		err = fmt.Errorf("the path %q is not UTF-8, which a spec cannot hold; rename the file or its folder", absolute)
	}
	return absolute, err
}

func (o Options) maxCells() int {
	if o.MaxCells > 0 {
		return o.MaxCells
	}
	return MaxCells
}
