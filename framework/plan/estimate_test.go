package plan_test

import (
	"math"
	"strings"
	"testing"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
)

func size(*spec.Dataset) plan.Size { return plan.Size{Signals: 100, Fluxes: 10} }

const generators = `name: x
dataset: {size: 100, split: {train: 0.5, test: 0.2}}
priors:
  small: {kind: glo, code_dim: 2, hidden: [3], train: {epochs: 7}}
  large: {kind: glo, code_dim: 2, hidden: [30], train: {epochs: 7}}
  zero: {kind: zero}
problem: {operator: inpainting}
solver: {steps: 11, restarts: 2}
evaluate: {signals: 15}
sweep: {problem.missing_fraction: [0.1, 0.2]}
`

func everything(cache.Key) float64 { return 1 }

func TestEstimate(t *testing.T) {
	p := newPlan(t, generators)
	e := p.Estimate(size, plan.Rates{Network: 10, Exact: 1}, everything)
	weights := float64(2*3 + 3*10 + 2*30 + 30*10)
	training := 6 * weights * 50 * 7 / 10          // three products for each signal and epoch
	solving := 4 * weights * 15 * 11 * 2 * 2. / 10 // two, for each of 15 signals, step, restart and cell
	if math.Abs(e.Training-training) > 1e-9*training || math.Abs(e.Solving-solving) > 1e-9*solving || e.Seconds != e.Training+e.Solving {
		t.Errorf("got %+v, expected %g s of training and %g s of solving", e, training, solving)
	}
	oracle := newPlan(t, strings.Replace(generators, "signals: 15", "signals: 15, oracle: true", 1)).Estimate(size, plan.Rates{Network: 10, Exact: 1}, everything)
	if want := 1.5 * solving; math.Abs(oracle.Solving-want) > 1e-9*want { // once for both problems
		t.Errorf("with the oracle %g s of solving, expected %g", oracle.Solving, want)
	}
	fluxes := float64(size(nil).Signals * size(nil).Fluxes)
	if least := fluxes*(4+4*0.5) + 16*weights/2; e.Memory < least || e.Memory > 1e8 {
		t.Errorf("%g bytes, expected at least the data and a training, %g, and less than 100 MB", e.Memory, least)
	}
	if h, ok := p.Heaviest(size); !ok || h.Name != "large" {
		t.Errorf("the heaviest training is %q", h.Name)
	}
}

func TestEstimateOfAffinePriors(t *testing.T) {
	p := newPlan(t, base)
	e := p.Estimate(size, plan.Rates{Exact: 1}, everything)
	if !(e.Training > 0) || !(e.Solving > 0) || math.IsInf(e.Seconds, 0) {
		t.Errorf("got %+v", e)
	}
	if h, ok := p.Heaviest(size); ok {
		t.Errorf("%s is a generator", h.Name)
	}
}

// A vad has a closed form, but at the speed of its network; its linear parts have another.
func TestEstimateOfDeepPriorsWithPosteriors(t *testing.T) {
	p := newPlan(t, "name: x\npriors: {vad: {kind: vad, ensemble: [2, 3], hidden: [7], train: {epochs: 5}}}\nproblem: {operator: inpainting}\n")
	h, ok := p.Heaviest(size)
	if !ok || h.Name != "vad" {
		t.Fatalf("the heaviest training is %q", h.Name)
	}
	cost := h.Cost(size(nil))
	for _, rates := range []plan.Rates{{Network: 10, Exact: 1}, {Network: 1, Exact: 10}} {
		e := p.Estimate(size, rates, everything)
		training, solving := cost.Training/rates.Network+cost.Linear/rates.Exact, 10*cost.Closed/rates.Network
		if math.Abs(e.Training-training) > 1e-9*training || math.Abs(e.Solving-solving) > 1e-9*solving || cost.Linear == 0 {
			t.Errorf("%+v: got %+v, expected %g s of training and %g s of solving", rates, e, training, solving)
		}
	}
}
