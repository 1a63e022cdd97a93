package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/record"
)

// methods has a prior with a solver of its own, beside one whose solver is swept.
const methods = `
# Question: which spectra does a run keep?
name: methods
dataset: {source: synthetic, size: 60}
priors:
  glo: {kind: glo, code_dim: 4, hidden: [8], train: {epochs: 2, batch_size: 16, lr_generator: 0.01}}
  pca: {kind: pca, code_dim: 3, solver: {method: projection}}
problem: {operator: inpainting}
solver: {steps: 5}
evaluate: {signals: 4, keep: 3}
sweep: {problem.missing_fraction: [0.2, 0.5], solver.method: [projection, regularization]}
`

func TestSpectraOfARun(t *testing.T) {
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
	t.Run("conditions", func(t *testing.T) { conditions(t, a, m.ID, signals) })
	t.Run("pages", func(t *testing.T) { pages(t, a, m.ID) })
	t.Run("remarkable", func(t *testing.T) { remarkable(t, a, m.ID) })
	t.Run("replaced", func(t *testing.T) { replaced(t, a, run.Dir, m.ID) })
}

// conditions checks that a prior with a solver of its own is at every condition of the others,
// with the errors of its rows.
func conditions(t *testing.T, a *app.App, id string, signals []record.Signal) {
	s, err := a.Spectra(t.Context(), id, app.SpectraQuery{Limit: 100})
	if err != nil || s.Problem != nil {
		t.Fatal(err, s.Problem)
	}
	var titles []string
	for _, c := range s.Conditions {
		titles = append(titles, c.Title)
	}
	want := []string{"projection, 20 % missing", "regularization, λ 0.001, 20 % missing", "projection, 50 % missing", "regularization, λ 0.001, 50 % missing"}
	if !slices.Equal(titles, want) || s.Total != 12 || len(s.Rows) != 12 || !slices.Equal(s.Priors, []string{"glo", "pca"}) {
		t.Errorf("conditions %q of priors %q, %d spectra", titles, s.Priors, s.Total)
	}
	for i, row := range s.Rows {
		x, err := a.Spectrum(t.Context(), id, row.SpectrumID)
		if err != nil || len(x.Priors) != 2 || x.Condition != row.Condition {
			t.Fatalf("%+v: %v", row, err)
		}
		if i > 0 && row.Errors[0] > s.Rows[i-1].Errors[0] {
			t.Errorf("row %d has a greater error than the one before", i)
		}
		for p, r := range x.Priors {
			k := slices.IndexFunc(signals, func(s record.Signal) bool { return s.CellID == r.Example.CellID && s.SignalID == row.Signal })
			if k < 0 || signals[k].Prior != r.Prior || signals[k].Score("mse") != row.Errors[p] || r.Scores[0] != (record.Score{Name: "mse", Value: row.Errors[p]}) {
				t.Errorf("%+v, prior %s: error %v", row, r.Prior, row.Errors[p])
			}
			if of := r.Example; of.MissingFraction != x.Example.MissingFraction || of.SignalID != row.Signal || len(of.Reconstruction) == 0 {
				t.Errorf("%+v, prior %s: another example", row, r.Prior)
			}
		}
	}
}

func pages(t *testing.T, a *app.App, id string) {
	all, err := a.Spectra(t.Context(), id, app.SpectraQuery{Limit: 100, Sort: "mse_missing", Prior: "pca", Best: true})
	if err != nil {
		t.Fatal(err)
	}
	last := all.Rows[11].SpectrumID
	s, err := a.Spectra(t.Context(), id, app.SpectraQuery{Limit: 5, From: -1, Sort: "mse_missing", Prior: "pca", Best: true, Chosen: &last})
	if err != nil || s.Query.From != 10 || len(s.Rows) != 2 || s.Chosen == nil || s.Chosen.SpectrumID != last {
		t.Errorf("%+v, %v", s, err)
	}
	one, err := a.Spectra(t.Context(), id, app.SpectraQuery{Limit: 5, Condition: last.Cell})
	if err != nil || one.Total != 3 {
		t.Errorf("%+v, %v", one, err)
	}
	var query *app.QueryError
	if _, err := a.Spectra(t.Context(), id, app.SpectraQuery{Sort: "mes"}); !errors.As(err, &query) || !strings.Contains(err.Error(), "mse") {
		t.Error(err)
	}
	if _, err := a.Spectrum(t.Context(), id, app.SpectrumID{Signal: 1e6}); !errors.As(err, new(*app.NotKeptError)) {
		t.Error(err)
	}
}

func remarkable(t *testing.T, a *app.App, id string) {
	worst, err := a.Spectra(t.Context(), id, app.SpectraQuery{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int]int{1: 1, 7: 7, 100: 12} {
		list, total, err := a.Remarkable(t.Context(), id, limit)
		if err != nil || total != 12 || len(list) != want || list[0].SpectrumID != worst.Rows[0].SpectrumID {
			t.Errorf("at most %d: %d of %d, %v", limit, len(list), total, err)
		}
		for i := range list {
			if slices.ContainsFunc(list[:i], func(x app.SpectrumOf) bool { return x.SpectrumID == list[i].SpectrumID }) {
				t.Errorf("%+v is there twice", list[i])
			}
		}
	}
}

// replaced checks that a table that changes is read anew, and compared with its sum again.
func replaced(t *testing.T, a *app.App, dir, id string) {
	path := filepath.Join(dir, store.ExamplesFile)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := errors.Join(os.Remove(path), os.WriteFile(path, data, 0o666)); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Spectra(t.Context(), id, app.SpectraQuery{}); !errors.As(err, new(*store.TableError)) {
		t.Errorf("a changed table: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "SHA256SUMS")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Spectra(t.Context(), id, app.SpectraQuery{}); !errors.As(err, new(*app.NoSpectraError)) {
		t.Errorf("no table: %v", err)
	}
}
