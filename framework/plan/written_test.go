package plan_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/internal/sealed"
)

// write writes a plan, and returns its path.
func write(t testing.TB, p any) string {
	t.Helper()
	text, err := sealed.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// later reads a spec without its points.
func later(t testing.TB, text string) *spec.File {
	t.Helper()
	o := options()
	o.Later = true
	f, err := spec.Parse([]byte(text), "f.yaml", o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Any part of a plan that is made from its file is that part of the plan.
func TestPartOfAWrittenPlan(t *testing.T) {
	for name, text := range map[string]string{
		"one training":  base + "sweep: {problem.missing_fraction: {from: 0.001, to: 0.9, count: 500}}\n",
		"repeats":       base + "sweep: {seeds.train: [1, 2, 3], problem.missing_fraction: {from: 0.1, to: 0.9, count: 50}}\n",
		"own solvers":   strings.NewReplacer("large: {", "large: {solver: {steps: 7}, ", "sweep: {", "sweep: {solver.steps: [1, 2, 3], ").Replace(generators),
		"composed":      "name: x\npriors:\n  pca: {kind: pca}\n  ppca: {kind: ppca}\n  mean: {kind: ensemble, of: [pca, ppca]}\nproblem: {operator: inpainting}\nsweep: {seed: [1, 2], problem.missing_fraction: [0.1, 0.2, 0.3]}\n",
		"several grids": base + "sweep:\n- {problem.missing_fraction: [0.1, 0.2]}\n- {repeat: 3}\n- {problem.operator: [denoising, super_resolution]}\n",
	} {
		whole := newPlan(t, text)
		w, err := plan.ReadWritten(write(t, whole))
		if err != nil || w == nil {
			t.Fatalf("%s: %v, %v", name, w, err)
		}
		f := later(t, text)
		if f.Size() != w.Points || len(w.Cells) != len(whole.Cells) {
			t.Fatalf("%s: %d points of %d, %d cells of %d", name, w.Points, f.Size(), len(w.Cells), len(whole.Cells))
		}
		for i, c := range whole.Cells {
			if got := w.Cells[i]; got.Key != c.Key || got.ID != c.ID() || got.Block != c.Block() {
				t.Errorf("%s: cell %d: %+v", name, i, got)
			}
		}
		random := rand.New(rand.NewPCG(1, 2))
		for range 10 {
			chosen := slices.Sorted(slices.Values(random.Perm(len(w.Cells))[:1+random.IntN(len(w.Cells))]))
			ids := map[string]bool{}
			for _, i := range chosen {
				ids[w.Cells[i].ID+w.Cells[i].Block] = true
			}
			got, err := w.Part(f, chosen, machine, plan.Identify{Data: identify})
			if err != nil {
				t.Fatal(name, err)
			}
			want := whole.Only(func(c plan.Cell) bool { return ids[c.ID()+c.Block()] })
			if a, b := steps(got), steps(want); !maps.Equal(a, b) || len(got.Cells) != len(chosen) {
				t.Fatalf("%s: part %v:\n%v\nwant\n%v", name, chosen, a, b)
			}
		}
		other := machine
		other.Kernel += "x"
		if _, err := w.Part(f, []int{0}, other, plan.Identify{Data: identify}); !errors.Is(err, plan.ErrOther) {
			t.Errorf("%s: another kernel: %v", name, err)
		}
	}
}

// steps returns what a plan has to be done, with the trainings of each cell.
func steps(p *plan.Plan) map[string]string {
	all := map[string]string{}
	for _, t := range p.Trainings {
		all[string(t.Key)] = string(t.Inputs)
	}
	for _, c := range p.Cells {
		text := string(c.Key) + string(c.Inputs) + c.Hash() + c.Block()
		for _, t := range c.Trainings {
			text += " " + string(p.Trainings[t].Key)
		}
		all[c.ID()+" "+c.Prior.Name] = text
	}
	return all
}

// What an older version has written, or what does not fit together, is taken for nothing.
func TestWrittenPlansThatSayTooLittle(t *testing.T) {
	key := func(c string) cache.Key {
		k, _, err := cache.KeyOf(c)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	type cell struct {
		Key   cache.Key `json:"key"`
		Point int       `json:"point"`
	}
	type file struct {
		Name   string `json:"name"`
		Points int    `json:"points,omitempty"`
		Blocks []int  `json:"blocks,omitempty"`
		Cells  []cell `json:"cells"`
	}
	cells := []cell{{key("a"), 0}, {key("b"), 1}, {key("a"), 1}}
	for name, f := range map[string]file{
		"older":          {Cells: cells},
		"no blocks":      {Points: 2, Cells: cells},
		"few blocks":     {Points: 2, Blocks: []int{1}, Cells: cells},
		"many blocks":    {Points: 2, Blocks: []int{1, 1, 1}, Cells: cells},
		"large block":    {Points: 2, Blocks: []int{3}, Cells: cells},
		"negative block": {Points: 2, Blocks: []int{-1, 3}, Cells: cells},
		"no such point":  {Points: 1, Blocks: []int{2}, Cells: cells},
		"negative point": {Points: 2, Blocks: []int{1}, Cells: []cell{{key("a"), -1}}},
	} {
		if w, err := plan.ReadWritten(write(t, f)); w != nil || err != nil {
			t.Errorf("%s: %v, %v", name, w, err)
		}
	}
	w, err := plan.ReadWritten(write(t, file{Points: 2, Blocks: []int{1, 1}, Cells: cells}))
	if err != nil || w.Cells[0].Block != w.Cells[2].Block || w.Cells[0].Block == w.Cells[1].Block {
		t.Errorf("%+v, %v", w, err)
	}
}
