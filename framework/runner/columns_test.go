package runner_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/record/recordtest"
	"sedlab/reports/scores"
)

// age rewrites the entries of all cells as programs left them before columns were added.
func age(t *testing.T, c *cache.Cache, p *plan.Plan) {
	t.Helper()
	for _, cell := range p.Cells {
		entry, err := c.Get(cache.Cells, cell.Key)
		if err != nil || entry == nil {
			t.Fatalf("entry %v, %v", entry, err)
		}
		rows, err := record.Decode[record.Signal](t.Context(), entry.File(store.SignalsFile))
		if err != nil {
			t.Fatal(err)
		}
		var examples []record.Example
		if text := entry.File(store.ExamplesFile); text != nil { // of a cell that keeps some
			if examples, err = record.Decode[record.Example](t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
		for i := range rows {
			rows[i].Norm = math.NaN()
		}
		for i := range examples {
			e := &examples[i]
			e.Code, e.Infilled, e.Clean, e.Sigma, e.Noise = nil, nil, nil, nil, nil
		}
		meta := entry.Meta
		delete(meta.Note, "columns")
		err = c.Replace(cache.Cells, cell.Key, meta, func(dir string) error {
			if err := recordtest.Write(filepath.Join(dir, store.SignalsFile), rows); err != nil {
				return err
			}
			return recordtest.Write(filepath.Join(dir, store.ExamplesFile), examples)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Of a cell that lacks columns, only the signals whose reconstructions are kept are solved
// again. It does not become smaller.
func TestCellsGetTheColumnsThatTheyLack(t *testing.T) {
	for name, keep := range map[string]string{"some": "keep: 3", "none": "keep: 0"} {
		t.Run(name, func(t *testing.T) {
			dir, text := t.TempDir(), strings.Replace(small, "keep: 3", keep, 1)
			want, _ := mustRun(t, dir, text)
			p, c := planOf(t, text), openCache(t, dir)
			age(t, c, p)
			if runner.NewLookup(c, catalog.Default().Scores).Cached(p.Cells[0].Key, p.Cells[0].Point.Spec.Evaluate) {
				t.Error("the cache seems to have the columns")
			}
			if why := runner.Lacking(c, p.Cells[0], catalog.Default().Scores); len(why) != 1 || why[0].Field != "columns" {
				t.Errorf("the cell lacks %v", why)
			}
			few, _ := mustRun(t, dir, strings.Replace(text, "signals: 70", "signals: 10", 1))
			if few.CellsCached != 0 || len(few.Signals) != 20 {
				t.Errorf("%d cells of the cache, %d rows", few.CellsCached, len(few.Signals))
			}
			got, _ := mustRun(t, dir, text)
			if got.CellsCached != 2 {
				t.Errorf("%d cells of the cache after that", got.CellsCached)
			}
			sameResults(t, "with later columns", got, want)
			again := 0 // solved a second time, which takes another time
			for i := range got.Signals {
				if got.Signals[i].Seconds != want.Signals[i].Seconds {
					again++
				}
			}
			if again != len(want.Examples) {
				t.Errorf("%d signals solved again, expected the %d that are kept", again, len(want.Examples))
			}
		})
	}
}

// TestExamples checks what is kept of whole reconstructions, by operator.
func TestExamples(t *testing.T) {
	text := strings.Replace(small, "  zero:", "  pca: {kind: pca, code_dim: 3}\n  zero:", 1) +
		"sweep: {problem.operator: [inpainting, compressed_sensing]}\n"
	got, _ := mustRun(t, t.TempDir(), text)
	if len(got.Examples) != 18 {
		t.Fatalf("%d examples", len(got.Examples))
	}
	norms := map[int64]float64{}
	for _, row := range got.Signals {
		norms[row.SignalID] = row.Norm
	}
	for _, e := range got.Examples {
		n, codes := len(e.Wavelength), map[string]int{"glo": 4, "pca": 3, "zero": 0}
		if e.RunID != "r" || len(e.Code) != codes[e.Prior] || e.Norm != norms[e.SignalID] || !(e.Norm > 0) || e.MeasurementWavelength != nil {
			t.Errorf("example of %s: run %q, code %v, norm %g, wavelengths of the measurement %v", e.Prior, e.RunID, e.Code, e.Norm, e.MeasurementWavelength)
		}
		if len(e.Infilled) != n || !slices.Contains(e.Infilled, false) {
			t.Errorf("%d flags of infilled fluxes, of %d", len(e.Infilled), n)
		}
		hides := e.Operator == "inpainting"
		if hides && (len(e.Measurement) != n || len(e.Observed) != n) || !hides && (len(e.Measurement) != n-n*2/5 || e.Observed != nil) {
			t.Errorf("%s of %d fluxes: %d measurements, %d observed", e.Operator, n, len(e.Measurement), len(e.Observed))
		}
	}
}

// The deviations that an example has are those that its coverage was made with, also where the solver
// finds the scale.
func TestExamplesHaveTheDeviationsOfTheirScores(t *testing.T) {
	text := strings.Replace(small, "  zero:", "  fa: {kind: factor_analysis, code_dim: 3, iterations: 5}\n  zero:", 1)
	for _, text := range []string{text, strings.Replace(text, "keep: 3", "keep: 3, scale: measured", 1)} {
		got, _ := mustRun(t, t.TempDir(), text)
		for _, e := range got.Examples {
			row := got.Signals[slices.IndexFunc(got.Signals, func(s record.Signal) bool { return s.CellID == e.CellID && s.SignalID == e.SignalID })]
			c := scores.Case{Truth: e.Truth, Clean: e.Clean, Estimate: e.Reconstruction, Observed: e.Observed, Infilled: e.Infilled, Sigma: e.Sigma, Noise: e.Noise}
			want, has := row.Score("z_score"), e.Prior == "fa"
			if z := scores.ZScore.Score(c); has != !math.IsNaN(want) || has && z != want || has != (len(e.Noise) == len(e.Truth)) || len(e.Clean) != len(e.Truth) {
				t.Errorf("%s: z-score %g, in the row %g; %d deviations of noise", e.Prior, z, want, len(e.Noise))
			}
		}
	}
}
