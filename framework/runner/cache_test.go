package runner_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sedlab/catalog"
	"sedlab/framework/runner"
	"sedlab/internal/record"
	"sedlab/priors"
	"sedlab/reports/scores"
)

const sweep = small + `
sweep: {problem.missing_fraction: [0.1, 0.2, 0.3, 0.4, 0.5]}
`

var (
	sameBits32 = cmp.Comparer(func(a, b []float32) bool {
		return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
	})
	sameBits64 = cmp.Comparer(func(a, b []float64) bool {
		return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
	})
)

// sameResults reports where two results differ, except in seconds.
func sameResults(t *testing.T, what string, got, want *runner.Result) {
	t.Helper()
	o := cmp.Options{
		cmpopts.EquateNaNs(), sameBits32, sameBits64, // the last two save much time
		cmpopts.IgnoreFields(record.Signal{}, "Seconds"), cmpopts.IgnoreFields(record.Training{}, "Seconds"),
		cmpopts.IgnoreFields(runner.Result{}, "CellsCached", "Trained", "Epochs", "Warnings"),
	}
	if diff := cmp.Diff(want, got, o); diff != "" {
		t.Errorf("%s: -want +got\n%s", what, diff)
	}
}

func mustRun(t *testing.T, dir, text string) (*runner.Result, *progress) {
	t.Helper()
	var p progress
	got, err := executeOver(t, t.Context(), openCache(t, dir), planOf(t, text), 2, &p)
	if err != nil || len(got.Failures) > 0 {
		t.Fatalf("error %v, failures %v", err, got.Failures)
	}
	return got, &p
}

// More signals or kept reconstructions add to what is there, fewer take of it.
func TestCellsGrow(t *testing.T) {
	ask := func(signals, keep int) string {
		return strings.Replace(sweep, "signals: 70, keep: 3", fmt.Sprintf("signals: %d, keep: %d", signals, keep), 1)
	}
	dir, glo := t.TempDir(), map[int]map[int64]float64{}
	for i, want := range []struct{ signals, keep, cached int }{{20, 3, 0}, {50, 3, 0}, {30, 2, 10}, {30, 5, 0}, {50, 5, 10}} {
		text := ask(want.signals, want.keep)
		got, _ := mustRun(t, dir, text)
		if got.CellsCached != want.cached || len(got.Signals) != 10*want.signals || len(got.Examples) != 10*want.keep {
			t.Errorf("%d: %d cells cached, %d signals, %d examples; expected %+v", i, got.CellsCached, len(got.Signals), len(got.Examples), want)
		}
		alone, _ := mustRun(t, t.TempDir(), text)
		sameResults(t, fmt.Sprintf("step %d", i), got, alone)
		glo[i] = map[int64]float64{}
		for _, s := range got.Signals {
			if s.Prior == "glo" && s.MissingFraction == 0.5 {
				glo[i][s.SignalID] = s.Seconds
			}
		}
	}
	kept := 0
	for id, seconds := range glo[0] {
		if glo[1][id] == seconds {
			kept++
		}
	}
	if kept != 20 {
		t.Errorf("of 20 solved signals, %d were not solved again for 50", kept)
	}
}

// Other scores neither shrink what the cache has nor change the columns of a run.
func TestScoresAndTheCache(t *testing.T) {
	few, all := strings.Replace(small, "signals: 70, keep: 3", "signals: 10, keep: 1", 1), small
	mse, loss := scores.MSE, scores.MeasurementLoss
	dir := t.TempDir()
	for i, step := range []struct {
		text   string
		scores []scores.Kind
		cached int
	}{
		{all, []scores.Kind{mse}, 0},
		{few, []scores.Kind{mse, loss}, 0}, // all again, for the new score
		{all, []scores.Kind{mse, loss}, 2},
		{all, []scores.Kind{loss, mse}, 2},
		{few, []scores.Kind{loss}, 2},
		{all, []scores.Kind{loss, scores.MSEOracle}, 2}, // which would have had no values
	} {
		execute := func(dir string) *runner.Result {
			got, err := executeScored(t, t.Context(), openCache(t, dir), planOf(t, step.text), 2, &progress{}, step.scores)
			if err != nil || len(got.Failures) > 0 {
				t.Fatalf("step %d: error %v, failures %v", i, err, got.Failures)
			}
			return got
		}
		got := execute(dir)
		if got.CellsCached != step.cached {
			t.Errorf("step %d: %d cells of the cache, expected %d", i, got.CellsCached, step.cached)
		}
		sameResults(t, fmt.Sprintf("step %d", i), got, execute(t.TempDir()))
	}
}

// A key that a solver ignores for a prior is no reason to solve again.
func TestWhatIsNotReadIsNotComputedAgain(t *testing.T) {
	dir := t.TempDir()
	mustRun(t, dir, sweep)
	again, _ := mustRun(t, dir, strings.Replace(sweep, "steps: 5", "steps: 6, lr: 0.2", 1))
	if again.CellsCached != 5 {
		t.Errorf("%d cells of zero from the cache, expected 5", again.CellsCached)
	}
}

