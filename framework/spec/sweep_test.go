package spec_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sedlab/framework/spec"
	"sedlab/internal/record"
)

// swept parses the good spec with another sweep.
func swept(t *testing.T, sweep string, sets ...string) *spec.File {
	t.Helper()
	return parse(t, good[:strings.Index(good, "sweep:")]+"sweep: "+sweep, sets...)
}

// again parses the resolved text of a file.
func again(t *testing.T, f *spec.File) *spec.File {
	t.Helper()
	text, err := f.YAML()
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(text))
}

func TestKindsOfSweep(t *testing.T) {
	tests := []struct{ name, sweep, want string }{
		{"zip walks lists in step", "{zip: {seed: [1, 2, 3], solver.lr: {from: 0.1, to: 0.3, step: 0.1}}}", "1 0.1 \n2 0.2 \n3 0.3 \n"},
		{"zip is one axis of the grid", "{evaluate.split: [test, train], zip: {seed: [1, 2], solver.steps: [5, 6]}}",
			"test 1 5 \ntest 2 6 \ntrain 1 5 \ntrain 2 6 \n"},
		{"points leave the rest as it is", "{points: [{seed: 1}, {solver.steps: 7, seed: 2}, {solver.steps: 8}]}", "1 1000 \n2 7 \n0 8 \n"},
		{"points with one noise each", "{points: [{problem.noise.l2: 1}, {problem.noise.sigma: 2}]}", "1 <nil> \n<nil> 2 \n"},
		{"repeat has the seed itself first", "{repeat: 1, solver.steps: [5, 6]}", "1 5 \n1 6 \n"},
		{"all together", "{zip: {seed: [1, 2]}, points: [{solver.steps: 5}, {solver.steps: 6}], solver.restarts: [1, 2]}",
			"1 5 1 \n1 5 2 \n1 6 1 \n1 6 2 \n2 5 1 \n2 5 2 \n2 6 1 \n2 6 2 \n"},
		{"a stage has its own seed or the spec's", "[{seeds.train: [7, 8]}, {seed: [1, 2]}]", "7 0 \n8 0 \n1 1 \n2 2 \n"},
		{"a block without repeat is the first repetition", "[{repeat: 1}, {solver.steps: [5, 1000]}]", "1 1000 \n1 5 \n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := swept(t, test.sweep)
			if got := points(f); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
			if r := again(t, f); points(r) != test.want || r.Hash() != f.Hash() {
				t.Errorf("the resolved spec gives\n%s", points(r))
			}
		})
	}
}

func TestRanges(t *testing.T) {
	tests := []struct{ key, values, want string }{
		{"problem.missing_fraction", "{from: 0.1, to: 0.9, step: 0.1}", "[0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9]"},
		{"problem.missing_fraction", "{from: 0.9, to: 0.5, step: -0.1}", "[0.9,0.8,0.7,0.6,0.5]"},
		{"problem.missing_fraction", "{from: 0, to: 0.95, step: 0.3}", "[0,0.3,0.6,0.9]"},
		{"problem.missing_fraction", "{from: 0.5, to: 0.5, step: 0.1}", "[0.5]"},
		{"solver.lr", "{from: 0.1, to: 1.1, count: 11}", "[0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,1,1.1]"},
		{"solver.lr", "{from: 1e-4, to: 10, count: 6, scale: log}", "[0.0001,0.001,0.01,0.1,1,10]"},
		{"solver.lr", "{from: 1, to: 1e-3, count: 4, scale: log}", "[1,0.1,0.01,0.001]"},
		{"solver.lr", "{from: 1e300, to: 1e-300, count: 3, scale: log}", "[1e+300,1,1e-300]"},
		{"solver.steps", "{from: 10, to: 1000, count: 5, scale: log}", "[10,32,100,316,1000]"},
		{"solver.steps", "{from: 1, to: 2, count: 3}", "[1,2]"},
		{"seed", "{from: 0, to: 10, step: 5}", "[0,5,10]"},
		{"seed", "{from: 1000000, to: 3000000, count: 3}", "[1000000,2000000,3000000]"},
	}
	for _, test := range tests {
		f := swept(t, "{"+test.key+": "+test.values+"}")
		got := "none"
		for _, s := range f.Settings() {
			if s.Key == test.key {
				got = s.Sweep[0].Values
			}
		}
		if got != test.want {
			t.Errorf("%s: %s is %s, want %s", test.key, test.values, got, test.want)
		}
		if list := swept(t, "{"+test.key+": "+test.want+"}"); points(list) != points(f) {
			t.Errorf("%s: %s has not the points of the list", test.key, test.values)
		}
	}
}

func TestRepeat(t *testing.T) {
	seeds := func(f *spec.File) (list []uint64) {
		for _, p := range f.Points() {
			list = append(list, p.Spec.Seed)
		}
		return list
	}
	three, five := swept(t, "{repeat: 3}", "seed=7"), swept(t, "{repeat: 5}", "seed=7")
	if s := seeds(three); len(s) != 3 || s[0] != 7 || !slices.Equal(seeds(five)[:3], s) {
		t.Errorf("seeds %v begin %v", s, seeds(five))
	}
	if slices.Equal(seeds(swept(t, "{repeat: 3}", "seed=8"))[1:], seeds(three)[1:]) {
		t.Error("another seed gives the same repetitions")
	}
	if v := three.Points()[2].Values; len(v) != 1 || v[0] != (spec.Value{Key: "repeat", Value: 3.0}) || record.ColumnOf("repeat") != "sweep.repeat" {
		t.Errorf("third repetition has the values %v", v)
	}
	written := swept(t, fmt.Sprintf("{repeat: [7, %d, %d]}\nseed: 7", seeds(three)[1], seeds(three)[2]))
	if written.Hash() != three.Hash() {
		t.Error("written out, repetitions have another hash")
	}
}

