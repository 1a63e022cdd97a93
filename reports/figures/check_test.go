package figures

import (
	"fmt"
	"strings"
	"testing"
)

// TestCheck checks every problem that a figure can have in a spec, and its place.
func TestCheck(t *testing.T) {
	sweep := Sweep{
		Keys:    []string{"problem.missing_fraction", "priors.glo.code_dim"},
		Has:     func(key string) bool { return strings.Contains(key, ".") },
		Columns: columns, Priors: []string{"glo", "pca"},
		Values: map[string][]any{"missing_fraction": {0.1, 0.4}, "prior": {"glo", "pca"}}, Keep: 3,
	}
	const notSwept = "which is not swept; expected a swept key or a column"
	tests := []struct {
		figure Config
		want   string // key: problem, for each
	}{
		{plot(boxplot{X: "problem.missing_fraction", Group: "prior", Where: map[string]any{"prior": "pca"}}), ""},
		{plot(boxplot{X: "mse", Group: "priors.glo.code_dim", Where: map[string]any{"problem.missing_fraction": 0.4, "split": "test"}}), ""},
		{show(reconstructions{Signals: 3, Rows: "problem.missing_fraction", Where: map[string]any{"evaluate.split": "test"}}), ""},
		{new(training), ""},
		{trend(curveKeys{X: "problem.missing_fraction", Group: "split"}), ""},
		{tiles(heatmap{X: "problem.missing_fraction", Rows: "priors.glo.code_dim", Prior: "glo"}), ""},
		{off(residuals{Prior: "pca", Where: map[string]any{"evaluate.split": "test"}}), ""},
		{pairs(scatter{Prior: "glo", Against: "pca", Group: "problem.missing_fraction"}), ""},
		{trend(curveKeys{X: "prior", Group: "splitt"}), `group: got "splitt", which is neither a swept key nor a column; did you mean "split"?` + "\n" +
			"x: names prior, which has the value glo; expected numbers, or figure: boxplot"},
		{tiles(heatmap{X: "problem.missing_fraction", Rows: "missing_fraction"}), "rows: names missing_fraction, as x does; expected another key"},
		{tiles(heatmap{X: "solver.steps", Rows: "split"}), "x: names solver.steps, " + notSwept},
		{off(residuals{Prior: "gol"}), `prior: got "gol", which is no prior of this spec; did you mean "glo"?`},
		{pairs(scatter{Prior: "glo", Against: "glo"}), "against: names glo, as prior does; expected another prior"},
		{pairs(scatter{Prior: "glo", Against: "pcb", Where: map[string]any{"prior": "glo"}}), `against: got "pcb", which is no prior of this spec; did you mean "pca"?` + "\n" +
			"where.prior: leaves one prior; expected the two priors as prior and against"},
		{plot(boxplot{X: "solver.steps"}), "x: names solver.steps, " + notSwept},
		{plot(boxplot{X: "problem.operator"}), "x: names problem.operator, " + notSwept},
		{plot(boxplot{X: "prior", Group: "splitt"}), `group: got "splitt", which is neither a swept key nor a column; did you mean "split"?`},
		{plot(boxplot{X: "prior", Prior: "gol"}), `prior: got "gol", which is no prior of this spec; did you mean "glo"?`},
		{plot(boxplot{X: "split", Prior: "glo", Where: map[string]any{"prior": "pca"}}), `prior: got "glo", but where.prior is pca; expected one of them alone`},
		{plot(boxplot{X: "split", Where: map[string]any{"problem.missing_fraction": 0.3}}),
			"where.problem.missing_fraction: got 0.3, which no point of the sweep has; expected one of 0.1, 0.4"},
		{plot(boxplot{X: "split", Where: map[string]any{"solver.steps": 3.0}}), "where.solver.steps: names solver.steps, " + notSwept},
		{show(reconstructions{Signals: 3, Rows: "mse_missin"}), `rows: got "mse_missin", which is neither a swept key nor a column; ` +
			"expected one of problem.missing_fraction, priors.glo.code_dim, run_id, cell_id, prior, operator, method, lambda, split, signal_id, level, missing_fraction, noise_l2, seed"},
		{show(reconstructions{}), "signals: shows 4, but evaluate.keep keeps 3 reconstructions per cell; expected no more than are kept"},
	}
	for _, tt := range tests {
		var got []string
		for _, e := range tt.figure.Check(sweep) {
			got = append(got, fmt.Sprintf("%s: %s", e.Key, e.Problem))
		}
		if s := strings.Join(got, "\n"); s != tt.want {
			t.Errorf("%+v: got %q, want %q", tt.figure, s, tt.want)
		}
	}
}

// Without kept reconstructions there is nothing to show.
func TestResidualsNeedExamples(t *testing.T) {
	errs := off(residuals{}).Check(Sweep{Columns: columns})
	if len(errs) != 1 || errs[0].Key != "figure" || !strings.Contains(errs[0].Problem, "evaluate.keep is 0") {
		t.Error(errs)
	}
}
