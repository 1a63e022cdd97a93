package search_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/search"
	"sedlab/framework/spec"
	"sedlab/internal/record"
)

const head = `
name: x
dataset: {size: 100, split: {train: 0.5, validation: 0.2}}
priors: {glo: {kind: glo, hidden: [8]}, zero: {kind: zero}}
problem: {operator: inpainting, missing_fraction: 0.4}
evaluate: {split: validation}
select: {prior: glo}
`

// nine has the settings code_dim 1 … 9.
const nine = head + `
sweep:
  priors.glo.code_dim: {from: 1, to: 9, step: 1}
  halving: {resource: priors.glo.train.epochs, from: 2, to: 18}
`

func newSearch(t *testing.T, text string) *search.Search {
	t.Helper()
	f, err := spec.Parse([]byte(text), "x.yaml", spec.Options{Catalog: catalog.Default()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := search.New(f, plan.Machine{}, plan.Identify{Data: func(_ *spec.Dataset, seed uint64) (datasets.Identity, error) {
		return datasets.Identity{Seed: seed, Seeded: true}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// swept returns the value of a swept key at a cell.
func swept(c plan.Cell, key string) float64 {
	for _, v := range c.Point.Values {
		if v.Key == key {
			return v.Value.(float64)
		}
	}
	return math.NaN()
}

// rows makes the rows of a rung: two signals per cell with the MSE of the cell's
// code_dim, or failed ones if that is NaN.
func rows(p *plan.Plan, mse func(dim float64) float64) (list []record.Signal) {
	for _, c := range p.Cells {
		for i := range 2 {
			s := record.Signal{CellID: c.ID(), Prior: c.Prior.Name, SignalID: int64(i), Status: record.StatusOK, Sweep: map[string]any{}}
			for _, v := range c.Point.Values {
				s.Sweep[v.Key] = v.Value
			}
			s.Scores = []record.Score{{Name: "mse", Value: mse(swept(c, "priors.glo.code_dim"))}}
			if math.IsNaN(s.Score("mse")) {
				s.Status = "failed: diverged"
			}
			list = append(list, s)
		}
	}
	return list
}

// rung writes the code_dims of glo's cells in the current rung.
func rung(s *search.Search) string {
	var words []string
	for _, c := range s.Rung().Cells {
		if c.Prior.Name == "glo" {
			words = append(words, fmt.Sprintf("%g@%g", swept(c, "priors.glo.code_dim"), swept(c, "priors.glo.train.epochs")))
		}
	}
	return strings.Join(words, " ")
}

func TestRungs(t *testing.T) {
	tests := []struct {
		name string
		mse  func(dim float64) float64
		want []string
	}{
		{"the best third goes on", func(dim float64) float64 { return math.Abs(dim - 5) }, []string{"4@6 5@6 6@6", "5@18"}},
		{"ties go by index", func(float64) float64 { return 1 }, []string{"1@6 2@6 3@6", "1@18"}},
		{"what failed does not go on", func(dim float64) float64 {
			if dim > 2 {
				return math.NaN()
			}
			return 5 - dim
		}, []string{"1@6 2@6", "2@18"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSearch(t, nine)
			if got := rung(s); !strings.HasPrefix(got, "1@2 2@2 3@2") || len(s.Rung().Cells) != 18 {
				t.Fatalf("first rung %s", got)
			}
			cells := len(s.Rung().Cells)
			for _, want := range test.want {
				before := s.Rung().Trainings
				more, dropped, err := s.Next(rows(s.Rung(), test.mse))
				if err != nil || !more || rung(s) != want {
					t.Fatalf("got %v, %v, %s; want %s", more, err, rung(s), want)
				}
				keepsOnly(t, s, before, dropped)
				cells += len(s.Rung().Cells)
			}
			more, dropped, err := s.Next(rows(s.Rung(), test.mse))
			if more || err != nil || len(dropped) != 0 || len(s.Plan().Cells) != cells {
				t.Errorf("at the end: %v, %v, %d dropped, %d cells of %d", more, err, len(dropped), len(s.Plan().Cells), cells)
			}
		})
	}
}

// keepsOnly checks that exactly the trainings that do not go on are dropped.
func keepsOnly(t *testing.T, s *search.Search, before, gone []plan.Training) {
	t.Helper()
	dropped := map[cache.Key]bool{}
	for _, x := range gone {
		dropped[x.Continued] = true
	}
	goesOn := 0
	for _, x := range before {
		if !dropped[x.Continued] {
			goesOn++
		}
	}
	for _, x := range s.Rung().Trainings {
		if x.Name == "glo" && (x.Continued == "" || dropped[x.Continued]) {
			t.Errorf("a training that goes on has the state %q, dropped: %v", x.Continued, dropped[x.Continued])
		}
	}
	if goesOn != len(s.Rung().Trainings) {
		t.Errorf("%d states are kept for %d trainings", goesOn, len(s.Rung().Trainings))
	}
}

func TestNothingGoesOnWhereAllFailed(t *testing.T) {
	s := newSearch(t, nine)
	more, dropped, err := s.Next(rows(s.Rung(), func(float64) float64 { return math.NaN() }))
	if more || err == nil || !strings.Contains(err.Error(), "no setting has a median mse") || len(dropped) != 0 {
		t.Errorf("got %v, %v, %d dropped", more, err, len(dropped))
	}
}

// A setting is scored under all conditions together, and goes on under all of them.
func TestConditionsBelongToASetting(t *testing.T) {
	s := newSearch(t, strings.Replace(nine, "  halving", "  problem.missing_fraction: [0.1, 0.2]\n  repeat: 2\n  halving", 1))
	if got := len(s.Rung().Cells); got != 9*4*2 {
		t.Fatalf("%d cells", got)
	}
	if cells, trainings, err := s.Count(); err != nil || cells != (9+3+1)*4*2 || trainings != (9+3+1)*2+2 {
		t.Errorf("%d cells and %d trainings in all, %v", cells, trainings, err)
	}
	if _, _, err := s.Next(rows(s.Rung(), func(dim float64) float64 { return -dim })); err != nil {
		t.Fatal(err)
	}
	if got, want := rung(s), strings.Repeat("7@6 ", 4)+strings.Repeat("8@6 ", 4)+strings.TrimSpace(strings.Repeat("9@6 ", 4)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAhead(t *testing.T) {
	s := newSearch(t, nine)
	ahead, err := s.Ahead()
	if err != nil || len(ahead) != 2 {
		t.Fatalf("%d rungs ahead, %v", len(ahead), err)
	}
	for i, want := range []search.Rung{{Value: 6, Settings: 3, Of: 9, Ahead: true}, {Value: 18, Settings: 1, Of: 9, Ahead: true}} {
		got := ahead[i]
		if got.Cells() != 2*want.Settings || got.Trainings() != want.Settings || len(got.Plan.Cells) != 18 {
			t.Errorf("rung %d: %d cells, %d trainings of %d", i+1, got.Cells(), got.Trainings(), len(got.Plan.Cells))
		}
		if got.Plan = nil; got != want {
			t.Errorf("rung %d: got %+v, want %+v", i+1, got, want)
		}
	}
}

func TestWithoutHalvingThereIsOneRung(t *testing.T) {
	s := newSearch(t, head+"sweep: {priors.glo.code_dim: [1, 2]}\n")
	if cells, _, err := s.Count(); err != nil || cells != 4 || len(s.Rung().Cells) != 4 {
		t.Errorf("%d cells, %v", cells, err)
	}
	if more, _, err := s.Next(nil); more || err != nil {
		t.Errorf("got %v, %v", more, err)
	}
	for _, x := range s.Plan().Trainings {
		if x.Searched {
			t.Errorf("training %s goes on in another rung", x.Name)
		}
	}
}

// Settings that differ in the solver alone share a training in every rung.
func TestCountOfSharedTrainings(t *testing.T) {
	s := newSearch(t, head+`
sweep:
  solver.lr: {from: 0.1, to: 0.9, step: 0.1}
  halving: {resource: priors.glo.train.epochs, from: 2, to: 18}
`)
	// Those of glo, and of zero beside each.
	if cells, trainings, err := s.Count(); err != nil || cells != (9+3+1)*2 || trainings != 3+1 {
		t.Errorf("%d cells and %d trainings, %v", cells, trainings, err)
	}
}
