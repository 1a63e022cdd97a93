// Package spec reads experiments. It turns YAML into a typed and fully checked spec, or
// reports every error at once, each with its place. Nothing runs here.
//
// A File is a base spec and a sweep. Points are the specs that the sweep makes of the
// base. Each swept value is set in the file's tree and decoded from there, so it is
// checked as if it had been written there.
package spec

import (
	"strings"

	"sedlab/datasets"
	"sedlab/datasets/spectra"
	"sedlab/internal/measure"
	"sedlab/internal/yamlpos"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/reports/figures"
	"sedlab/solvers"
)

// Spec is one experiment without its sweep. The points of a file share sections: equal
// sections are the same pointer.
type Spec struct {
	Name     string
	Seed     uint64 // the seed of stages that have none of their own
	Seeds    Seeds
	Dataset  *Dataset
	Priors   []*Prior // in the order of the file
	Problem  *Problem
	Solver   *Solver
	Evaluate *Evaluate
	Select   *Select                  // nil if nothing is chosen
	Report   []Choice[figures.Config] // empty in a Point: figures belong to the whole sweep

	seeds seedKeys // as written
}

// Dataset says which signals there are and how they are prepared and split.
type Dataset struct {
	Source     Choice[datasets.Config]
	Prepare    []Choice[spectra.Step] // of a Preparer
	Preprocess []Choice[datasets.Step]
	datasetKeys
}

// datasetKeys are the keys of data sets from every source.
type datasetKeys struct {
	Normalize string              `spec:"normalize" default:"rms" enum:"rms|l2|median|max|none" doc:"what each signal is divided by"`
	Split     datasets.Fractions  `spec:"split" doc:"shares of the signals; a signal's split depends only on seeds.split and its identity"`
	Corrupt   datasets.Corruption `spec:"corrupt" doc:"damage to the signals that priors are trained on, after normalisation; evaluated signals stay as they are"`
}

// Name returns the data set's name for messages: its file, or else its source.
func (d *Dataset) Name() string {
	if source, ok := d.Source.Config.(datasets.FileConfig); ok {
		if path, err := source.File(); err == nil {
			return path
		}
	}
	return d.Source.Kind.Name
}

// JSON returns the section with every default filled in.
func (d *Dataset) JSON() string { return jsonOf(d.node()) }

// SpectrumSteps returns the steps of Prepare.
func (d *Dataset) SpectrumSteps() (steps []spectra.Step) {
	for _, s := range d.Prepare {
		steps = append(steps, s.Config)
	}
	return steps
}

// ChangedKeys returns the keys of every source that differ from their defaults.
func (d *Dataset) ChangedKeys() *yamlpos.Node { return yamlpos.Changed(d.datasetKeys) }

// Prior is one prior under its name.
type Prior struct {
	Name string
	Choice[priors.Config]
	Solver *Solver // the spec's, with the prior's own keys laid over it
	// Members are the priors that this one is made of; none of a prior that is trained.
	Members []*Prior

	own *yamlpos.Node // the prior's keys of the solver, or nil
}

// Problem is the operator A and the noise η of y = A x + η (paper, eq. 1).
type Problem struct {
	Operator Choice[operators.Config]
	problemKeys
}

// problemKeys are the keys of problems with every operator.
type problemKeys struct {
	Noise     measure.Noise `spec:"noise" default:"{l2: 0}" oneof:"true" doc:"Gaussian noise on the measurement"`
	Precision string        `spec:"precision" default:"equal" enum:"equal|data" doc:"how measurements count for solvers: all the same, or by 1/σ², from the errors of the data set and the noise"`
}

// ChangedKeys returns the keys of every operator that differ from their defaults.
func (p *Problem) ChangedKeys() *yamlpos.Node { return yamlpos.Changed(p.problemKeys) }

// Solver says how a reconstruction is found.
type Solver struct{ Choice[solvers.Config] }

// The values of problem.precision and evaluate.scale that are no defaults, and a default.
const (
	PrecisionData  = "data"
	PrecisionEqual = "equal"
	ScaleMeasured  = "measured"
)

// Numbers with special meanings.
const (
	KeepAll        = -1         // as Evaluate.Keep: all reconstructions
	AllSignals     = 10_000_000 // as Evaluate.Signals: all signals of the split
	LeastCalibrate = 20         // as Evaluate.Calibrate, unless it is 0: fewer signals tell too little
	defaultSignals = 100        // of Evaluate.Signals; allowed for smaller splits too
)

// Evaluate says which signals errors are measured on.
type Evaluate struct {
	Split     string `spec:"split" default:"test" enum:"train|validation|test" doc:"split of the data set that the signals come from"`
	Signals   int    `spec:"signals" default:"100" example:"40" range:"[1,10000000]" words:"all=10000000" doc:"number of signals, chosen at random; all if there are fewer"`
	Scale     string `spec:"scale" default:"all" enum:"all|measured" doc:"what the norm of a measurement is from: all fluxes, the hidden ones too, as in the paper; or the measured ones alone, so that solvers find the scale with the signal, as they must for a user's own spectrum"`
	Calibrate int    `spec:"calibrate" default:"0" example:"100" range:"[0,10000]" doc:"validation signals by which the standard deviations of priors that give them are scaled, in each cell under its own problem, so that 68 % of hidden fluxes lie within one; 0 leaves them as they are"`
	Oracle    bool   `spec:"oracle" default:"false" doc:"also measure how well each prior can represent the signals (column mse_oracle); takes about as long as solving one problem, once for each prior and solver"`
	Keep      int    `spec:"keep" default:"4" example:"all" range:"[0,10000000]" words:"all=-1" doc:"whole reconstructions kept per cell"`
}

// Value returns the value of a key for a prior of the spec, in the form of Value.Value.
// Keys of the solver are those of the prior's own solver. It is nil for a key that the
// spec does not have.
func (s *Spec) Value(key string, p *Prior) any {
	section, rest, _ := strings.Cut(key, ".")
	switch section {
	case "seed":
		return float64(s.Seed)
	case "seeds":
		return plainValue(s.Seeds.node(), rest)
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
