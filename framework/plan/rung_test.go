package plan_test

import (
	"testing"

	"sedlab/framework/plan"
)

const search = `name: x
dataset: {split: {train: 0.5, validation: 0.2}}
priors:
  glo: {kind: glo, hidden: [8]}
  zero: {kind: zero}
problem: {operator: inpainting}
evaluate: {split: validation}
select: {prior: glo}
sweep:
  priors.glo.code_dim: [2, 3]
  repeat: 2
  halving: {resource: priors.glo.train.epochs, from: 10, to: 20, factor: 2}
`

// Trainings that differ only in their length share a state, and no others do.
func TestTrainingsOfOneSettingShareAState(t *testing.T) {
	p := newPlan(t, search)
	type one struct {
		dim  any
		seed uint64
	}
	states := map[one]string{}
	used := map[string]bool{}
	for _, c := range p.Cells {
		state := string(p.Trainings[c.Trainings[0]].Continued)
		if c.Prior.Name == "zero" {
			if state != "" {
				t.Error("a prior that is not searched keeps a state")
			}
			continue
		}
		key := one{c.Point.Values[0].Value, c.Point.Spec.Seed}
		before, known := states[key]
		switch {
		case state == "":
			t.Errorf("%v has no state", key)
		case known && state != before:
			t.Errorf("%v has two states", key)
		case !known && used[state]:
			t.Errorf("%v has the state of another setting", key)
		}
		states[key], used[state] = state, true
	}
	if len(states) != 4 {
		t.Errorf("%d settings and seeds", len(states))
	}
	for _, training := range newPlan(t, base).Trainings {
		if training.Continued != "" {
			t.Error("a training of no search keeps a state")
		}
	}
}

func TestPartsOfAPlan(t *testing.T) {
	whole := newPlan(t, base+"sweep: {problem.missing_fraction: [0.1, 0.2], seed: [1, 2]}\n")
	points := whole.File.Points()
	begin, err := plan.New(whole.File, points[:3], machine, plan.Identify{Data: identify})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cells(begin), "pca 0.1 1 0\nzero 0.1 1 1\npca 0.1 2 2\nzero 0.1 2 3\npca 0.2 1 0\nzero 0.2 1 1\n"; got != want {
		t.Errorf("of three points: got\n%swant\n%s", got, want)
	}
	rest := whole.From(len(begin.Cells))
	if got, want := cells(rest), "pca 0.2 2 0\nzero 0.2 2 1\n"; got != want || len(rest.Trainings) != 2 {
		t.Errorf("the rest: got\n%swant\n%s", got, want)
	}
	for i, c := range rest.Cells {
		if all := whole.Cells[len(begin.Cells)+i]; c.Key != all.Key || rest.Trainings[c.Trainings[0]].Key != whole.Trainings[all.Trainings[0]].Key {
			t.Errorf("cell %d of the rest is not that of the whole", i)
		}
	}
}