func TestNothingIsComputedTwice(t *testing.T) {
	dir := t.TempDir()
	first, _ := mustRun(t, dir, sweep)
	if first.CellsCached != 0 || first.Trained != 2 {
		t.Fatalf("%d cells of an empty cache, %d trainings", first.CellsCached, first.Trained)
	}
	again, p := mustRun(t, dir, sweep)
	if again.CellsCached != 10 || again.Trained != 0 || p.loaded != 0 {
		t.Errorf("%d of 10 cells from the cache, %d trainings, %d data sets read", again.CellsCached, again.Trained, p.loaded)
	}
	sameResults(t, "from the cache", again, first)

	reordered, _ := mustRun(t, dir, strings.Replace(sweep, "[0.1, 0.2, 0.3, 0.4, 0.5]", "[0.5, 0.2, 0.6]", 1))
	if reordered.CellsCached != 4 || reordered.Trained != 0 {
		t.Errorf("%d of 4 cells from the cache, %d trainings", reordered.CellsCached, reordered.Trained)
	}
	renamed, _ := mustRun(t, dir, strings.Replace(sweep, "  zero:", "  nothing:", 1))
	if renamed.CellsCached != 10 {
		t.Errorf("%d of 10 cells from the cache under another name", renamed.CellsCached)
	}
	for _, s := range renamed.Signals {
		if s.Prior == "zero" {
			t.Fatal("a row has the name that another run gave the prior")
		}
	}
}

// A byte that was changed in any file of any entry is noticed, and the results
// are computed again.
func TestDamageIsComputedAgain(t *testing.T) {
	few := strings.Replace(sweep, "signals: 70, keep: 3", "signals: 2, keep: 1", 1)
	damageEach(t, sweep, "cells/*/*/signals.parquet", "cells/*/*/examples.parquet", "cells/*/*/entry.json", "priors/*/*/prior.safetensors", "priors/*/*/training.parquet")
	damageEach(t, few, "cells/*/*/signals.jsonl")
}

// damageEach damages a file of each pattern in the cache of a spec.
func damageEach(t *testing.T, text string, patterns ...string) {
	t.Helper()
	dir := t.TempDir()
	want, _ := mustRun(t, dir, text)
	for _, pattern := range patterns {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		flip(t, files[0])
		got, _ := mustRun(t, dir, text)
		if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], filepath.Base(pattern)) {
			t.Errorf("%s: warnings %q", pattern, got.Warnings)
		}
		sameResults(t, pattern, got, want)
	}
}

func flip(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 4
	if err := errors.Join(os.Chmod(path, 0o644), os.WriteFile(path, data, 0o644)); err != nil {
		t.Fatal(err)
	}
}

// A training that was cut goes on from its checkpoint, to the same bits.
func TestTrainingGoesOn(t *testing.T) {
	text := strings.Replace(sweep, "epochs: 2", "epochs: 40", 1)
	want, _ := mustRun(t, t.TempDir(), text)
	dir := t.TempDir()
	cut := func(after int) {
		ctx, cancel := context.WithCancel(t.Context())
		p := &cutter{cancel: cancel, after: after}
		c := openCache(t, dir)
		r, err := runner.Load(ctx, planOf(t, text), c, catalog.Default().Scores, p)
		if err != nil {
			t.Fatal(err)
		}
		o := options(1, &progress{})
		o.Progress = p
		if _, err := r.Run(ctx, o); !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v", err)
		}
	}
	cut(7)
	cut(25)
	if files, err := filepath.Glob(filepath.Join(dir, "checkpoints/*")); len(files) != 1 || err != nil {
		t.Fatalf("checkpoints %v, %v", files, err)
	}
	got, _ := mustRun(t, dir, text)
	sameResults(t, "a training cut twice", got, want)
	if files, err := filepath.Glob(filepath.Join(dir, "checkpoints/*")); len(files) != 1 || err != nil {
		t.Errorf("checkpoints %v, %v are left; want that from which a longer training goes on", files, err)
	}
}

// cutter cancels a run after an epoch.
type cutter struct {
	progress
	cancel context.CancelFunc
	after  int
}

func (c *cutter) Training(_ string, e priors.Epoch) {
	if e.Epoch == c.after {
		c.cancel()
	}
}

// A cache that cannot be written fails its cells, and keeps the run.
func TestCacheThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	c := openCache(t, dir)
	if err := os.Remove(filepath.Join(dir, "tmp")); err != nil {
		t.Fatal(err)
	}
	got, err := executeOver(t, t.Context(), c, planOf(t, sweep), 1, &progress{})
	if err != nil || len(got.Failures) != 10 || !errors.Is(got.Failures[0].Err, fs.ErrNotExist) {
		t.Errorf("error %v, failures %v", err, got.Failures)
	}
}
