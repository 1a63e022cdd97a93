// Package spec reads experiments: YAML in, a typed and fully checked spec out,
// or every error at once with its place. Nothing runs here.
//
// A File is a base spec and a sweep; Points are the specs that the sweep makes
// of the base. Each swept value is set in the file's tree and decoded again, so
// it is checked exactly as if it had been written there.
package spec

import (
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/reports/figures"
)

// Spec is one experiment without its sweep.
type Spec struct {
	Name     string
	Seed     uint64
	Dataset  Dataset
	Priors   []Prior // in the order of the file
	Problem  Problem
	Solver   Solver
	Evaluate Evaluate
	Select   *Select          // nil if nothing is chosen
	Report   []figures.Figure // empty in a Point: figures belong to the whole sweep
}

// Dataset says which signals there are, how they are scaled and split.
type Dataset struct {
	Source    string  `spec:"source" default:"synthetic" enum:"@sources" doc:"where the signals come from"`
	Path      string  `spec:"path" default:"\"\"" example:"spectra.npz" doc:"the file, for a source that reads one"`
	Size      int     `spec:"size" default:"4000" example:"1000" range:"[1,1000000]" why:"more would take over 4 GB" doc:"number of signals, for a source that makes them"`
	Normalize string  `spec:"normalize" default:"rms" enum:"rms|l2|median|max|none" doc:"what each signal is divided by"`
	Split     Split   `spec:"split" doc:"shares of the signals; each signal's side depends on the seed and its identity alone"`
	Corrupt   Corrupt `spec:"corrupt" doc:"damage to signals that priors are trained on, after they are normalised; signals are evaluated as they are"`
}

// Split is the share of the signals on each side; what is left over is unused.
type Split struct {
	Train      float64 `spec:"train" default:"0.9" example:"0.7" range:"[0,1]" doc:"share that priors are trained on"`
	Validation float64 `spec:"validation" default:"0" example:"0.2" range:"[0,1]" doc:"share for choosing settings"`
	Test       float64 `spec:"test" default:"0.1" range:"[0,1]" doc:"share for final results"`
}

// Share returns the share of the side with a name, as Evaluate.Split names it.
func (s Split) Share(side string) float64 {
	return map[string]float64{"train": s.Train, "validation": s.Validation, "test": s.Test}[side]
}

// Prior is one prior under its name.
type Prior struct {
	Name   string
	Kind   string
	Config priors.Config
}

// Problem is the operator A and the noise η of y = A x + η (paper, eq. 1).
type Problem struct {
	Operator        string  `spec:"operator" required:"true" example:"inpainting" enum:"@operators" doc:"what is measured of a signal"`
	MissingFraction float64 `spec:"missing_fraction" default:"0" example:"0.4" range:"[0,1)" why:"at 1 nothing would be measured" doc:"share of the fluxes that the operator hides"`
	Noise           Noise   `spec:"noise" default:"{l2: 0}" oneof:"true" doc:"Gaussian noise on the measurement"`
}

// Noise is an amount of noise in one of three units; the others are nil.
type Noise struct {
	L2         *float64 `spec:"l2" example:"4" range:"[0,inf)" unit:"normalised flux" doc:"Euclidean norm of a signal's noise vector, exactly"`
	RelativeL2 *float64 `spec:"relative_l2" example:"0.1" range:"[0,inf)" doc:"that norm as a share of the measurement's"`
	Sigma      *float64 `spec:"sigma" example:"0.1" range:"[0,inf)" unit:"normalised flux" doc:"standard deviation of each measurement's noise"`
}

// Noise returns the noise as operators add it.
func (n Noise) Noise() operators.Noise {
	switch {
	case n.RelativeL2 != nil:
		return operators.Noise{Unit: operators.RelativeL2, Amount: *n.RelativeL2}
	case n.Sigma != nil:
		return operators.Noise{Unit: operators.Sigma, Amount: *n.Sigma}
	}
	return operators.Noise{Unit: operators.L2, Amount: *n.L2}
}

// The names of the reconstruction methods.
const (
	Projection     = "projection"     // paper, eq. 3
	Regularization = "regularization" // paper, eq. 4
)

// Solver says how a generator's code is searched for.
type Solver struct {
	Method   string  `spec:"method" default:"projection" enum:"projection|regularization" doc:"codes on the unit sphere (paper, eq. 3), or a penalty lambda·‖z‖² (eq. 4)"`
	Steps    int     `spec:"steps" default:"1000" example:"300" range:"[1,10000000]" doc:"gradient steps"`
	LR       float64 `spec:"lr" default:"0.01" example:"0.03" range:"(0,inf)" doc:"Adam's learning rate"`
	Lambda   float64 `spec:"lambda" default:"0.001" example:"0.01" range:"[0,inf)" doc:"weight of the penalty, for regularization"`
	Restarts int     `spec:"restarts" default:"1" example:"3" range:"[1,1000]" doc:"random first codes, of which the best by measurement loss is kept"`
	Schedule string  `spec:"schedule" default:"constant" enum:"constant|cosine" doc:"learning rate over the steps"`
}

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
