package app_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/priors"
	"sedlab/priors/priortest"
)

// swept has a prior that was solved with by two solvers, and one with a solver of its own.
const swept = `
name: swept
dataset: {source: synthetic, size: 200}
priors:
  glo: {kind: glo, code_dim: 2, hidden: [4], train: {epochs: 1, batch_size: 16}}
  own: {kind: glo, code_dim: 2, hidden: [4], train: {epochs: 1, batch_size: 16}, solver: {lambda: 0.5}}
problem: {operator: inpainting}
solver: {method: regularization, steps: 2}
evaluate: {signals: 2, keep: 0}
sweep: {solver.lambda: [1, 0.01]}
`

// Of several solvers none is chosen silently.
func TestPriorOfSeveralSolvers(t *testing.T) {
	a, ref := open(t, swept)
	if _, err := a.Run(t.Context(), ref, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := a.Prior(t.Context(), "swept:glo", nil)
	if query := new(app.QueryError); !errors.As(err, &query) || !strings.Contains(err.Error(), "solved with prior glo under 2 different solver or search settings") {
		t.Errorf("%v; expected that there are two solvers", err)
	}
	if _, err := a.Prior(t.Context(), "swept:own", nil); err != nil {
		t.Errorf("a prior with a solver of its own: %v", err)
	}
}

// calibrations counts the steps of calibrations.
type calibrations struct {
	app.Quiet
	steps int
}

func (c *calibrations) Counted(unit string, _, _ int) {
	if unit == "calibrations" {
		c.steps++
	}
}

// A calibration is kept, but only for the version of the solver that it was made with.
func TestCalibrationOfAnotherSolver(t *testing.T) {
	a, ref := open(t, strings.Replace(swept, "[1, 0.01]", "[1]", 1))
	if _, err := a.Run(t.Context(), ref, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	steps := func(a *app.App) int {
		events := new(calibrations)
		if _, err := a.Prior(t.Context(), "swept:glo", events); err != nil {
			t.Fatal(err)
		}
		return events.steps
	}
	first, again := steps(a), steps(a)
	c := catalog.Default()
	c.Solvers = slices.Clone(c.Solvers)
	for i := range c.Solvers {
		c.Solvers[i].Version++
	}
	if newer := steps(app.Open(a.Runs, c)); first == 0 || again != 0 || newer == 0 {
		t.Errorf("%d steps, %d with the same solver, %d with a newer one", first, again, newer)
	}
}

const searches = `
name: searches
dataset: {source: synthetic, size: 200, preprocess: [{step: crop, from: 3800, to: 3900}]}
priors:
  vad: {kind: vad, code_dim: 2, hidden: [8], train: {epochs: 2}, search: {samples: 4}}
problem: {operator: inpainting}
evaluate: {signals: 4}
sweep: {priors.vad.search.steps: [3, 1, 300]}
`

// A sweep over a prior's own search trains once, also if it is interrupted and resumed, and a replay
// has the same results. Of several searches none is chosen silently to reconstruct with.
func TestSweepOfAPriorsOwnSearch(t *testing.T) {
	a, ref := open(t, searches)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := a.Run(ctx, ref, app.RunOptions{Events: &canceller{left: 1, cancel: cancel}})
	if !is[*app.InterruptedError](err) {
		t.Fatal(err)
	}
	events := &recorder{}
	if _, err := a.Resume(t.Context(), r.ID, nil, app.RunOptions{Events: events}); err != nil || events.epochs != 2 {
		t.Fatalf("error %v, %d epochs", err, events.epochs)
	}
	replayed, err := a.Replay(t.Context(), r.ID, nil, app.RunOptions{})
	if err != nil || !replayed.Identical || replayed.Signals.Rows != 12 {
		t.Errorf("replay %+v, error %v", replayed, err)
	}
	if _, err := a.Prior(t.Context(), r.ID+":vad", nil); err == nil || !strings.Contains(err.Error(), "under 3 different solver or search settings") {
		t.Errorf("%v; expected that there are three searches", err)
	}
}

// A prior that was trained for another search reconstructs with the one of its run, and has a
// calibration of its own.
func TestReconstructWithTheSearchOfTheRun(t *testing.T) {
	a, ref := open(t, strings.Replace(searches, "[3, 1, 300]", "[3]", 1))
	if _, err := a.Run(t.Context(), ref, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	iterations := func() (int, int) {
		events := new(calibrations)
		p, err := a.Prior(t.Context(), "latest", events)
		if err != nil {
			t.Fatal(err)
		}
		m := priors.Measurement{Op: priortest.Selection{At: []int{1, 4}, Dim: p.Prior.Dim()}, Y: []float32{1, 1}}
		found, err := p.Prior.(priors.Inferrer).Infer(t.Context(), []priors.Measurement{m}, 1)
		if err != nil {
			t.Fatal(err)
		}
		return found[0].Iterations, events.steps
	}
	if steps, calibrated := iterations(); steps != 3 || calibrated == 0 {
		t.Errorf("%d steps after a calibration of %d", steps, calibrated)
	}
	ref.Edits = []spec.Edit{{Origin: "--set", Text: "sweep.priors.vad.search.steps=[1]"}}
	events := &recorder{}
	if _, err := a.Run(t.Context(), ref, app.RunOptions{Events: events}); err != nil || events.epochs > 0 {
		t.Fatalf("error %v, %d epochs", err, events.epochs)
	}
	if steps, calibrated := iterations(); steps != 1 || calibrated == 0 {
		t.Errorf("another search: %d steps after a calibration of %d", steps, calibrated)
	}
}
