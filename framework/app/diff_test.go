package app_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/quantile"
)

// twoRuns returns two runs of a spec that differ in the number of epochs.
func twoRuns(t *testing.T) (a *app.App, first, second *app.RunResult) {
	t.Helper()
	a, ref := open(t, small)
	var err error
	if first, err = a.Run(t.Context(), ref, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	ref.Edits = []spec.Edit{{Origin: "--set", Text: "priors.glo.train.epochs=9"}}
	if second, err = a.Run(t.Context(), ref, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	return a, first, second
}

func TestScatter(t *testing.T) {
	a, first, second := twoRuns(t)
	s, err := a.Scatter(t.Context(), first.ID, second.ID, "mse", 100, 3)
	if err != nil || s.All != 16 || len(s.Pairs) != 16 || len(s.Largest) != 3 {
		t.Fatalf("scatter %+v, %v", s, err)
	}
	d, err := a.Diff(t.Context(), first.ID, second.ID, "mse")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range d.Results.Priors {
		var as, differences []float64
		for _, p := range s.Pairs {
			if p.Prior == g.Prior {
				as, differences = append(as, p.A), append(differences, p.B-p.A)
			}
		}
		if len(as) != g.Compared || quantile.Median(as) != *g.MedianA || quantile.Median(differences) != *g.Difference {
			t.Errorf("the pairs of %s do not have the medians of %+v", g.Prior, g)
		}
	}
	apart := func(p app.ScatterPair) float64 { return math.Abs(math.Log(p.B / p.A)) }
	if x := s.Largest; apart(x[0]) < apart(x[1]) || x[0].Prior != "glo" || x[0].CellB == x[0].CellA {
		t.Errorf("largest %+v", x)
	}
	few, err := a.Scatter(t.Context(), first.ID, second.ID, "mse", 5, 1)
	if err != nil || few.All != 16 || len(few.Pairs) != 5 || !slices.Contains(few.Pairs, s.Largest[0]) {
		t.Errorf("a few %+v, %v", few, err)
	}
	if _, err := a.Scatter(t.Context(), first.ID, second.ID, "none", 5, 1); !errors.As(err, new(*app.QueryError)) {
		t.Errorf("no metric: %v", err)
	}
}

func TestBeside(t *testing.T) {
	a, first, second := twoRuns(t)
	b, err := a.Beside([]string{first.ID, second.ID, first.ID})
	if err != nil || len(b.Runs) != 3 || len(b.Spec) != 1 || len(b.Origin) != 0 {
		t.Fatalf("beside %+v, %v", b, err)
	}
	if row := b.Spec[0]; row.Key != "priors.glo.train.epochs" || *row.Values[0] != "4" || *row.Values[1] != "9" || *row.Values[2] != "4" {
		t.Errorf("row %+v", row)
	}
	if _, err := a.Beside([]string{first.ID, "none"}); !errors.As(err, new(*store.FindError)) {
		t.Errorf("no run: %v", err)
	}
}

// A pair says which run kept its reconstruction.
func TestScatterOfWhatWasKept(t *testing.T) {
	a, ref := open(t, methods)
	one, err := a.Run(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ref.Edits = []spec.Edit{{Origin: "--set", Text: "evaluate.keep=1"}}
	two, err := a.Run(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.Scatter(t.Context(), one.ID, two.ID, "mse", 100, 5)
	if err != nil || s.All == 0 {
		t.Fatal(s, err)
	}
	kept := 0
	for _, p := range s.Pairs {
		_, errA := a.Spectrum(t.Context(), one.ID, app.SpectrumID{Signal: p.Signal, Cell: p.CellA})
		_, errB := a.Spectrum(t.Context(), two.ID, app.SpectrumID{Signal: p.Signal, Cell: p.CellB})
		if p.KeptA && errA != nil || p.KeptB && errB != nil || p.KeptB && !p.KeptA {
			t.Errorf("%+v: %v, %v", p, errA, errB)
		}
		if p.KeptA {
			kept++
		}
	}
	if s.Kept != kept || kept != s.All*3/4 {
		t.Errorf("%d pairs of %d are kept, and counted as %d", kept, s.All, s.Kept)
	}
	x, err := a.Spectra(t.Context(), one.ID, app.SpectraQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range x.Conditions {
		if !slices.Contains(s.Conditions, c.Title) {
			t.Errorf("no group is of %q, but of %q", c.Title, s.Conditions)
		}
	}
}
