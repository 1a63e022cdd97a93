package app_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/app"
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
	if query := new(app.QueryError); !errors.As(err, &query) || !strings.Contains(err.Error(), "solved with prior glo by 2 solvers") {
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
