package runner_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"math"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/runner"
	"sedlab/internal/record"
)

const composed = `
name: composed
dataset: {source: whole, size: 140, split: {train: 0.6, validation: 0.2, test: 0.2}, preprocess: [{step: crop, from: 3800, to: 4300}]}
priors:
  glo: {kind: glo, code_dim: 4, hidden: [8], train: {epochs: 2, batch_size: 16, lr_generator: 0.01}}
  pca: {kind: pca, code_dim: 6, solver: {method: regularization, lambda: 1e-3}}
  nearest: {kind: nearest}
  equal: {kind: ensemble, of: [glo, pca, nearest]}
  fitted: {kind: ensemble, of: [glo, pca, nearest], weights: validation}
problem: {operator: inpainting, missing_fraction: 0.4, noise: {l2: 2}}
solver: {steps: 5}
evaluate: {split: test, signals: 20, keep: 3}
`

// runComposed runs a spec in an empty cache, and returns its log too.
func runComposed(t *testing.T, text string, workers int) (*runner.Result, string) {
	t.Helper()
	r, err := runner.Load(t.Context(), planWith(t, text), openCache(t, t.TempDir()), catalog.Default().Scores, &progress{})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	o := options(workers, &progress{})
	o.Log = slog.New(slog.NewJSONHandler(&log, nil))
	got, err := r.Run(t.Context(), o)
	if err != nil || len(got.Failures) > 0 {
		t.Fatalf("error %v, failures %v", err, got.Failures)
	}
	return got, log.String()
}

// weightsIn reads the weights of the fitted prior from a log.
func weightsIn(t *testing.T, log string) map[string]float64 {
	t.Helper()
	for line := range strings.Lines(log) {
		var e struct {
			Msg, Prior string
			Weights    map[string]float64
		}
		if err := json.Unmarshal([]byte(line), &e); err == nil && e.Msg == "fitted" && e.Prior == "fitted" {
			return e.Weights
		}
	}
	t.Fatal("the log has no weights")
	return nil
}

// An ensemble averages what its members make of the same measurements in their own cells, by
// equal weights or by those in the log. Workers change nothing.
func TestEnsemblesAverageTheirMembers(t *testing.T) {
	got, log := runComposed(t, composed, 3)
	one, again := runComposed(t, composed, 1)
	sameResults(t, "one worker", one, got)
	weights := weightsIn(t, log)
	if other := weightsIn(t, again); len(weights) != 3 || weights["pca"] != other["pca"] || weights["glo"] != other["glo"] {
		t.Errorf("weights %v, and %v by one worker", weights, other)
	}
	made := map[string][]record.Example{}
	for _, e := range got.Examples {
		made[e.Prior] = append(made[e.Prior], e)
	}
	third := map[string]float64{"glo": 1. / 3, "pca": 1. / 3, "nearest": 1. / 3}
	for name, w := range map[string]map[string]float64{"equal": third, "fitted": weights} {
		if len(made[name]) != 3 {
			t.Fatalf("%d reconstructions by %s", len(made[name]), name)
		}
		for i, e := range made[name] {
			for j, v := range e.Reconstruction {
				want := 0.0
				for member, share := range w {
					want += share * float64(made[member][i].Reconstruction[j])
				}
				if math.Abs(float64(v)-want) > 1e-6 {
					t.Fatalf("%s, signal %d, flux %d: %g, want %g", name, e.SignalID, j, v, want)
				}
			}
		}
	}
	for _, row := range got.Signals {
		bands := row.Prior == "nearest" || row.Prior == "equal" || row.Prior == "fitted" && weights["nearest"] > 0
		if bands == math.IsNaN(row.Score("coverage_68")) {
			t.Errorf("%s: a coverage of %g", row.Prior, row.Score("coverage_68"))
		}
	}
}

// Weights by validation signals have the least mean error in hidden fluxes of these signals.
func TestWeightsByValidationSignals(t *testing.T) {
	text := strings.Replace(composed, "split: test, signals: 20, keep: 3", "split: validation, signals: all, keep: 0", 1)
	got, log := runComposed(t, text, 2)
	sums, count := map[string]float64{}, 0
	for _, row := range got.Signals {
		sums[row.Prior] += row.Score("mse_missing")
		if row.Prior == "glo" {
			count++
		}
	}
	if count < 20 || count > 100 {
		t.Fatalf("%d validation signals", count)
	}
	for _, other := range []string{"glo", "pca", "nearest", "equal"} {
		if !(sums["fitted"] <= sums[other]*(1+1e-6)) {
			t.Errorf("a sum of errors of %g, but %g of %s", sums["fitted"], sums[other], other)
		}
	}
	test, other := runComposed(t, composed, 2)
	if a, b := weightsIn(t, log), weightsIn(t, other); a["pca"] != b["pca"] || a["nearest"] != b["nearest"] || len(test.Signals) != 5*20 {
		t.Errorf("weights depend on what is evaluated: %v and %v", a, b)
	}
}

// A cell that grows has the results of one that was made as a whole.
func TestEnsemblesGrow(t *testing.T) {
	c := openCache(t, t.TempDir())
	want, _ := runComposed(t, composed, 2)
	for _, text := range []string{strings.Replace(composed, "signals: 20", "signals: 8", 1), composed} {
		r, err := runner.Load(t.Context(), planWith(t, text), c, catalog.Default().Scores, &progress{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Run(t.Context(), options(2, &progress{}))
		if err != nil {
			t.Fatal(err)
		}
		if text == composed {
			sameResults(t, "a cell that grew", got, want)
		}
	}
}

const unlucky = `
name: unlucky
dataset: {source: synthetic, size: 80}
priors:
  bad: {kind: failing}
  zero: {kind: zero}
  mean: {kind: mean}
  lucky: {kind: ensemble, of: [zero, mean]}
  unlucky: {kind: ensemble, of: [zero, bad]}
problem: {operator: denoising}
evaluate: {signals: 8}
`

// An ensemble fails with a member, and says which one.
func TestEnsembleOfAFailedTraining(t *testing.T) {
	res, err := execute(t, t.Context(), planOf(t, unlucky), 2, &progress{})
	if err != nil || res.CellsDone != 3 || len(res.Failures) != 2 {
		t.Fatalf("error %v, %d done, failures %v", err, res.CellsDone, res.Failures)
	}
	for _, s := range res.Signals {
		want := record.StatusOK
		if s.Prior == "bad" || s.Prior == "unlucky" {
			want = "failed: prior bad: out of luck"
		}
		if s.Status != want {
			t.Errorf("%s: status %q", s.Prior, s.Status)
		}
	}
}
