package plan_test

import (
	"testing"

	"sedlab/catalog"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
)

// A prior whose own solver fixes what a sweep changes has one cell for all of it, under
// the value that it uses; the other priors have one for each.
func TestOwnSolverOverrulesTheSweep(t *testing.T) {
	for _, key := range []string{"lambda", "lr"} { // with a column of its own, and without
		text := `{name: x, problem: {operator: denoising}, solver: {method: regularization},
			priors: {own: {kind: glo, solver: {` + key + `: 0.5}}, other: {kind: glo, code_dim: 5}},
			sweep: {solver.` + key + `: [0.1, 1, 2]}}`
		f, err := spec.Parse([]byte(text), "f.yaml", spec.Options{Catalog: catalog.Default()})
		if err != nil {
			t.Fatal(err)
		}
		p, err := plan.New(f, f.Points(), plan.Machine{}, plan.Unidentified)
		if err != nil {
			t.Fatal(err)
		}
		values := map[string][]any{}
		for _, c := range p.Cells {
			values[c.Prior.Name] = append(values[c.Prior.Name], c.Point.Values[0].Value)
		}
		if own, other := values["own"], values["other"]; len(own) != 1 || own[0] != 0.5 || len(other) != 3 || other[0] != 0.1 {
			t.Errorf("%s: the cells have %v", key, values)
		}
	}
}
