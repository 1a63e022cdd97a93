// Package solvers reconstructs signals: it finds x̂ from a measurement y, its operator A
// and a prior (paper, §2.2). Each method is a kind in its own file. Package solvertest is
// the contract that every method must meet; methods in other modules can run it too.
package solvers

import (
	"context"
	"fmt"
	"math"
	"slices"

	"sedlab/internal/kind"
	"sedlab/operators"
	"sedlab/priors"
)

// Kind is a method that a spec can name.
type Kind = kind.Kind[Config]

// KeyError is a problem with one key of a solver, or of a prior.
type KeyError = kind.KeyError

// Config is a method's keys in a spec's solver section: a pointer to a tagged
// struct.
type Config interface {
	// CheckPrior returns why the method cannot use the priors that p trains, as problems
	// with keys of the prior.
	CheckPrior(p priors.Config) []KeyError
	// Ignores returns the keys that have no effect with the priors that p trains, and Seed
	// if Solve draws no random numbers with them. Cached results do not depend on these.
	Ignores(p priors.Config) []string
	// Cost returns the operations to reconstruct one signal with a prior of the given cost.
	Cost(c priors.Cost) float64
	// Tile returns the number of signals that are best solved together.
	Tile() int
	// Solve reconstructs each measurement on the calling goroutine and sets X, Code,
	// Iterations and Converged of its estimate, and Scale if that is free. No estimate depends,
	// in any bit, on others solved with it. All randomness comes from streams named by seed and
	// Measurement.Signal. Solve returns ctx's error soon after ctx is done.
	Solve(ctx context.Context, prior priors.Prior, ms []Measurement, seed uint64) ([]Estimate, error)
}

// Penalizer is a Config whose objective has a penalty λ‖z‖² besides the misfit, or keeps codes
// of generators on the unit sphere.
type Penalizer interface {
	Config
	Penalty() (lambda float64, sphere bool)
}

// Unpenalizer is a Config that can do without its penalty.
type Unpenalizer interface {
	Config
	// Unpenalized returns the method with λ = 0.
	Unpenalized() Config
}

// Unpenalized returns a method without its penalty: with it, Solve finds how well a prior can
// represent a signal. A method that is no Unpenalizer it returns as it is.
func Unpenalized(c Config) Config {
	if p, ok := c.(Unpenalizer); ok {
		return p.Unpenalized()
	}
	return c
}

// Seed stands for the seed among what a Config ignores. No key of a solver has this name.
const Seed = "seeds.solver"

// Measurement is what is known about one signal: y = A x + η.
type Measurement struct {
	Signal int // identity, which names random streams
	Op     operators.Operator
	Y      []float32 // m measurements
	// Precision holds m inverse variances 1/σ² of Y, in its unit, 0 for measurements that do
	// not count; nil if all count the same.
	Precision []float32
	// FreeScale says that Y is s·A x + η with a scale s > 0 that is to be found too.
	FreeScale bool
}

// problem returns the measurement as priors see it.
func (m Measurement) problem() priors.Measurement {
	return priors.Measurement{Signal: m.Signal, Op: m.Op, Y: m.Y, Precision: m.Precision, FreeScale: m.FreeScale}
}

// Estimate is one reconstruction.
type Estimate struct {
	X          []float32 // n fluxes; nil if Status is not OK
	Sigma      []float32 // n standard deviations of X; nil if the prior has none
	Noise      []float32 // n standard deviations of the data's own noise; nil if the prior knows none
	Code       []float32 // what the prior made X from, in its own unit: a generator's code, an affine prior's coefficients; nil if there is none
	Loss       float64   // ‖s·A x̂ − y‖²/m over the measurements that count
	Chi2       float64   // Σ p (s·A x̂ − y)²/m over those, with the precisions p; NaN without precisions
	Scale      float64   // s of y ≈ s·A x̂ of a measurement with FreeScale, and 1 for others
	Iterations int       // of the search that gave X; 1 for a closed form
	Converged  bool      // the objective stopped falling
	Status     string
}

// The statuses of a reconstruction.
const (
	OK              = "ok"
	NothingObserved = "nothing observed"
	NotFinite       = "not finite"
)

// Solve reconstructs each measurement with c, on the calling goroutine, and in the unit of
// the prior: measurements and estimates are in that of the data. The Status of an estimate
// says why a measurement could not be solved. An error is about all of them: ctx
// was done, c cannot use the prior, or c breaks the contract of Config.Solve.
func Solve(ctx context.Context, c Config, prior priors.Scaled, ms []Measurement, seed uint64) ([]Estimate, error) {
	estimates := make([]Estimate, len(ms))
	var open []Measurement
	var index []int
	for i, m := range ms {
		if estimates[i].Status = check(m); estimates[i].Status == OK {
			open, index = append(open, inUnit(m, prior.Unit)), append(index, i)
		}
	}
	if len(open) == 0 {
		return estimates, ctx.Err()
	}
	solved, err := solve(ctx, c, prior.Prior, open, seed)
	if err != nil {
		return nil, err
	}
	for k, i := range index {
		for _, list := range []*[]float32{&solved[k].X, &solved[k].Sigma, &solved[k].Noise} {
			*list = priors.Scale(*list, 1/prior.Unit)
		}
		estimates[i] = finish(solved[k], ms[i])
	}
	return estimates, nil
}

