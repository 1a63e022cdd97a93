package spec_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/framework/spec"
	"sedlab/internal/yamlpos"
)

// cuts returns every way to write a dotted path as nested keys, as lists of keys:
// a.b.c; a, b.c; a.b, c; a, b, c.
func cuts(words []string) (ways [][]string) {
	if len(words) == 0 {
		return [][]string{nil}
	}
	for n := 1; n <= len(words); n++ {
		for _, rest := range cuts(words[n:]) {
			ways = append(ways, append([]string{strings.Join(words[:n], ".")}, rest...))
		}
	}
	return ways
}

// TestEveryKeyIsUsedOrRefused writes each key, with a value that no key takes, in every
// way that dots and sections allow, over a sound spec. An ignored key would give no
// error at its line.
func TestEveryKeyIsUsedOrRefused(t *testing.T) {
	const never = "{neither: [a, {value: of}], any: key}"
	dir := write(t, map[string]string{"good.yaml": good})
	paths := []string{"report", "sweep.seed", "sweep.zip.seed", "sweep.random.count", "sweep.random.space.seed", "select.metric"}
	for _, s := range parse(t, good+"select: {prior: glo}\nevaluate: {split: validation}\ndataset: {split: {validation: 0.1, train: 0.8}}\n",
		"sweep={solver.lr: [1, 2]}").Settings() {
		paths = append(paths, s.Key)
	}
	if len(paths) < 40 {
		t.Fatalf("only %d keys: %s", len(paths), paths)
	}
	for _, path := range paths {
		for _, way := range cuts(strings.Split(path, ".")) {
			line := strings.Join(way, ": {") + ": " + never + strings.Repeat("}", len(way)-1)
			_, err := spec.Parse([]byte("extends: good.yaml\n"+line+"\n"), filepath.Join(dir, "x.yaml"), options())
			if !errorAt(err, "x.yaml", 2) {
				t.Errorf("%s: got %v, want an error at its line", line, err)
			}
		}
	}
}

// errorAt reports whether one of the errors is in a line of a file.
func errorAt(err error, file string, line int) bool {
	errs, ok := err.(*yamlpos.Errors)
	if !ok {
		return false
	}
	for _, e := range errs.All() {
		if filepath.Base(e.Pos.Origin) == file && e.Pos.Line == line {
			return true
		}
	}
	return false
}

func TestSweepSettings(t *testing.T) {
	f := swept(t, "[{seed: [1, 2], zip: {solver.lr: [0.1, 1], solver.steps: {from: 1, to: 2, step: 1}}}, "+
		"{repeat: 2, random: {count: 3, space: {evaluate.split: {choice: [test, train]}}}}]")
	var got []string
	for _, s := range f.SweepSettings() {
		got = append(got, fmt.Sprintf("%s: %s", s.Key, s.Value))
		if s.From.Line != 9 || s.Field.Doc == "" {
			t.Errorf("%s is from %s and means %q", s.Key, s.From, s.Field.Doc)
		}
	}
	want := `sweep[0].seed: [1,2]
sweep[0].zip.solver.lr: [0.1,1]
sweep[0].zip.solver.steps: {"from":1,"to":2,"step":1}
sweep[1].repeat: 2
sweep[1].random.count: 3
sweep[1].random.space.evaluate.split: {"choice":["test","train"]}`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if len(swept(t, "{}").SweepSettings()) != 0 || swept(t, "{seed: [1, 2]}").SweepSettings()[0].Key != "sweep.seed" {
		t.Error("a sweep of one block has a number")
	}
}

func TestSettingAt(t *testing.T) {
	for _, test := range []struct {
		key, at string
		want    bool
	}{
		{"solver.lr", "solver.lr", true},
		{"solver.lr", "solver", true},
		{"solver.lr", "sol", false},
		{"report[1].x", "report", true},
		{"report[1].x", "report[1]", true},
		{"sweep[1].seed", "sweep", true},
		{"sweep[1].seed", "sweep[1]", true},
		{"sweep[1].seed", "sweep[0]", false},
		{"sweep[1].seed", "sweep.seed", true},
		{"sweep[1].zip.solver.lr", "sweep.zip", true},
		{"sweep[1].zip.solver.lr", "sweep[0].zip.solver.lr", false},
		{"sweep[1].zip.solver.lr", "sweep.zip.solver", true},
		{"sweep.seed", "sweep[0].seed", true},
		{"sweep.seed", "sweep[0]", true},
		{"sweep.seed", "sweep[1]", false},
		{"sweep.seed", "seed", false},
		{"solver.lr", "sweep[0]", false},
	} {
		if got := (spec.Setting{Key: test.key}).At(test.at); got != test.want {
			t.Errorf("%s at %s: %t", test.key, test.at, got)
		}
	}
}
