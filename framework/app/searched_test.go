package app_test

import (
	"slices"
	"strings"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/spec"
)

const searchedSpec = `
name: searched
dataset: {source: synthetic, size: 80, split: {train: 0.7, validation: 0.15, test: 0.15}}
priors:
  glo: {kind: glo, code_dim: 4, hidden: [8], train: {epochs: 4, batch_size: 16, lr_generator: 0.01}}
  zero: {kind: zero}
problem: {operator: inpainting}
solver: {steps: 10}
evaluate: {split: validation, signals: all}
select: {prior: glo}
sweep:
  priors.glo.code_dim: [2, 3, 4, 5, 6, 7]
  priors.glo.hidden: [[8], [8, 12]]
  problem.missing_fraction: [0.2, 0.5]
  halving: {resource: priors.glo.train.epochs, from: 2, to: 8, factor: 2}
`

// The settings are ranked as the report ranks them, and the rungs say which went on.
func TestSearchIsTheReports(t *testing.T) {
	a, ref := open(t, searchedSpec)
	r, err := a.Run(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.Search(t.Context(), r.ID, "", "")
	if err != nil || !s.Chosen || s.Prior != "glo" || len(s.Settings) != 12 || !slices.Equal(s.Conditions, []string{"problem.missing_fraction"}) ||
		!slices.Equal(s.Splits, []string{"validation"}) || !a.Searches(r.Dir) {
		t.Fatalf("search %+v, %v", s, err)
	}
	for i, best := range r.Report.Best {
		got := s.Settings[i]
		if text := strings.ReplaceAll(strings.Join(got.Set, ", "), "=", " = "); text != best.String() || got.Score != best.Score || got.Rows != best.Rows {
			t.Errorf("place %d: %s %v, the report has %s %v", i+1, text, got.Score, best, best.Score)
		}
		if !(got.Q1 <= got.Score && got.Score <= got.Q3) {
			t.Errorf("place %d: %v is not between the quartiles %v and %v", i+1, got.Score, got.Q1, got.Q3)
		}
	}
	var entered, went []int
	for _, rung := range s.Rungs {
		entered, went = append(entered, rung.Settings), append(went, rung.WentOn)
	}
	if !slices.Equal(entered, []int{12, 6, 3}) || !slices.Equal(went, []int{6, 3, 0}) || s.Rungs[2].Best != s.Settings[0].Score {
		t.Errorf("rungs %+v", s.Rungs)
	}
	for i, setting := range s.Settings {
		if n := map[float64]int{2: 1, 4: 2, 8: 3}[setting.Resource]; len(setting.Rungs) != n || setting.Rungs[n-1] != setting.Score {
			t.Errorf("place %d reached %v: %v", i+1, setting.Resource, setting.Rungs)
		}
	}
	// The edits give a spec the setting.
	plain, again := open(t, strings.Split(searchedSpec, "select:")[0])
	again.Edits = nil
	for _, text := range s.Settings[0].Set {
		again.Edits = append(again.Edits, spec.Edit{Origin: "--set", Text: text})
	}
	if c, err := plain.Check(again); err != nil || !c.OK {
		t.Errorf("%q: %v, %v", s.Settings[0].Set, c.Errors, err)
	}
}

// A run without select is ranked by what is asked for.
func TestSearchWithoutSelect(t *testing.T) {
	a, ref := open(t, strings.Replace(small, "sweep: {", "sweep: {priors.glo.code_dim: [2, 4], ", 1))
	r, err := a.Run(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.Search(t.Context(), r.ID, "", "mse_missing")
	if err != nil || s.Chosen || s.Prior != "glo" || s.Metric != "mse_missing" || len(s.Settings) != 2 || s.Rungs != nil || s.Settings[0].Rows != 8 {
		t.Errorf("search %+v, %v", s, err)
	}
	for _, by := range [][2]string{{"zero", ""}, {"", "mze"}} {
		if _, err := a.Search(t.Context(), r.ID, by[0], by[1]); !is[*app.QueryError](err) {
			t.Errorf("by %q: %v", by, err)
		}
	}
	b, ref := open(t, small)
	if r, err = b.Run(t.Context(), ref, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Search(t.Context(), r.ID, "", ""); !is[*app.QueryError](err) || b.Searches(r.Dir) {
		t.Errorf("a run without settings: %v", err)
	}
}