// inUnit returns a measurement in a unit.
func inUnit(m Measurement, unit float64) Measurement {
	m.Y = priors.Scale(m.Y, unit)
	if m.Precision != nil { // only its ratios count, but they must stay within float32
		m.Precision = priors.Scale(m.Precision, 1/(unit*unit))
	}
	return m
}

// solve leaves to a prior what it can do by itself. It refuses results of the wrong form.
func solve(ctx context.Context, c Config, prior priors.Prior, ms []Measurement, seed uint64) (estimates []Estimate, err error) {
	if inferrer, ok := prior.(priors.Inferrer); ok {
		estimates, err = infer(ctx, inferrer, ms, seed)
	} else {
		estimates, err = c.Solve(ctx, prior, ms, seed)
	}
	if err != nil {
		return nil, err
	}
	if len(estimates) != len(ms) {
		return nil, fmt.Errorf("solver %T returned %d estimates for %d measurements", c, len(estimates), len(ms))
	}
	for k, e := range estimates {
		if _, n := ms[k].Op.Dims(); len(e.X) != n {
			return nil, fmt.Errorf("solver %T returned an estimate of %d fluxes for signal %d, which has %d", c, len(e.X), ms[k].Signal, n)
		}
	}
	return estimates, nil
}

// infer returns what a prior infers by itself.
func infer(ctx context.Context, prior priors.Inferrer, ms []Measurement, seed uint64) ([]Estimate, error) {
	problems := make([]priors.Measurement, len(ms))
	for i, m := range ms {
		problems[i] = m.problem()
	}
	found, err := prior.Infer(ctx, problems, seed)
	if err != nil {
		return nil, err
	}
	estimates := make([]Estimate, len(found))
	for i, f := range found {
		estimates[i] = Estimate{X: f.X, Sigma: f.Sigma, Noise: f.Noise, Code: f.Code, Scale: f.Scale, Iterations: f.Iterations, Converged: f.Converged}
	}
	return estimates, nil
}

// CheckPrior returns why a method cannot use the priors that p trains. It can always use those
// that infer by themselves.
func CheckPrior(c Config, p priors.Config) []KeyError {
	if _, ok := p.Blank().(priors.Inferrer); ok {
		return nil
	}
	return c.CheckPrior(p)
}

// Reads reports whether solving with the priors that p trains depends on the method and its
// keys, and which of the keys have no effect; see Config.Ignores. Priors that infer by
// themselves depend on none.
func Reads(c Config, p priors.Config) (method bool, ignored []string) {
	if i, ok := p.Blank().(priors.Inferrer); ok {
		if i.AtRandom() {
			return false, nil
		}
		return false, []string{Seed}
	}
	return true, c.Ignores(p)
}

// check returns the status of a measurement before it is solved.
func check(m Measurement) string {
	rows, _ := m.Op.Dims()
	if rows == 0 {
		return NothingObserved
	}
	if len(m.Y) != rows {
		panic(fmt.Sprintf("solvers: %d measurements, operator gives %d", len(m.Y), rows))
	}
	if m.Precision == nil {
		if slices.ContainsFunc(m.Y, notFinite) {
			return NotFinite
		}
		return OK
	}
	if len(m.Precision) != rows {
		panic(fmt.Sprintf("solvers: %d precisions, %d measurements", len(m.Precision), rows))
	}
	status := NothingObserved
	for j, p := range m.Precision {
		switch {
		case notFinite(p) || p < 0 || p > 0 && notFinite(m.Y[j]):
			return NotFinite
		case p > 0:
			status = OK
		}
	}
	return status
}

// finish sets measurement loss, χ² and status.
func finish(e Estimate, m Measurement) Estimate {
	if !m.FreeScale {
		e.Scale = 1
	}
	ax := make([]float32, len(m.Y))
	m.Op.Apply(ax, e.X)
	var sum, chi2 float64
	count := 0
	for j, v := range ax {
		p := 1.0
		if m.Precision != nil {
			p = float64(m.Precision[j])
		}
		if p == 0 {
			continue
		}
		d := e.Scale*float64(v) - float64(m.Y[j])
		sum += d * d
		chi2 += p * d * d
		count++
	}
	e.Loss, e.Chi2, e.Status = sum/float64(count), math.NaN(), OK
	if m.Precision != nil {
		e.Chi2 = chi2 / float64(count)
	}
	if slices.ContainsFunc(e.X, notFinite) || e.Scale-e.Scale != 0 {
		return Estimate{Loss: math.NaN(), Chi2: math.NaN(), Scale: math.NaN(), Iterations: e.Iterations, Status: NotFinite}
	}
	return e
}

func notFinite(v float32) bool { return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) }
