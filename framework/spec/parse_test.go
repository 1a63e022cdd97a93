package spec_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/framework/spec"
)

const good = `# Question: does it parse?
#   On every line?   Run: sedlab run good
# Takes: no time    Expect: yes
name: good
priors:
  glo: {kind: glo, code_dim: 20}
  zero: {kind: zero}
problem: {operator: inpainting, missing_fraction: 0.4}
sweep:
  problem.missing_fraction: [0.1, 0.2]
  evaluate.split: [test, train]
`

func parse(t *testing.T, text string, sets ...string) *spec.File {
	t.Helper()
	f, err := spec.Parse([]byte(text), "f.yaml", options(sets...))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return f
}

// points writes a file's points as "value value …", one a line.
func points(f *spec.File) string {
	var b strings.Builder
	for _, p := range f.Points() {
		for _, v := range p.Values {
			fmt.Fprintf(&b, "%v ", v.Value)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestDefaultsAndHeader(t *testing.T) {
	f := parse(t, good)
	want := spec.Header{
		Comment:  "# Question: does it parse?\n#   On every line?   Run: sedlab run good\n# Takes: no time    Expect: yes\n",
		Question: "does it parse? On every line?", Run: "sedlab run good", Takes: "no time", Expect: "yes",
	}
	if diff := cmp.Diff(want, f.Header); diff != "" {
		t.Errorf("header: -want +got\n%s", diff)
	}
	got, err := json.Marshal(f.Base)
	if err != nil {
		t.Fatal(err)
	}
	const resolved = `{"name":"good","seed":0,` +
		`"dataset":{"source":"synthetic","size":4000,"normalize":"rms","split":{"train":0.9,"validation":0,"test":0.1,"column":""},` +
		`"corrupt":{"missing_fraction":0,"noise":{"l2":0},"fill":"mean","share":1}},` +
		`"priors":{"glo":{"kind":"glo","code_dim":20,"hidden":[512,512],"activation":{"leaky_relu":0.2},"batch_norm":true,"sphere":true,` +
		`"train":{"epochs":10000,"batch_size":64,"lr_generator":0.1,"lr_codes":0.01,"weight_decay":0.00001,"schedule":"constant"}},` +
		`"zero":{"kind":"zero"}},` +
		`"problem":{"operator":"inpainting","missing_fraction":0.4,"noise":{"l2":0},"precision":"equal"},` +
		`"solver":{"method":"projection","steps":1000,"lr":0.01,"restarts":1,"schedule":"constant","tol":0,"init":"random"},` +
		`"evaluate":{"split":"test","signals":100,"scale":"all","calibrate":0,"oracle":false,"keep":4}}`
	if string(got) != resolved {
		t.Errorf("got  %s\nwant %s", got, resolved)
	}
}

func TestPoints(t *testing.T) {
	base := good[:strings.Index(good, "sweep:")]
	tests := []struct{ name, sweep, want string }{
		{"none", "", "\n"},
		{"empty", "sweep: {}", "\n"},
		{"first axis slowest", "sweep:\n  seed: [2, 1]\n  evaluate.split: [test, train]",
			"2 test \n2 train \n1 test \n1 train \n"},
		{"union fills in the base", "sweep:\n  - {seed: [1, 2]}\n  - {problem.missing_fraction: [0.5]}",
			"1 0.4 \n2 0.4 \n0 0.5 \n"},
		{"a point occurs once", "sweep:\n  - {seed: [1, 2, 1]}\n  - {seed: 2, problem.missing_fraction: [0.4, 0.40]}\n  - {}",
			"1 0.4 \n2 0.4 \n0 0.4 \n"},
		{"lists and settings of priors", "sweep: {priors.glo.hidden: [[8], [16, 8]], priors.glo.train.epochs: 5}",
			"[8] 5 \n[16,8] 5 \n"},
		{"one noise takes the place of another", "sweep:\n  - {problem.noise.sigma: [0.1]}\n  - {problem.noise.l2: [3]}",
			"0.1 <nil> \n<nil> 3 \n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := parse(t, base+test.sweep)
			if got := points(f); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestPointsAreResolved(t *testing.T) {
	f := parse(t, good, "problem.noise.relative_l2=0.1")
	p := f.Points()[1]
	if s := p.Spec; s.Value("problem.missing_fraction", nil) != 0.1 || s.Evaluate.Split != "train" || len(s.Priors) != 2 {
		t.Errorf("second point is %+v", s)
	}
	if n := p.Spec.Problem.Noise; n.RelativeL2 == nil || *n.RelativeL2 != 0.1 {
		t.Errorf("noise is %+v", n)
	}
	if f.Base.Value("problem.missing_fraction", nil) != 0.4 {
		t.Errorf("the sweep changed its base: %+v", f.Base.Problem)
	}
}

func TestHash(t *testing.T) {
	f := parse(t, good)
	same := []string{
		"name: good\nproblem: {missing_fraction: 0.4, operator: inpainting}\npriors:\n  zero: {kind: zero}\n" +
			"  glo: {code_dim: 20, kind: glo}\nsweep:\n  evaluate.split: [test, train]\n  problem.missing_fraction: [0.1, 0.2]\n",
		good + "seed: 0 # the default\nsolver: {lr: 1e-2}\n",
		strings.Replace(good, "[0.1, 0.2]", "[1e-1, 0.20]", 1),
		strings.Replace(good, "code_dim: 20", "code_dim: 2e1", 1),
	}
	for _, text := range same {
		if parse(t, text).Hash() != f.Hash() {
			t.Errorf("another hash for\n%s", text)
		}
	}
	different := []string{
		strings.Replace(good, "[0.1, 0.2]", "[0.1, 0.3]", 1),
		strings.Replace(good, "name: good", "name: better", 1),
		strings.Replace(good, "code_dim: 20", "code_dim: 21", 1),
		good + "seed: 1\n",
		good + "report: [{figure: training}]\n",
	}
	for _, text := range different {
		if parse(t, text).Hash() == f.Hash() {
			t.Errorf("the same hash for\n%s", text)
		}
	}
}

func TestSet(t *testing.T) {
	tests := []struct {
		sets  []string
		check func(*spec.File) bool
	}{
		{[]string{"seed=5"}, func(f *spec.File) bool { return f.Base.Seed == 5 }},
		{[]string{"seed=5", "seed=6"}, func(f *spec.File) bool { return f.Base.Seed == 6 }},
		{[]string{"name=other"}, func(f *spec.File) bool { return f.Base.Name == "other" }},
		{[]string{"dataset.path=", "solver.lr=1e-3"}, func(f *spec.File) bool {
			return f.Base.Value("dataset.path", nil) == nil && f.Base.Value("solver.lr", f.Base.Priors[0]) == 1e-3
		}},
		{[]string{"dataset.source=npz", "dataset.path=a=b.npz"}, func(f *spec.File) bool { return f.Base.Value("dataset.path", nil) == "a=b.npz" }},
		{[]string{"dataset.path=a.npz", "dataset.source=sdss-corrected"}, func(f *spec.File) bool { return f.Base.Value("dataset.path", nil) == "a.npz" }},
		{[]string{"problem.noise.sigma=0.1"}, func(f *spec.File) bool { return f.Base.Problem.Noise.L2 == nil && *f.Base.Problem.Noise.Sigma == 0.1 }},
		{[]string{"evaluate.keep=all"}, func(f *spec.File) bool { return f.Base.Evaluate.Keep == spec.KeepAll }},
		{[]string{"priors.glo={kind: pca}", "priors.glo.code_dim=7"}, func(f *spec.File) bool { return f.Base.Priors[0].Config.(*plain).CodeDim == 7 }},
		{[]string{"priors.glo.hidden=[4, 4]"}, func(f *spec.File) bool { return len(f.Base.Priors[0].Config.(*fake).Hidden) == 2 }},
		{[]string{"sweep.problem.missing_fraction=[0.3]"}, func(f *spec.File) bool { return points(f) == "0.3 test \n0.3 train \n" }},
		{[]string{"sweep.problem.missing_fraction=0.3", "sweep.seed=[1, 2]", "sweep.evaluate.split=test"},
			func(f *spec.File) bool { return points(f) == "0.3 test 1 \n0.3 test 2 \n" }},
		{[]string{"sweep={}", "evaluate.split=train"}, func(f *spec.File) bool { return points(f) == "\n" && f.Base.Evaluate.Split == "train" }},
		{[]string{"sweep=[{seed: [1]}, {evaluate.split: [test]}]", "sweep.seed=[3]"}, func(f *spec.File) bool { return points(f) == "3 test \n0 test \n" }},
		{[]string{"sweep=[{seed: [1]}, {evaluate.split: [train]}]", "sweep.solver.steps=[9]"}, func(f *spec.File) bool { return points(f) == "1 9 test \n0 9 train \n" }},
		{[]string{"report=[{figure: training}]"}, func(f *spec.File) bool { return len(f.Base.Report) == 1 }},
	}
	for _, test := range tests {
		if f := parse(t, good, test.sets...); !test.check(f) {
			t.Errorf("--set %q: got %+v and points\n%s", test.sets, f.Base, points(f))
		}
	}
}

func TestSetErrors(t *testing.T) {
	tests := map[string]string{
		"seed":                         "--set seed: expected key=value",
		"sed=1":                        `--set sed=1: sed: unknown key; did you mean "seed"?`,
		"zzzzzzzzzzz=1":                "--set zzzzzzzzzzz=1: zzzzzzzzzzz: unknown key; expected a key of the spec, as docs/spec.md lists them",
		"priors.other.code_dim=1":      "--set priors.other.code_dim=1: priors.other.code_dim: unknown key; expected one of priors.glo, priors.zero",
		"priors.zero.train=1":          "--set priors.zero.train=1: priors.zero.train: unknown key; expected one of priors.zero.kind",
		"dataset.trian=1":              "--set dataset.trian=1: dataset.trian: unknown key; expected one of dataset.source, dataset.size, dataset.path,",
		"solver={lr.x: 1}":             "--set solver={lr.x: 1}: solver.lr.x: unknown key; expected one of method, steps,",
		"priors={glo.kind: glo}":       `--set priors={glo.kind: glo}: priors.glo.kind: got a prior named "glo.kind"`,
		"priors.glow.code_dim=1":       `--set priors.glow.code_dim=1: priors.glow.code_dim: unknown key; did you mean "priors.glo.code_dim"?`,
		"seed=x":                       `--set seed=x: seed: got text "x"; expected a whole number in [0, 9007199254740992]`,
		"seed=":                        `--set seed=: seed: got text ""; expected a whole number in [0, 9007199254740992]`,
		"seed=[":                       "--set seed=[: not YAML: ",
		"problem.missing_fraction=0.5": "--set problem.missing_fraction=0.5: problem.missing_fraction: is swept by this spec; set sweep.problem.missing_fraction=[0.5] instead",
		"sweep.seed=[1, x]":            `--set sweep.seed=[1, x]: sweep.seed: got text "x"; expected a whole number in [0, 9007199254740992]`,
		"sweep.sed=[1]":                `--set sweep.sed=[1]: sweep.sed: unknown key; did you mean "seed"?`,
		"priors.glo.kind=gan":          `--set priors.glo.kind=gan: priors.glo.kind: got text "gan"; expected one of glo, pca, zero`,
		"problem.operator=blur":        "sweep.problem.missing_fraction: is not a key of what is chosen; expected it in a block with problem.operator: inpainting or",
		"dataset.path=x.npz":           "--set dataset.path=x.npz: dataset.path: is not a key of synthetic; expected dataset.source: sdss-corrected or npz or spectra, which has it",
	}
	for set, want := range tests {
		_, err := spec.Parse([]byte(good), "f.yaml", options(set))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--set %s:\ngot  %v\nwant %s", set, err, want)
		}
	}
}

func TestSettings(t *testing.T) {
	f := parse(t, good, "solver.lr=0.5", "sweep.problem.noise.sigma=[0.1, 2]")
	got := map[string]string{}
	for _, s := range f.Settings() {
		got[s.Key] = fmt.Sprintf("%s from %q swept %v", s.Value, s.From, s.Sweep)
	}
	for key, want := range map[string]string{
		"priors.glo.code_dim":       `20 from "f.yaml:6:30" swept []`,
		"priors.glo.train.epochs":   `10000 from "" swept []`,
		"problem.missing_fraction":  `0.4 from "f.yaml:8:51" swept [{[0.1,0.2] f.yaml:10:3}]`,
		"problem.noise.l2":          `0 from "" swept []`,
		"problem.noise.sigma":       `null from "" swept [{[0.1,2] --set sweep.problem.noise.sigma=[0.1, 2]}]`,
		"problem.noise.relative_l2": "",
		"solver.lr":                 `0.5 from "--set solver.lr=0.5" swept []`,
	} {
		if got[key] != want {
			t.Errorf("%s is %s, want %s", key, got[key], want)
		}
	}
	for key, want := range map[string]string{
		"priors.glo.code_dim": "f.yaml:6:30", "problem.missing_fraction": "f.yaml:10:3",
		"problem.noise.sigma": "--set sweep.problem.noise.sigma=[0.1, 2]",
	} {
		if got := f.Place(key).String(); got != want {
			t.Errorf("%s is at %s, want %s", key, got, want)
		}
	}
}

// Steps and figures are lists, whose items have settings of their own.
func TestSettingsOfLists(t *testing.T) {
	got := map[string]string{}
	for _, s := range parse(t, good, "dataset.preprocess=[{step: crop, from: 4000}]", "report=[{figure: training}]").Settings() {
		got[s.Key] = s.Value
	}
	for key, want := range map[string]string{
		"dataset.preprocess[0].step": `"crop"`, "dataset.preprocess[0].from": "4000", "report[0].figure": `"training"`,
	} {
		if got[key] != want {
			t.Errorf("%s is %q, want %s", key, got[key], want)
		}
	}
}

// A key of the spec's solver may be one that only a prior's own method has.
func TestSolverKeysOfOnePrior(t *testing.T) {
	f := parse(t, good, "priors.glo.solver.method=regularization", "solver.lambda=3")
	if got := f.Points()[0].Spec.Priors[0].Solver.Changed().Get("keys.lambda"); got == nil || got.Value != "3" {
		t.Errorf("got λ %v, want 3", got)
	}
	_, err := spec.Parse([]byte(good), "f.yaml", options("solver.lambda=3"))
	if err == nil || !strings.Contains(err.Error(), "solver.lambda: is not a key of projection") {
		t.Errorf("got %v", err)
	}
}

// A prior can be given a method by a sweep alone, with keys that only that method has.
func TestSweptSolverOfOnePrior(t *testing.T) {
	f := parse(t, good, "sweep={priors.glo.solver.method: [regularization], priors.glo.solver.lambda: [1, 2]}")
	for i, want := range []string{"1", "2"} {
		if got := f.Points()[i].Spec.Priors[0].Solver.Changed().Get("keys.lambda"); got == nil || got.Value != want {
			t.Errorf("got λ %v, want %s", got, want)
		}
	}
}

// FuzzParse checks that a spec either has errors or resolves to text that parses to the
// same spec.
func FuzzParse(f *testing.F) {
	f.Add(good, "seed=1")
	f.Add("name: x\npriors: {z: {kind: zero}}\nproblem: {operator: denoising, noise: {sigma: 1}}\nsweep: [{seed: [1]}, {}]\n", "")
	f.Add("report: [{figure: boxplot, x: prior, where: {a: 1}}]", "sweep.seed=[1]")
	f.Add("priors: &a {glo: *a}\nsweep: 1", "priors={}")
	f.Add(good[:strings.Index(good, "sweep:")]+"sweep: {zip: {seed: [1, 2], solver.lr: {from: 0.1, to: 0.2, step: 0.1}}, repeat: 3}", "sweep.zip.seed+=[3]")
	f.Add(good[:strings.Index(good, "sweep:")]+"sweep: [{points: [{seed: 1}, {solver.lr: 2}]}, {repeat: [1, 2]}]", "sweep.repeat=2")
	f.Add("extends: quickstart\nunset: [sweep, report, priors.pca]\nsweep: {random: {count: 2, space: {seed: {integer: [1, 9]}, solver.lr: {log_uniform: [1e-9, 1]}}}}", "evaluate.signals=all")
	f.Fuzz(func(t *testing.T, text, set string) {
		opt := options()
		if set != "" {
			opt.Edits = []spec.Edit{{Origin: "--set", Text: set}}
		}
		if file, err := spec.Parse([]byte(text), "f.yaml", opt); err == nil {
			resolves(t, file)
		}
	})
}

// resolves checks that a resolved spec, as YAML and as JSON, is the same spec.
func resolves(t *testing.T, file *spec.File) {
	t.Helper()
	asYAML, err := file.YAML()
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := file.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{asYAML, asJSON} {
		again, err := spec.Parse(text, "f.yaml", options())
		if err != nil || again.Hash() != file.Hash() || len(again.Points()) != len(file.Points()) {
			t.Fatalf("%v\n%s", err, text)
		}
	}
}

// Edits are refused, or give a spec that stays the same if they are made again.
func FuzzEdits(f *testing.F) {
	f.Add("seed=1", "priors.zero")
	f.Add("sweep.evaluate.split+=[train]", "sweep.problem.missing_fraction")
	f.Add("priors.glo.code_dim=3", "sweep")
	f.Add("priors.new={kind: pca}", "priors.glo")
	f.Add("report+=[{figure: boxplot, x: prior}]", "problem.missing_fraction")
	f.Add("problem.noise.sigma=.1", "sweep.evaluate.split")
	f.Add("sweep={zip: {seed: [1, 2], solver.lr: [1, 2]}, repeat: 2}", "dataset")
	f.Add("report[0].x=prior", "report[0]")
	f.Fuzz(func(t *testing.T, set, unset string) {
		edits := []spec.Edit{{Origin: "--unset", Text: unset, Unset: true}, {Origin: "--set", Text: set}}
		if unset == "" {
			edits = edits[1:]
		}
		opt := options()
		opt.Edits = edits
		file, err := spec.Parse([]byte(good), "f.yaml", opt)
		if err != nil {
			return
		}
		resolves(t, file)
		if key, _, _ := strings.Cut(set, "="); strings.HasSuffix(key, "+") {
			return
		}
		opt.Edits = append(edits, edits[len(edits)-1])
		again, err := spec.Parse([]byte(good), "f.yaml", opt)
		if err != nil || again.Hash() != file.Hash() {
			t.Errorf("once: %s; twice: %v", file.Hash(), err)
		}
	})
}
