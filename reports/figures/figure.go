// Package figures defines the kinds of figure that a report can show, one per file.
// Each file holds the figure's keys in a spec, the checks of these keys, and the drawing.
package figures

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sedlab/internal/kind"
	"sedlab/internal/record"
	"sedlab/internal/yamlpos"
	"sedlab/reports"
)

// Kind is one kind of figure.
type Kind = kind.Kind[Config]

// Config holds the keys of one figure of a spec, except the one that names its kind.
type Config interface {
	// Check returns what is wrong with the figure in a spec with the given sweep.
	Check(Sweep) []KeyError
	// Draw makes the figure from a run's rows. An error says why it cannot be drawn.
	Draw(reports.Run) (*reports.Drawn, error)
}

// Limited is a Config whose figure can have too much in it to be drawn. Undrawn returns
// why, if that is known from the spec; then only the CSV will be written.
type Limited interface {
	Config
	Undrawn(Sweep) []KeyError
}

// Sparing is a Config whose figure shows no kept reconstructions, so that their table, by far
// the largest, need not be read for it.
type Sparing interface {
	Config
	WithoutExamples()
}

// KeyError is a problem with one key of a figure.
type KeyError = kind.KeyError

// Figure is one figure of a spec.
type Figure struct {
	Kind string
	Config
}

// Name returns the name of the figure's kind.
func (f Figure) Name() string { return f.Kind }

// Sweep describes the rows that a spec's figures will show.
type Sweep struct {
	Keys    []string              // swept
	Has     func(key string) bool // whether the spec has a key, swept or not
	Columns record.Columns        // of signals.parquet
	Priors  []string
	// Values lists what the column prior and the columns of swept keys will hold: each
	// value once, in order of appearance. The values of other columns are known only
	// after the run.
	Values map[string][]any
	Points []map[string]any // the values of each point of the sweep in the columns of swept keys
	Keep   int              // the most reconstructions that are kept per cell
}

// Kept returns the names of the columns that distinguish reconstructions.
func (Sweep) Kept() []string {
	return record.ExampleColumns().Names(record.Identity, record.Condition, record.Setting)
}

// CheckAxis checks that a figure's key names something that can separate boxes or
// panels: a swept key, or one of the given columns by its own name.
func (s Sweep) CheckAxis(key, name string, columns []string) []KeyError {
	if s.Has(name) && !slices.Contains(s.Keys, name) && !slices.Contains(columns, name) {
		return notSwept(key, name)
	}
	return s.checkName(key, name, columns)
}

// checkName checks that a figure's key names a swept key or a column, whether by
// name or by the key that it shows.
func (s Sweep) checkName(key, name string, columns []string) []KeyError {
	column := s.Columns.Resolve(name)
	_, swept := record.SweptKey(column)
	switch {
	case name == "", slices.Contains(columns, column), swept && slices.Contains(s.Keys, name):
		return nil
	case s.Has(name):
		return notSwept(key, name)
	}
	return wrong(key, "got %q, which is neither a swept key nor a column; %s", name, yamlpos.Instead(name, slices.Concat(s.Keys, columns)))
}

func notSwept(key, name string) []KeyError {
	return wrong(key, "names %s, which is not swept; expected a swept key or a column", name)
}

func wrong(key, format string, args ...any) []KeyError {
	return []KeyError{{Key: key, Problem: fmt.Sprintf(format, args...)}}
}

// CheckRows checks the keys prior and where, which choose a figure's rows.
func (s Sweep) CheckRows(prior string, where map[string]any, columns []string) (errs []KeyError) {
	if other, ok := where["prior"]; ok && prior != "" && other != prior {
		errs = append(errs, wrong("prior", "got %q, but where.prior is %v; expected one of them alone", prior, other)...)
	}
	if prior != "" && !slices.Contains(s.Priors, prior) {
		errs = append(errs, wrong("prior", "got %q, which is no prior of this spec; %s", prior, yamlpos.Instead(prior, s.Priors))...)
	}
	for _, key := range slices.Sorted(maps.Keys(where)) {
		errs = append(errs, s.checkName("where."+key, key, columns)...)
		values, known := s.Values[s.Columns.Resolve(key)]
		if known && !slices.Contains(values, where[key]) {
			errs = append(errs, wrong("where."+key, "got %v, which no point of the sweep has; expected one of %s", where[key], some(values))...)
		}
	}
	return errs
}

// checkExamples checks the keys prior and where of a figure of kept reconstructions.
func (s Sweep) checkExamples(prior string, where map[string]any) []KeyError {
	errs := s.CheckRows(prior, where, s.Kept())
	if s.Keep == 0 {
		errs = append(errs, wrong("figure", "shows kept reconstructions, but evaluate.keep is 0; expected that some are kept")...)
	}
	return errs
}

// some lists the first few values.
func some(values []any) string {
	const screen = 12
	var words []string
	for _, v := range values[:min(len(values), screen)] {
		words = append(words, fmt.Sprint(v))
	}
	if len(values) > screen {
		words = append(words, "…")
	}
	return strings.Join(words, ", ")
}

// count returns how many values a column will have in the rows that prior and where
// choose. It is 1 for a column that is not swept, whose values are known only after the
// run.
func (s Sweep) count(name, prior string, where map[string]any) int {
	column, conditions := s.Columns.Resolve(name), map[string]any{}
	for key, v := range where {
		conditions[s.Columns.Resolve(key)] = v
	}
	if prior != "" {
		conditions["prior"] = prior
	}
	fits := func(column string, value any) bool {
		wanted, ok := conditions[column]
		return !ok || slices.ContainsFunc(oneOf(wanted), func(v any) bool { return record.KeyOf(v) == record.KeyOf(value) })
	}
	values := map[record.Key]bool{}
	for _, p := range s.Priors {
		if column == "prior" && fits(column, p) {
			values[record.KeyOf(p)] = true
		}
	}
	for _, point := range s.Points {
		unfit := false
		for column, value := range point {
			unfit = unfit || !fits(column, value)
		}
		if v, swept := point[column]; swept && !unfit {
			values[record.KeyOf(v)] = true
		}
	}
	return max(1, len(values))
}

// oneOf returns the values that a condition of where allows: any of a list, or one.
func oneOf(wanted any) []any {
	if list, ok := wanted.([]any); ok {
		return list
	}
	return []any{wanted}
}
