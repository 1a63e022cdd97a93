package spec_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/datasets"
	"sedlab/framework/spec"
)

// write writes files to a new folder and returns it.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestExtends(t *testing.T) {
	files := map[string]string{
		"good.yaml":        good,
		"bases/noise.yaml": "problem: {noise: {sigma: 0.5}}\nsolver: {steps: 7, lr: 0.5}\n",
		"bases/two.yaml":   "extends: [../good.yaml, noise.yaml]\nname: two\n",
	}
	tests := []struct {
		name, text string
		same       string // a spec without extends
	}{
		{"later wins, deep", "extends: good.yaml\nname: x\npriors: {glo: {train: {epochs: 3}}}\nsolver: {steps: 9}\n",
			strings.Replace(strings.Replace(good, "name: good", "name: x", 1), "code_dim: 20", "code_dim: 20, train: {epochs: 3}", 1) + "solver: {steps: 9}\n"},
		{"the name is inherited", "extends: good.yaml\nseed: 3\n", good + "seed: 3\n"},
		{"a list, each over the one before", "extends: bases/two.yaml\nsolver: {lr: 0.1}\n",
			strings.Replace(strings.Replace(good, "name: good", "name: two", 1), "0.4}", "0.4, noise: {sigma: 0.5}}", 1) + "solver: {steps: 7, lr: 0.1}\n"},
		{"lists and sweeps' values are replaced", "extends: good.yaml\npriors: {glo: {hidden: [4]}}\nsweep: {evaluate.split: [train]}\n",
			strings.Replace(strings.Replace(good, "code_dim: 20", "code_dim: 20, hidden: [4]", 1), "[test, train]", "[train]", 1)},
		{"a kind of noise takes the place of another", "extends: bases/two.yaml\nproblem: {noise: {l2: 1}}\n",
			strings.Replace(strings.Replace(good, "name: good", "name: two", 1), "0.4}", "0.4, noise: {l2: 1}}", 1) + "solver: {steps: 7, lr: 0.5}\n"},
		{"a prior of another kind takes nothing over", "extends: good.yaml\npriors: {glo: {kind: pca}}\n",
			strings.Replace(good, "{kind: glo, code_dim: 20}", "{kind: pca}", 1)},
		{"what is unset is not inherited", "extends: good.yaml\nunset: [sweep.evaluate.split, priors.zero]\nevaluate: {split: train}\n",
			strings.Replace(strings.Replace(good, "  evaluate.split: [test, train]\n", "", 1), "  zero: {kind: zero}\n", "", 1) + "evaluate: {split: train}\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := write(t, files)
			path := filepath.Join(dir, "mine.yaml")
			if err := os.WriteFile(path, []byte(test.text), 0o644); err != nil {
				t.Fatal(err)
			}
			f, err := spec.Load(path, options())
			if err != nil {
				t.Fatal(err)
			}
			same := parse(t, test.same)
			if f.Hash() != same.Hash() || points(f) != points(same) {
				got, _ := f.YAML()
				want, _ := same.YAML()
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if text, err := f.YAML(); err != nil || strings.Contains(string(text), "extends") {
				t.Errorf("%v: the resolved spec extends something:\n%s", err, text)
			}
		})
	}
}

