package plan_test

import (
	"strings"
	"testing"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
)

const searched = `name: x
priors:
  vad: {kind: vad, code_dim: 2, hidden: [3]}
  zero: {kind: zero}
  all: {kind: ensemble, of: [vad, zero]}
problem: {operator: inpainting}
`

// The settings of a prior's own search are in the keys of its cells, and of those of ensembles that
// it is a member of, but in none of its training.
func TestKeysOfAPriorsOwnSearch(t *testing.T) {
	p := newPlan(t, searched+"sweep: {priors.vad.search.steps: [300, 50, 20]}\n")
	if len(p.Trainings) != 2 || len(p.Cells) != 9 {
		t.Fatalf("%d trainings, %d cells", len(p.Trainings), len(p.Cells))
	}
	keys := map[string]map[cache.Key]bool{"vad": {}, "zero": {}, "all": {}}
	for _, c := range p.Cells {
		keys[c.Prior.Name][c.Key] = true
	}
	if len(keys["vad"]) != 3 || len(keys["all"]) != 3 || len(keys["zero"]) != 1 {
		t.Errorf("keys %v", keys)
	}
	usual := newPlan(t, searched)
	for i, c := range usual.Cells { // 300 is the default
		if c.Key != p.Cells[i].Key || strings.Contains(string(c.Inputs), "search") {
			t.Errorf("cell %d has inputs %s", i, c.Inputs)
		}
	}
	if usual.Trainings[0].Key != p.Trainings[0].Key {
		t.Error("the sweep changes the key of the training")
	}
	if in := string(p.Cells[3].Inputs); !strings.Contains(in, `"solver":{"keys":{"search":{"steps":50}}}`) {
		t.Errorf("inputs %s", in)
	}
	if longer := newPlan(t, strings.Replace(searched, "[3]", "[3], train: {epochs: 7}", 1)); longer.Trainings[0].Key == p.Trainings[0].Key {
		t.Error("the length of the training leaves its key")
	}
}

// Priors that share a training cost what their own searches cost.
func TestEstimateOfAPriorsOwnSearch(t *testing.T) {
	solving := func(steps string) float64 {
		e := newPlan(t, strings.Replace(searched, "[3]", "[3], search: {steps: "+steps+", samples: 2}", 1)).Estimate(size, plan.Rates{Network: 10, Exact: 1}, everything)
		return e.Solving
	}
	both := newPlan(t, strings.Replace(searched, "[3]", "[3], search: {samples: 2}", 1)+"sweep: {priors.vad.search.steps: [100, 1000]}\n").Estimate(size, plan.Rates{Network: 10, Exact: 1}, everything)
	if got, want := both.Solving, solving("100")+solving("1000"); got < 0.99*want || got > 1.01*want {
		t.Errorf("solving takes %g s, of both alone %g s", got, want)
	}
}
