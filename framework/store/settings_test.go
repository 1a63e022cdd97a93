package store_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/framework/store"
	"sedlab/internal/sealed"
	"sedlab/internal/settings"
)

func readSettings(t *testing.T, spec string) (settings.List, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, store.SpecFile), []byte(spec), 0o666); err != nil {
		t.Fatal(err)
	}
	return store.ReadSettings(dir, store.Manifest{})
}

func TestReadSettings(t *testing.T) {
	for _, c := range []struct{ name, spec, want string }{
		{"values", `{seed: 3, priors: {glo: {batch_norm: true, hidden: [8, 8], kind: glo}}, path: "", lr: 1e-5, odd: 0x10, none: }`,
			`{"lr":0.00001,"none":null,"odd":"0x10","path":"","priors.glo.batch_norm":true,"priors.glo.hidden":[8,8],"priors.glo.kind":"glo","seed":3}`},
		{"a grid", `{sweep: {problem.noise.l2: [1, 2, 1], evaluate.split: [test]}}`,
			`{"sweep.evaluate.split":["test"],"sweep.problem.noise.l2":[1,2]}`},
		{"grids", `{sweep: [{a.b: [1, 2]}, {a.b: [2, 3], c: [[1], [2]]}]}`,
			`{"sweep":[{"a.b":[1,2]},{"a.b":[2,3],"c":[[1],[2]]}],"sweep.a.b":[1,2,3],"sweep.c":[[1],[2]]}`},
		{"points and parallel lists", `{sweep: {points: [{a: 1, b: x}, {a: 2}], zip: {c: [1, 2]}, repeat: [7, 8]}}`,
			`{"sweep":{"points":[{"a":1,"b":"x"},{"a":2}],"repeat":[7,8],"zip":{"c":[1,2]}},"sweep.a":[1,2],"sweep.b":["x"],"sweep.c":[1,2],"sweep.seed":[7,8]}`},
		{"halving", `{sweep: {halving: {resource: a.b, from: 3, to: 27, factor: 3}}}`,
			`{"sweep":{"halving":{"factor":3,"from":3,"resource":"a.b","to":27}},"sweep.a.b":[3,9,27]}`},
		{"a key given twice, once in words", `{a: {b: 1}, a.b: 2}`, `{"a.b":1}`},
	} {
		s, err := readSettings(t, c.spec)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if text, err := json.Marshal(s); err != nil || string(text) != c.want {
			t.Errorf("%s: %s, %v; expected %s", c.name, text, err, c.want)
		}
	}
	for _, spec := range []string{"", "7", "[1]", "a: [", "a: &a [*a]"} {
		if s, err := readSettings(t, spec); err == nil {
			t.Errorf("spec %q: %v", spec, s)
		}
	}
}

// holds reports whether a query with the condition selects a run with the settings.
func holds(c store.Condition, s settings.List) bool {
	found, err := store.Query{Where: []store.Condition{c}}.Select([]store.Summary{{Spec: s}})
	return err == nil && len(found) == 1
}

func TestConditions(t *testing.T) {
	s, err := readSettings(t, `{name: demo, n: 50, on: true, empty: "", hidden: [8, 8], f: 0.4, sweep: {f: [0.1, 0.5]}}`)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"n=50": true, "n=5e1": true, "n=51": false, "n!=50": false, "n!=51": true, "n = 50": true,
		"n>=50": true, "n>50": false, "n<=50": true, "n<50.5": true, "n>abc": false,
		"name=demo": true, "name=dem": false, "name>=d": true, "on=true": true, "on=false": false,
		"empty=": true, "hidden=[8, 8]": true, "hidden=[8]": false,
		"f=0.1": true, "f=0.4": false, "f>0.4": true, "f>0.5": false, "f!=0.5": false, "f!=0.4": true,
		"nothing=1": false, "nothing!=1": false,
	} {
		c, err := store.ParseCondition(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := holds(c, s); got != want {
			t.Errorf("%q is %t", text, got)
		}
	}
	for _, text := range []string{"", "n", "=3", "n!3", "n=[", "n=&a [*a]"} {
		if c, err := store.ParseCondition(text); err == nil {
			t.Errorf("condition %q was read: %+v", text, c)
		}
	}
}

func FuzzSettings(f *testing.F) {
	f.Add("sweep: {a: [1, 2]}\nb: {c: x}", "a>=1")
	f.Add("sweep: [{zip: {a: [{b: 1}]}}, 3]", "b!=[1, {c: 2}]")
	f.Add("sweep: .nan\na: .inf", "a=.inf")
	f.Fuzz(func(t *testing.T, spec, condition string) {
		s, err := readSettings(t, spec)
		if err != nil {
			return
		}
		if text, err := json.Marshal(s); err != nil {
			t.Errorf("settings %s: %v", text, err)
		}
		if c, err := store.ParseCondition(condition); err == nil {
			holds(c, s)
		}
	})
}

// What was run is believed, and not what somebody wrote into spec.yaml later.
func TestReadSettingsOfAnEditedSpec(t *testing.T) {
	dir := t.TempDir()
	const ran = "name: x\nseed: 1\nreport: [{figure: training}]\n"
	plan, err := sealed.Marshal(map[string]any{"spec": map[string]any{"name": "x", "seed": 1, "report": []any{}}})
	if err != nil {
		t.Fatal(err)
	}
	file(t, string(plan), dir, store.PlanFile)
	m := store.Manifest{SpecFile: sealed.Digest([]byte(ran))}
	for text, want := range map[string]string{
		ran: "",
		"# a comment\nname: x\nseed: 1\nreport: []\n": "",
		"name: x\nseed: 2\n":                          "says 2 for seed, which was 1",
		"name: x\n":                                   "says nothing for seed, which was 1",
		"name: x\nseed: 1\nlr: 3\n":                   "says 3 for lr, which was nothing",
	} {
		file(t, text, dir, store.SpecFile)
		list, err := store.ReadSettings(dir, m)
		var edited *store.EditedError
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", text, err)
		case want != "" && (!errors.As(err, &edited) || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: got %v, expected %s", text, err, want)
		}
		if got, _ := list.Get("seed"); settings.Text(got) != "1" {
			t.Errorf("%q: seed is %v", text, got)
		}
	}
}
