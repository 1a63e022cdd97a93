package plan_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/catalog"
	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
)

func options() spec.Options { return spec.Options{Catalog: catalog.Default()} }

var machine = plan.Machine{Kernel: "abacus"}

// identify knows made data sets by their seed, and files by their base name.
func identify(d *spec.Dataset, seed uint64) (datasets.Identity, error) {
	if file, ok := d.Source.Config.(datasets.FileConfig); ok {
		path, err := file.File()
		return datasets.Identity{SHA256: filepath.Base(path)}, err
	}
	return datasets.Identity{Seed: seed, Seeded: true}, nil
}

func newPlan(t testing.TB, text string) *plan.Plan {
	t.Helper()
	f, err := spec.Parse([]byte(text), "f.yaml", options())
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(f, f.Points(), machine, plan.Identify{Data: identify})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// cells writes a plan's cells as "prior value … training", one a line.
func cells(p *plan.Plan) string {
	var b strings.Builder
	for _, c := range p.Cells {
		b.WriteString(c.Prior.Name)
		for _, v := range c.Point.Values {
			fmt.Fprintf(&b, " %v", v.Value)
		}
		fmt.Fprintf(&b, " %d\n", c.Trainings[0])
	}
	return b.String()
}

const base = `name: x
priors:
  pca: {kind: pca, code_dim: 5}
  zero: {kind: zero}
problem: {operator: inpainting}
`

func TestCells(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no sweep", base, "pca 0\nzero 1\n"},
		{"priors innermost, trained once",
			base + "sweep: {problem.missing_fraction: [0.1, 0.2], evaluate.split: [test, train]}\n",
			"pca 0.1 test 0\nzero 0.1 test 1\npca 0.1 train 0\nzero 0.1 train 1\n" +
				"pca 0.2 test 0\nzero 0.2 test 1\npca 0.2 train 0\nzero 0.2 train 1\n"},
		{"a seed trains again", base + "sweep: {seed: [1, 2]}\n", "pca 1 0\nzero 1 1\npca 2 2\nzero 2 3\n"},
		{"normalisation and split train again",
			base + "sweep:\n  - {dataset.normalize: max}\n  - {dataset.split.train: 0.5}\n",
			"pca max 0.9 0\nzero max 0.9 1\npca rms 0.5 2\nzero rms 0.5 3\n"},
		{"a prior that the sweep leaves alone is trained once",
			base + "sweep: {priors.pca.code_dim: [5, 6]}\n", "pca 5 0\nzero 5 1\npca 6 2\nzero 6 1\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := cells(newPlan(t, test.text)); got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

func TestTwoNamesOfOneConfig(t *testing.T) {
	p := newPlan(t, strings.Replace(base, "zero: {kind: zero}", "other: {code_dim: 5, kind: pca}", 1))
	if got, want := cells(p), "pca 0\nother 0\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestIDs checks that ids follow only from content: not from the spec's name,
// the report, the sweep's order or the other priors.
func TestIDs(t *testing.T) {
	one := newPlan(t, base+"sweep: {problem.missing_fraction: [0.1, 0.2]}\n")
	other := newPlan(t, `name: y
problem: {missing_fraction: 0.2, operator: inpainting}
priors: {pca: {code_dim: 5, kind: pca}}
report: [{figure: training}]
`)
	cell := one.Cells[2]
	if cell.Prior.Name != "pca" || other.Cells[0].ID() != cell.ID() || other.Trainings[0].Key != one.Trainings[0].Key {
		t.Errorf("got %s, want %s", other.Cells[0].ID(), cell.ID())
	}
	if found, ok := one.Cell(cell.ID()); !ok || found.ID() != cell.ID() {
		t.Errorf("cell %s is not found", cell.ID())
	}
	if _, ok := one.Cell("0"); ok {
		t.Error("a cell that is not there is found")
	}
	ids := map[string]bool{}
	for _, c := range one.Cells {
		ids[c.ID()] = len(c.ID()) == 16
	}
	if len(ids) != len(one.Cells) {
		t.Errorf("%d cells have %d ids", len(one.Cells), len(ids))
	}
	for _, change := range []string{"problem: {operator: denoising}", "solver: {method: regularization}", "evaluate: {split: train}", "evaluate: {oracle: true}", "evaluate: {scale: measured}", "seed: 1", "dataset: {size: 1000}"} {
		if _, same := newPlan(t, strings.Replace(base, "problem: {operator: inpainting}\n", inpainting(change), 1)).Cell(newPlan(t, base).Cells[0].ID()); same {
			t.Errorf("%s leaves the id", change)
		}
	}
}

// inpainting is a problem unless a change has its own.
func inpainting(change string) string {
	if strings.HasPrefix(change, "problem:") {
		return change + "\n"
	}
	return "problem: {operator: inpainting}\n" + change + "\n"
}

// What changes no result changes no key.
func TestKeysLeaveOut(t *testing.T) {
	keys := func(text string) (all []cache.Key) {
		p := newPlan(t, text)
		for _, c := range p.Cells {
			all = append(all, c.Key, p.Trainings[c.Trainings[0]].Key)
		}
		return all
	}
	npz := base + "dataset: {source: npz, path: /here/a.npz}\n"
	want := keys(npz)
	for what, text := range map[string]string{
		"another folder":   strings.Replace(npz, "/here", "there", 1),
		"an unused search": npz + "solver: {lr: 0.5, steps: 7, restarts: 3, schedule: cosine, tol: 0.1, init: linear}\n",
		"more signals":     npz + "evaluate: {signals: 7, keep: all}\n",
		"more defaults":    strings.Replace(npz, "a.npz", "a.npz, normalize: rms, split: {validation: 0.0}", 1),
		"another name":     strings.Replace(npz, "pca:", "best:", 1),
		"the report":       npz + "report: [{figure: training}]\n",
		"no oracle":        npz + "evaluate: {oracle: false}\n",
		"a default":        npz + "solver: {steps: 1000}\n",
		"no corruption":    strings.Replace(npz, "a.npz", "a.npz, corrupt: {share: 0, missing_fraction: 0.5}", 1),
	} {
		if diff := cmp.Diff(want, keys(text)); diff != "" {
			t.Errorf("%s: -want +got\n%s", what, diff)
		}
	}
	for what, text := range map[string]string{
		"other data": strings.Replace(npz, "a.npz", "b.npz", 1),
		"corruption": strings.Replace(npz, "a.npz", "a.npz, corrupt: {noise: {sigma: 0.1}}", 1),
		"a weight":   npz + "solver: {method: regularization, lambda: 7}\n",
		"a step":     strings.Replace(npz, "a.npz", "a.npz, preprocess: [{step: crop, from: 4000}]", 1),
		"a norm":     strings.Replace(npz, "a.npz", "a.npz, normalize: max", 1),
		"a solver":   strings.Replace(npz, "code_dim: 5", "code_dim: 5, solver: {method: regularization}", 1),
	} {
		if cmp.Equal(want, keys(text)) {
			t.Errorf("%s leaves all keys", what)
		}
	}
}

func TestUnreadData(t *testing.T) {
	f, err := spec.Parse([]byte(base), "f.yaml", options())
	if err != nil {
		t.Fatal(err)
	}
	gone := errors.New("gone")
	_, err = plan.New(f, f.Points(), machine, plan.Identify{Data: func(*spec.Dataset, uint64) (datasets.Identity, error) { return datasets.Identity{}, gone }})
	if !errors.Is(err, gone) {
		t.Errorf("error %v, expected %v", err, gone)
	}
	if p, err := plan.New(f, f.Points(), machine, plan.Unidentified); err != nil || len(p.Cells) != 2 {
		t.Errorf("without identities: %v", err)
	}
}

// TestAnotherProcessMakesTheSamePlan checks that the JSON of a plan is enough.
func TestAnotherProcessMakesTheSamePlan(t *testing.T) {
	f, err := spec.Load("quickstart", options())
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(f, f.Points(), machine, plan.Identify{Data: identify})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Spec      json.RawMessage
		SpecHash  string `json:"spec_hash"`
		Trainings []struct{ Hash string }
		Cells     []struct{ ID, Prior, Training string }
	}
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	again := newPlan(t, string(read.Spec))
	if read.SpecHash != again.File.Hash() || len(read.Cells) != len(again.Cells) || len(read.Trainings) != len(again.Trainings) {
		t.Fatalf("read %d cells, made %d", len(read.Cells), len(again.Cells))
	}
	for i, c := range again.Cells {
		if got := read.Cells[i]; got.ID != c.ID() || got.Prior != c.Prior.Name || got.Training != c.Hash() {
			t.Errorf("cell %d is %+v, want %s", i, got, c.ID())
		}
		if diff := cmp.Diff(p.Cells[i].Point.Values, c.Point.Values); diff != "" {
			t.Errorf("cell %d: -want +got\n%s", i, diff)
		}
	}
}

// A prior that a sweep leaves alone has a cell at each point, with an id of its
// own, and is computed once.
func TestCellsOfOneKey(t *testing.T) {
	p := newPlan(t, base+"sweep: {priors.pca.code_dim: [5, 6]}\n")
	a, b := p.Cells[1], p.Cells[3]
	if a.Key != b.Key || a.ID() == b.ID() {
		t.Errorf("keys %s and %s, ids %s and %s", a.Key, b.Key, a.ID(), b.ID())
	}
}
