// Package spec reads experiments: YAML in, a typed and fully checked spec out,
// or every error at once with its place. Nothing runs here.
//
// A File is a base spec and a sweep; Points are the specs that the sweep makes
// of the base. Each swept value is set in the file's tree and decoded again, so
// it is checked exactly as if it had been written there.
package spec

import (
	"strings"

	"sedlab/datasets"
	"sedlab/internal/measure"
	"sedlab/internal/yamlpos"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/reports/figures"
	"sedlab/solvers"
)

// Spec is one experiment without its sweep. The points of a file share their
// sections: equal sections are the same pointer.
type Spec struct {
	Name     string
	Seed     uint64
	Dataset  *Dataset
	Priors   []*Prior // in the order of the file
	Problem  *Problem
	Solver   *Solver
	Evaluate *Evaluate
	Select   *Select                  // nil if nothing is chosen
	Report   []Choice[figures.Config] // empty in a Point: figures belong to the whole sweep
}

// Dataset says which signals there are, how they are prepared and split.
type Dataset struct {
	Source     Choice[datasets.Config]
	Preprocess []Choice[datasets.Step]
	datasetKeys
}

// datasetKeys are the keys that a data set has from whatever source.
type datasetKeys struct {
	Normalize string              `spec:"normalize" default:"rms" enum:"rms|l2|median|max|none" doc:"what each signal is divided by"`
	Split     datasets.Fractions  `spec:"split" doc:"shares of the signals; each signal's side depends on the seed and its identity alone"`
	Corrupt   datasets.Corruption `spec:"corrupt" doc:"damage to signals that priors are trained on, after they are normalised; signals are evaluated as they are"`
}

// Name returns what messages call the data set: its file, or else its source.
func (d *Dataset) Name() string {
	if source, ok := d.Source.Config.(datasets.FileConfig); ok {
		if path, err := source.File(); err == nil {
			return path
		}
	}
	return d.Source.Kind.Name
}

// ChangedKeys returns those of the keys that a data set has from whatever source
// that are not as they are by default.
func (d *Dataset) ChangedKeys() *yamlpos.Node { return yamlpos.Changed(d.datasetKeys) }

// Prior is one prior under its name.
type Prior struct {
	Name string
	Choice[priors.Config]
	// Solver is the spec's, with the prior's own keys laid over it.
	Solver *Solver

	own *yamlpos.Node // keys of the solver, as written; nil where there are none
}

// Problem is the operator A and the noise η of y = A x + η (paper, eq. 1).
type Problem struct {
	Operator Choice[operators.Config]
	problemKeys
}

// problemKeys are the keys that a problem has with whatever operator.
type problemKeys struct {
	Noise measure.Noise `spec:"noise" default:"{l2: 0}" oneof:"true" doc:"Gaussian noise on the measurement"`
}

// ChangedKeys returns those of the keys that a problem has with whatever operator
// that are not as they are by default.
func (p *Problem) ChangedKeys() *yamlpos.Node { return yamlpos.Changed(p.problemKeys) }

// Solver says how a reconstruction is found.
type Solver struct{ Choice[solvers.Config] }

// Numbers with a meaning of their own.
const (
	KeepAll        = -1         // Evaluate.Keep of all reconstructions
	AllSignals     = 10_000_000 // Evaluate.Signals of all signals of the split
	defaultSignals = 100        // Evaluate.Signals; a smaller split has it too
)

// Evaluate says on which signals errors are measured.
type Evaluate struct {
	Split   string `spec:"split" default:"test" enum:"train|validation|test" doc:"side of the data set that the signals are from"`
	Signals int    `spec:"signals" default:"100" example:"40" range:"[1,10000000]" words:"all=10000000" doc:"number of signals, chosen at random; all if there are fewer"`
	Keep    int    `spec:"keep" default:"4" example:"all" range:"[0,10000000]" words:"all=-1" doc:"whole reconstructions kept per cell"`
}

// Value returns what a key is for a prior of the spec, as Point.Values has it:
// its solver's keys are the prior's own where it has any. It is nil for a key that
// the spec does not have.
func (s *Spec) Value(key string, p *Prior) any {
	section, rest, _ := strings.Cut(key, ".")
	switch section {
	case "seed":
		return float64(s.Seed)
	case "dataset":
		return plainValue(s.Dataset.node(), rest)
	case "problem":
		return plainValue(s.Problem.node(), rest)
	case "solver":
		return plainValue(p.Solver.node("method"), rest)
	case "evaluate":
		return plainValue(yamlpos.Encode(s.Evaluate), rest)
	case "priors":
		return plainValue(priorList(s.Priors).node(), rest)
	}
	return nil
}
