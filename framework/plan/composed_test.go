package plan_test

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
)

const composed = `name: x
dataset: {split: {train: 0.5, validation: 0.2, test: 0.2}}
priors:
  all: {kind: ensemble, of: [glo, pca]}
  glo: {kind: glo, code_dim: 2, hidden: [3], train: {epochs: 7}}
  pca: {kind: pca, code_dim: 5}
problem: {operator: inpainting}
solver: {steps: 11}
`

// An ensemble has no training of its own, and a cell for each of its members' values.
func TestCellsOfEnsembles(t *testing.T) {
	p := newPlan(t, composed+"sweep: {priors.pca.code_dim: [5, 6]}\n")
	var got [][]int
	keys := map[string]map[cache.Key]bool{"all": {}, "glo": {}, "pca": {}}
	for _, c := range p.Cells {
		got = append(got, c.Trainings)
		keys[c.Prior.Name][c.Key] = true
		if want := p.Trainings[c.Trainings[0]].Hash(); (c.Hash() == want) == (c.Prior.Name == "all") || len(c.Hash()) != len(want) {
			t.Errorf("the hash of %s is %s, that of its first training %s", c.Prior.Name, c.Hash(), want)
		}
	}
	if diff := cmp.Diff([][]int{{0, 1}, {0}, {1}, {0, 2}, {0}, {2}}, got); diff != "" {
		t.Errorf("the trainings of the cells: -want +got\n%s", diff)
	}
	if len(p.Trainings) != 3 || len(keys["all"]) != 2 || len(keys["glo"]) != 1 || len(keys["pca"]) != 2 {
		t.Errorf("%d trainings, keys %v", len(p.Trainings), keys)
	}
	part := p.From(3)
	if c := part.Cells[0]; len(part.Trainings) != 2 || !slices.Equal(c.Trainings, []int{0, 1}) || part.Trainings[1].Key != p.Trainings[2].Key {
		t.Errorf("from the fourth cell: %d trainings, %v of the first", len(part.Trainings), c.Trainings)
	}
	if !slices.Equal(p.Cells[3].Trainings, []int{0, 2}) {
		t.Error("a part changed the whole")
	}
}

// What changes an ensemble's result changes its key, and nothing else does.
func TestKeysOfEnsembles(t *testing.T) {
	key := func(text string) cache.Key {
		for _, c := range newPlan(t, text).Cells {
			if c.Prior.Name == "all" {
				var in map[string]any
				if err := json.Unmarshal(c.Inputs, &in); err != nil || cache.KeyOfCanonical(c.Inputs) != c.Key {
					t.Errorf("the inputs %s are not those of the key: %v", c.Inputs, err)
				}
				if again, _, err := cache.KeyOf(in); err != nil || again != c.Key {
					t.Errorf("the inputs %s are not canonical: %v", c.Inputs, err)
				}
				return c.Key
			}
		}
		t.Fatal("there is no ensemble")
		return ""
	}
	replaced := func(old, new string) string {
		if !strings.Contains(composed, old) {
			t.Fatalf("%s is not there", old)
		}
		return strings.ReplaceAll(composed, old, new)
	}
	want := key(composed)
	for what, text := range map[string]string{
		"another name of a member": strings.ReplaceAll(strings.ReplaceAll(composed, "pca]", "p]"), "pca:", "p:"),
		"another prior":            replaced("problem:", "  zero: {kind: zero}\nproblem:"),
		"a default":                replaced("pca]", "pca], weights: equal"),
	} {
		if key(text) != want {
			t.Errorf("%s changes the key", what)
		}
	}
	for what, text := range map[string]string{
		"a member's training":    replaced("epochs: 7", "epochs: 8"),
		"a member's solver":      replaced("code_dim: 5", "code_dim: 5, solver: {method: regularization}"),
		"the solver of a member": replaced("steps: 11", "steps: 12"),
		"weights":                replaced("pca]", "pca], weights: validation"),
		"another order":          replaced("glo, pca", "pca, glo"),
		"the seed of a search":   composed + "seeds: {solver: 1}\n",
		"the problem":            replaced("inpainting", "denoising"),
	} {
		if key(text) == want {
			t.Errorf("%s leaves the key", what)
		}
	}
}

// Solving with an ensemble costs what its members cost; weights by validation signals cost more.
func TestEstimateOfAnEnsemble(t *testing.T) {
	rates := plan.Rates{Network: 10, Exact: 1}
	sized := strings.Replace(composed, "dataset: {", "dataset: {size: 100, ", 1) + "evaluate: {signals: 15}\n"
	each := newPlan(t, strings.Replace(sized, "  all: {kind: ensemble, of: [glo, pca]}\n", "", 1)).Estimate(size, rates, everything)
	equal := newPlan(t, sized).Estimate(size, rates, everything)
	fitted := newPlan(t, strings.Replace(sized, "pca]", "pca], weights: validation", 1)).Estimate(size, rates, everything)
	if equal.Training != each.Training || fitted.Training != each.Training {
		t.Errorf("trainings of %g, %g and %g s", each.Training, equal.Training, fitted.Training)
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9*b }
	if !near(equal.Solving, 2*each.Solving) || !near(fitted.Solving, (2+20/15.)*each.Solving) {
		t.Errorf("solving takes %g, %g and %g s", each.Solving, equal.Solving, fitted.Solving)
	}
	p := newPlan(t, sized)
	only := p.Estimate(size, rates, func(k cache.Key) float64 {
		if k == p.Cells[1].Key || k == p.Cells[2].Key {
			return 0
		}
		return 1
	})
	if only.Training != each.Training {
		t.Errorf("an ensemble alone has trainings of %g s, want those of its members, %g", only.Training, each.Training)
	}
}

// A plan's file names the priors of all cells, so that rows of another kernel find their partners.
func TestIDsOfEnsembles(t *testing.T) {
	p := newPlan(t, composed)
	names := map[string]bool{}
	text, err := p.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var read struct{ Cells []struct{ Training string } }
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	for i, c := range read.Cells {
		names[c.Training] = c.Training == p.Cells[i].Hash()
	}
	if len(names) != 3 || !names[p.Cells[0].Hash()] {
		t.Errorf("the cells have priors %v", names)
	}
}