const search = "{random: {count: %d, space: {%s}}}"

func TestRandomSearch(t *testing.T) {
	lr, steps := "solver.lr: {log_uniform: [1e-3, 1]}", "solver.steps: {integer: [1, 3]}"
	rest := "problem.missing_fraction: {uniform: [0.2, 0.4]}, evaluate.split: {choice: [test, train]}"
	f := swept(t, fmt.Sprintf(search, 50, lr+", "+steps+", "+rest))
	if len(f.Points()) != 50 {
		t.Fatalf("%d points", len(f.Points()))
	}
	found := map[any]int{}
	for _, p := range f.Points() {
		s := p.Spec
		lr, missing := s.Value("solver.lr", s.Priors[0]).(float64), s.Value("problem.missing_fraction", nil).(float64)
		found[s.Value("solver.steps", s.Priors[0])]++
		found[s.Evaluate.Split]++
		if lr < 0.0316 {
			found["small"]++
		}
		if !(lr >= 1e-3 && lr <= 1) || !(missing >= 0.2 && missing <= 0.4) {
			t.Errorf("a point outside: %+v", p.Values)
		}
	}
	for _, v := range []any{1.0, 2.0, 3.0, "test", "train", "small"} {
		if found[v] < 5 || found[v] > 40 {
			t.Errorf("%v occurs %d times of 50", v, found[v])
		}
	}
	if r := again(t, f); points(r) != points(f) || r.Hash() != f.Hash() {
		t.Error("the resolved spec has other points")
	}
	more := swept(t, fmt.Sprintf(search, 80, lr+", "+steps+", "+rest))
	if !strings.HasPrefix(points(more), points(f)) {
		t.Error("a larger count does not begin with the points of a smaller one")
	}
	reordered := swept(t, fmt.Sprintf(search, 50, rest+", "+steps+", "+lr))
	if reordered.Hash() != f.Hash() {
		t.Error("the order of keys changes the points")
	}
	if points(swept(t, fmt.Sprintf(search, 50, lr+", "+steps+", "+rest), "seed=1")) == points(f) {
		t.Error("another seed gives the same points")
	}
}

func TestHashOfReorderedSweeps(t *testing.T) {
	for _, pair := range [][2]string{
		{"{zip: {seed: [1, 2], solver.lr: [3, 4]}, solver.steps: [5, 6]}", "{solver.steps: [5, 6], zip: {solver.lr: [3, 4], seed: [1, 2]}}"},
		{"{points: [{seed: 1, solver.lr: 3}]}", "{points: [{solver.lr: 3.0, seed: 1}]}"},
		{"{solver.lr: {from: 1, to: 3, step: 1}}", "{solver.lr: [1, 2, 3]}"},
		{"{halving: {from: 1, to: 4, factor: 2, resource: priors.glo.train.epochs}, priors.glo.code_dim: [2, 3]}" + chosen,
			"{priors.glo.code_dim: [2, 3], halving: {resource: priors.glo.train.epochs, from: 1, to: 4, factor: 2}}" + chosen},
	} {
		one, other := swept(t, pair[0]), swept(t, pair[1])
		if one.Hash() != other.Hash() || len(one.Points()) != len(other.Points()) {
			t.Errorf("%s and %s have not the same hash", pair[0], pair[1])
		}
	}
}

func TestMaxCells(t *testing.T) {
	for _, test := range []struct {
		most  int
		sweep string
		want  string
	}{
		{3, "{seed: [1, 2]}", "makes 4 cells (2 points × 2 priors); expected at most 3"},
		{4, "{seed: [1, 2]}", ""},
		{0, "{seed: {from: 0, to: 9e15, step: 1}, solver.lr: {from: 1e-300, to: 1e300, step: 1e-300}}", "makes +Inf cells"},
		{1_000_000, "{seed: {from: 1, to: 400000, step: 1}}", "makes 400000 points of a spec of "},
		{0, "[{repeat: 60000}, {solver.steps: [1]}]", "makes 120002 cells"},
	} {
		opt := options()
		opt.MaxCells = test.most
		_, err := spec.Parse([]byte(good[:strings.Index(good, "sweep:")]+"sweep: "+test.sweep), "f.yaml", opt)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.sweep, err, test.want)
		}
	}
}

// A resolved spec leaves out the defaults that swept kinds do not share, so each kind keeps its
// own.
func TestResolvedSpecKeepsTheDefaultsOfSweptKinds(t *testing.T) {
	f := swept(t, "{solver.method: [projection, gauss_newton]}", "solver.lr=0.02")
	text, err := f.YAML()
	if err != nil || strings.Contains(string(text), "  tol:") || !strings.Contains(string(text), "  lr: 0.02") {
		t.Fatalf("%v, resolved:\n%s", err, text)
	}
	resolved := again(t, f)
	for i, p := range f.Points() {
		want, got := fmt.Sprintf("%+v", p.Spec.Solver.Config), fmt.Sprintf("%+v", resolved.Points()[i].Spec.Solver.Config)
		if got != want || resolved.Hash() != f.Hash() {
			t.Errorf("point %d: the resolved spec has the solver %s, expected %s", i, got, want)
		}
	}
}
