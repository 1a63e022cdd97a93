package app_test

import (
	"errors"
	"strings"
	"testing"

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