func TestShadowedValues(t *testing.T) {
	dir := write(t, map[string]string{
		"good.yaml": good, "part.yaml": "evaluate: {split: train}\n", "both.yaml": "extends: [good.yaml, part.yaml]\n",
		"unset.yaml": "extends: both.yaml\nunset: sweep\n",
	})
	for name, want := range map[string]bool{"both.yaml": false, "unset.yaml": true} {
		_, err := spec.Load(filepath.Join(dir, name), options())
		if (err == nil) != want || err != nil && !strings.Contains(err.Error(), "part.yaml:1:19: evaluate.split: is swept at ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	opt := options()
	opt.Edits = []spec.Edit{{Origin: "--unset", Unset: true, Text: "sweep.evaluate.split"}}
	if _, err := spec.Load(filepath.Join(dir, "both.yaml"), opt); err != nil {
		t.Errorf("with --unset: %v", err)
	}
}

func TestExtendsShipped(t *testing.T) {
	f, err := spec.Parse([]byte("extends: quickstart\nname: mine\nunset: [sweep, report]\n"), "mine.yaml", shipped())
	if err != nil {
		t.Fatal(err)
	}
	if f.Base.Name != "mine" || len(f.Base.Priors) != 5 || len(f.Points()) != 1 {
		t.Errorf("got %+v", f.Base)
	}
}

func TestExtendsTooMuch(t *testing.T) {
	files := map[string]string{"0.yaml": good}
	for i := range 20 {
		files[fmt.Sprintf("%d.yaml", i+1)] = fmt.Sprintf("extends: [%d.yaml, %d.yaml]\n", i, i)
	}
	_, err := spec.Load(filepath.Join(write(t, files), "20.yaml"), options())
	if err == nil || !strings.Contains(err.Error(), "expected fewer") {
		t.Errorf("got %v", err)
	}
}

func TestComposedErrorsAsJSON(t *testing.T) {
	dir := write(t, map[string]string{"base.yaml": good + "seed: -1\n", "mine.yaml": "name: x\nextends: base.yaml\n"})
	opt := options("solver.lr=0")
	_, err := spec.Load(filepath.Join(dir, "mine.yaml"), opt)
	text, jsonErr := json.Marshal(err)
	if jsonErr != nil {
		t.Fatal(jsonErr)
	}
	got := strings.ReplaceAll(string(text), dir+string(filepath.Separator), "")
	want := `[{"file":"base.yaml","line":12,"column":7,"key":"seed","message":"got -1; expected a whole number in [0, 9007199254740992]","origin":"extended from mine.yaml:2:10"},` +
		`{"key":"solver.lr","message":"got 0; expected a number \u003e 0","origin":"--set solver.lr=0"}]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEdits(t *testing.T) {
	set := func(text string) spec.Edit { return spec.Edit{Origin: "--set", Text: text} }
	unset := func(key string) spec.Edit { return spec.Edit{Origin: "--unset", Unset: true, Text: key} }
	base := good[:strings.Index(good, "sweep:")]
	const two = "sweep=[{seed: 1, solver.lr: [1, 2]}, {seed: [2, 3]}]"
	tests := []struct {
		edits []spec.Edit
		same  string // a spec without edits, or an error
	}{
		{[]spec.Edit{set("sweep.problem.missing_fraction+=[0.9]")}, strings.Replace(good, "0.2]", "0.2, 0.9]", 1)},
		{[]spec.Edit{set("priors.glo.hidden+=[4]")}, strings.Replace(good, "code_dim: 20", "code_dim: 20, hidden: [512, 512, 4]", 1)},
		{[]spec.Edit{set("priors.glo.hidden=[8]"), set("priors.glo.hidden+=[4]")}, strings.Replace(good, "code_dim: 20", "code_dim: 20, hidden: [8, 4]", 1)},
		{[]spec.Edit{set("report+=[{figure: training}]")}, good + "report: [{figure: training}]"},
		{[]spec.Edit{unset("priors.glo.code_dim")}, strings.Replace(good, ", code_dim: 20", "", 1)},
		{[]spec.Edit{unset("priors.zero"), unset("solver")}, strings.Replace(good, "  zero: {kind: zero}\n", "", 1)},
		{[]spec.Edit{unset("sweep.evaluate.split"), set("evaluate.split=train")},
			strings.Replace(good, "  evaluate.split: [test, train]\n", "", 1) + "evaluate: {split: train}"},
		{[]spec.Edit{set("seed=3"), unset("seed")}, good},
		{[]spec.Edit{unset("seed"), set("seed=3")}, good + "seed: 3"},
		{[]spec.Edit{unset("sweep"), set("sweep.repeat=3")}, base + "sweep: {repeat: 3}"},
		{[]spec.Edit{unset("sweep"), set("sweep.zip.seed=[1, 2]"), set("sweep.zip.solver.lr=[3, 4]")}, base + "sweep: {zip: {seed: [1, 2], solver.lr: [3, 4]}}"},
		{[]spec.Edit{set("sweep={random: {count: 3, space: {seed: {integer: [1, 9]}}}}"), set("sweep.random.count=2")},
			base + "sweep: {random: {count: 2, space: {seed: {integer: [1, 9]}}}}"},
		{[]spec.Edit{set(two), set("sweep[1].seed+=[4]")}, base + "sweep: [{seed: 1, solver.lr: [1, 2]}, {seed: [2, 3, 4]}]"},
		{[]spec.Edit{set(two), set("sweep[0].seed=[8, 9]")}, base + "sweep: [{seed: [8, 9], solver.lr: [1, 2]}, {seed: [2, 3]}]"},
		{[]spec.Edit{set(two), set("sweep[1].solver.steps=[8, 9]")}, base + "sweep: [{seed: 1, solver.lr: [1, 2]}, {seed: [2, 3], solver.steps: [8, 9]}]"},
		{[]spec.Edit{set(two), set("sweep[0]={repeat: 2}")}, base + "sweep: [{repeat: 2}, {seed: [2, 3]}]"},
		{[]spec.Edit{set(two), unset("sweep[0].seed")}, base + "sweep: [{solver.lr: [1, 2]}, {seed: [2, 3]}]"},
		{[]spec.Edit{set(two), unset("sweep[0]")}, base + "sweep: [{seed: [2, 3]}]"},
		{[]spec.Edit{set(two), unset("sweep[0]"), unset("sweep[0]")}, base},
		{[]spec.Edit{set("sweep=[]"), set("sweep.seed=[1, 2]")}, base + "sweep: {seed: [1, 2]}"},
		{[]spec.Edit{set("sweep[0].problem.missing_fraction+=[0.9]")}, strings.Replace(good, "0.2]", "0.2, 0.9]", 1)},
		{[]spec.Edit{set(two), set("sweep.seed+=[4]")}, "sweep[0].seed: got 1 at --set " + two + "; expected a list to add to, which only some blocks have; name one of these, such as sweep[1].seed"},
		{[]spec.Edit{set(two), set("sweep[2].seed+=[4]")}, "sweep[2].seed: names a block that the sweep does not have; expected one of 2, sweep[0] to sweep[1]"},
		{[]spec.Edit{set(two), set("sweep[2].seed=[4]")}, "names a block that the sweep does not have"},
		{[]spec.Edit{unset("sweep[1]")}, "names a block that the sweep does not have; expected one of 1, sweep[0] to sweep[0]"},
		{[]spec.Edit{unset("sweep"), unset("sweep[0]")}, "names a block that the sweep does not have; expected a spec with a sweep"},
		{[]spec.Edit{set("sweep.problem.missing_fraction={from: 0.1, to: 0.2, step: 0.1}"), set("sweep.problem.missing_fraction+=[0.9]")},
			"is a range at --set sweep.problem.missing_fraction={from: 0.1, to: 0.2, step: 0.1}, which has no list to add to; set sweep.problem.missing_fraction=[…], with every value, instead"},
		{[]spec.Edit{set("priors.glo.code_dim+=[4]")}, "--set priors.glo.code_dim+=[4]: priors.glo.code_dim: got 20 at f.yaml:6:30; expected a list to add to"},
		{[]spec.Edit{set("priors.glo.hidden+=4")}, "expected a list to add, such as [1, 2]"},
		{[]spec.Edit{set("sweep.seed+=[4]")}, "is not swept by this spec"},
		{[]spec.Edit{set("priors.glo.hiden+=[4]")}, `did you mean "priors.glo.hidden"?`},
		{[]spec.Edit{unset("priors.glow")}, `--unset priors.glow: priors.glow: unknown key; did you mean "priors.glo"?`},
		{[]spec.Edit{unset("sweep.seed")}, "--unset sweep.seed: sweep.seed: is not swept by this spec"},
		{[]spec.Edit{unset("name")}, "f.yaml:4:1: name: missing"},
		{[]spec.Edit{set("extends=quickstart")}, "--set extends=quickstart: extends: can be written only in a file"},
		{[]spec.Edit{set("sweep={points: [{problem.noise.l2: 1}]}"), set("problem.noise.l2=2")}, "is swept by this spec; set sweep.points"},
		{[]spec.Edit{set("sweep={points: [{problem.noise.l2: 1}]}"), set("problem.noise.sigma=2")},
			"problem.noise.sigma: cannot stand beside problem.noise.l2, which this spec sweeps; unset that first"},
	}
	for _, test := range tests {
		opt := options()
		opt.Edits = test.edits
		f, err := spec.Parse([]byte(good), "f.yaml", opt)
		if !strings.HasPrefix(test.same, "#") {
			if err == nil || !strings.Contains(err.Error(), test.same) {
				t.Errorf("%v: got %v, want %s", test.edits, err, test.same)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v: %v", test.edits, err)
		} else if same := parse(t, test.same); f.Hash() != same.Hash() || points(f) != points(same) {
			text, _ := f.YAML()
			t.Errorf("%v: got\n%s\nwant\n%s", test.edits, text, test.same)
		}
	}
}

func TestHashIsOfDataNotOfPaths(t *testing.T) {
	npz := strings.Replace(good, "name: good", "name: good\ndataset: {source: npz, path: a.npz}", 1)
	if parse(t, npz).Hash() != parse(t, strings.Replace(npz, "a.npz", "elsewhere/b.npz", 1)).Hash() {
		t.Error("the path is part of the hash")
	}
}

// A relative path starts from the folder of the file that has it, in an edit from the
// current one.
func TestRelativePaths(t *testing.T) {
	const rest = "\npriors: {z: {kind: zero}}\nproblem: {operator: denoising}\n"
	dir := write(t, map[string]string{
		"deep/a.yaml":     "name: a\ndataset: {source: npz, path: ../b.npz}" + rest,
		"over.yaml":       "extends: deep/a.yaml\nname: over\n",
		"deep/swept.yaml": "extends: a.yaml\nsweep: {dataset.path: [x.npz, /y.npz]}\n",
	})
	over, swept := filepath.Join(dir, "over.yaml"), filepath.Join(dir, "deep/swept.yaml")
	here, err := filepath.Abs("here.npz")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		spec, set string
		want      []string
	}{
		{over, "", []string{filepath.Join(dir, "b.npz")}},
		{over, "dataset.path=here.npz", []string{here}},
		{swept, "", []string{filepath.Join(dir, "deep/x.npz"), "/y.npz"}},
		{swept, "sweep.dataset.path=[here.npz]", []string{here}},
	} {
		var sets []string
		if tt.set != "" {
			sets = []string{tt.set}
		}
		opt := options(sets...)
		opt.AbsolutePaths = true
		f, err := spec.Load(tt.spec, opt)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range f.Points() {
			got = append(got, p.Spec.Dataset.Source.Config.(*datasets.NPZConfig).Path)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s, %q: got %q, want %q", tt.spec, tt.set, got, tt.want)
		}
	}
}

func TestPathsThatNoSpecCanHold(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bad\xff")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skip(err) // a file system whose names are UTF-8
	}
	path := filepath.Join(dir, "a.yaml")
	text := "name: a\ndataset: {source: npz, path: b.npz}\npriors: {z: {kind: zero}}\nproblem: {operator: denoising}\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	opt := options()
	opt.AbsolutePaths = true
	if _, err := spec.Load(path, opt); err == nil || !strings.Contains(err.Error(), "dataset.path: the path") || !strings.Contains(err.Error(), "is not UTF-8") {
		t.Errorf("got %v", err)
	}
}
