package app_test

import (
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/record"
)

// The worst reconstruction of a run is found even if it was not kept, for any conditions.
func TestWorstOfAllSignals(t *testing.T) {
	a, ref := open(t, methods)
	run, err := a.Run(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := store.ReadManifest(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	signals, err := store.ReadRows(t.Context(), run.Dir, m)
	if err != nil {
		t.Fatal(err)
	}
	all, err := a.Spectra(t.Context(), m.ID, app.SpectraQuery{})
	if err != nil {
		t.Fatal(err)
	}
	queries := []app.SpectraQuery{{Prior: "glo"}, {Prior: "pca", Sort: "mse_missing"}}
	for _, c := range all.Conditions {
		queries = append(queries, app.SpectraQuery{Prior: "glo", Condition: c.Cell}, app.SpectraQuery{Prior: "glo", Among: []string{c.Cell, all.Conditions[0].Cell}})
	}
	unkept := 0
	for _, q := range queries {
		q.Limit = 100
		s, err := a.Spectra(t.Context(), m.ID, q)
		if err != nil {
			t.Fatal(err)
		}
		cells := map[string]bool{q.Condition: true}
		for _, cell := range q.Among {
			cells[cell] = true
		}
		var w record.Signal
		for _, r := range signals {
			if in := q.Condition == "" && q.Among == nil || cells[r.CellID]; in && r.Prior == q.Prior && (w.CellID == "" || r.Score(s.Query.Sort) > w.Score(s.Query.Sort)) {
				w = r
			}
		}
		worst := w.Score(s.Query.Sort)
		var kept float64 // the greatest error of the list
		for _, row := range s.Rows {
			for p, v := range row.Errors {
				if s.Priors[p] == q.Prior {
					kept = max(kept, v)
				}
			}
		}
		switch u := s.Whole.Worst; {
		case u == nil && kept != worst:
			t.Errorf("%+v: %v is said to be the worst; it is %v", q, kept, worst)
		case u != nil && (u.Error != worst || u.Signal != w.SignalID || u.Error <= kept):
			t.Errorf("%+v: %+v, expected signal %d with %v", q, u, w.SignalID, worst)
		case u != nil:
			unkept++
		}
		if e := s.Whole; !e.Even || e.Kept != 3*e.Cells || e.Signals != 4*e.Cells {
			t.Errorf("%+v: %+v", q, e)
		}
	}
	if unkept == 0 {
		t.Error("every worst reconstruction was kept")
	}
	if s, err := a.Spectra(t.Context(), m.ID, queries[2]); err != nil || s.Rows[0].Label != "" {
		t.Errorf("of one condition, a row repeats it: %+v, %v", s.Rows[0], err)
	}
}
