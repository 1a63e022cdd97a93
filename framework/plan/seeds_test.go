package plan_test

import (
	"slices"
	"strings"
	"testing"
)

const stages = `name: x
priors: {glo: {kind: glo}, pca: {kind: pca}}
problem: {operator: inpainting}
`

// Each seed changes the keys of what reads it, and no other key.
func TestSeedsOfStages(t *testing.T) {
	const noise = "problem: {operator: denoising, noise: {l2: 1}}\n"
	denoise := strings.Replace(noise, "1", "0", 1)
	operator := "problem: {operator: inpainting}\n"
	for _, test := range []struct{ problem, seeds, changed string }{
		{operator, "{}", ""},
		{operator, "{split: 0, train: 0, problem: 0, solver: 0}", ""},
		{operator, "{split: 1}", "glo trained, glo solved, pca trained, pca solved"},
		{operator, "{train: 1}", "glo trained, glo solved"},
		{operator, "{problem: 1}", "glo solved, pca solved"},
		{operator, "{solver: 1}", "glo solved"},
		{noise, "{problem: 1}", "glo solved, pca solved"},
		{denoise, "{problem: 1}", ""},
		{"dataset: {preprocess: [{step: crop, from: 4000}], corrupt: {missing_fraction: 0.1}}\n" + operator, "{train: 1}", "glo trained, glo solved"},
	} {
		text := strings.Replace(stages, operator, test.problem, 1)
		was, is := newPlan(t, text), newPlan(t, text+"seeds: "+test.seeds+"\n")
		var changed []string
		for i, c := range is.Cells {
			old := was.Cells[i]
			if was.Trainings[old.Trainings[0]].Key != is.Trainings[c.Trainings[0]].Key {
				changed = append(changed, c.Prior.Name+" trained")
			}
			if old.Key != c.Key {
				changed = append(changed, c.Prior.Name+" solved")
			}
		}
		if got := strings.Join(changed, ", "); got != test.changed {
			t.Errorf("%s with seeds %s changes %q; expected %q", test.problem, test.seeds, got, test.changed)
		}
	}
}

// Seeds are what they are, however a spec writes them.
func TestSeedsHaveOneKey(t *testing.T) {
	keys := func(seeds string) (all []string) {
		p := newPlan(t, stages+seeds)
		for _, training := range p.Trainings {
			all = append(all, string(training.Key))
		}
		for _, c := range p.Cells {
			all = append(all, string(c.Key))
		}
		return all
	}
	want := keys("seed: 3\nseeds: {split: 4, solver: 5}")
	for _, seeds := range []string{
		"seeds: {split: 4, train: 3, problem: 3, solver: 5}", "seed: 5\nseeds: {split: 4, train: 3, problem: 3}",
	} {
		if got := keys(seeds); !slices.Equal(got, want) {
			t.Errorf("%s: got %s, want %s", seeds, got, want)
		}
	}
	if seeds := "seed: 4\nseeds: {train: 3, problem: 4, solver: 5}"; slices.Equal(keys(seeds), want) {
		t.Errorf("%s: got the keys of another problem", seeds)
	}
}

// A sweep of one seed trains and solves again only what reads it.
func TestSweepOfOneSeed(t *testing.T) {
	for _, test := range []struct{ sweep, want string }{
		{"sweep: {seeds.train: [0, 1]}", "glo 0 0\npca 0 1\nglo 1 2\npca 1 1\n"},
		{"sweep: {seeds.solver: [0, 1]}", "glo 0 0\npca 0 1\nglo 1 0\npca 1 1\n"},
		{"seeds: {split: 0}\nsweep: {repeat: [0, 1]}", "glo 1 0\npca 1 1\nglo 2 2\npca 2 1\n"},
		{"seeds: {train: 0}\nsweep: {repeat: [0, 1]}", "glo 1 0\npca 1 1\nglo 2 2\npca 2 3\n"},
		{"sweep: {repeat: [0, 1], seeds.train: [5, 6]}", "glo 1 5 0\npca 1 5 1\nglo 1 6 2\npca 1 6 1\nglo 2 5 3\npca 2 5 4\nglo 2 6 5\npca 2 6 4\n"},
	} {
		if got := cells(newPlan(t, stages+test.sweep+"\n")); got != test.want {
			t.Errorf("%s: got\n%swant\n%s", test.sweep, got, test.want)
		}
	}
}
