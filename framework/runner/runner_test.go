package runner_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"os"
	"testing"

	"sedlab/catalog"
	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/spec"
	"sedlab/internal/disk"
	"sedlab/internal/disk/disktest"
	"sedlab/internal/record"
	"sedlab/priors"
	"sedlab/priors/zero"
	"sedlab/reports/scores"
)

// TestMain keeps tests from waiting for the disk.
func TestMain(m *testing.M) {
	disk.Watch(disktest.Unsynced)
	os.Exit(m.Run())
}

const small = `
name: small
dataset: {source: synthetic, size: 80}
priors:
  glo: {kind: glo, code_dim: 4, hidden: [8], train: {epochs: 2, batch_size: 16, lr_generator: 0.01}}
  zero: {kind: zero}
problem: {operator: inpainting, missing_fraction: 0.4, noise: {l2: 2}}
solver: {steps: 5}
evaluate: {split: train, signals: 70, keep: 3}
`

func specOptions() spec.Options {
	c := catalog.Default()
	c.Priors = append(c.Priors, failing)
	return spec.Options{Catalog: c}
}

func identify(_ *spec.Dataset, seed uint64) (datasets.Identity, error) {
	return datasets.Identity{Seed: seed, Seeded: true}, nil
}

func openCache(t *testing.T, dir string) *cache.Cache {
	t.Helper()
	c, err := cache.Open(t.Context(), 0, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func planOf(t *testing.T, text string) *plan.Plan {
	t.Helper()
	f, err := spec.Parse([]byte(text), "small.yaml", specOptions())
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(f, f.Points(), plan.Machine{}, plan.Identify{Data: identify})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// failing is a kind whose training always fails.
var failing = priors.Kind{Name: "failing", Doc: "fails", Version: 1, New: func() priors.Config { return new(failingConfig) }}

type failingConfig struct{}

func (*failingConfig) Check(int, int) []priors.KeyError { return nil }
func (*failingConfig) Blank() priors.Prior              { return zero.Prior{} }
func (*failingConfig) Train(context.Context, priors.Data) (priors.Prior, error) {
	return nil, errors.New("out of luck")
}

// progress counts events, and cancels after a number of cells.
type progress struct {
	loaded, epochs, cells int
	cancelAt              int
	cancel                context.CancelFunc
}

func (p *progress) Loading(string)                { p.loaded++ }
func (p *progress) Waiting(string, cache.Holder)  {}
func (p *progress) Training(string, priors.Epoch) { p.epochs++ }
func (p *progress) Cells(done, total int) {
	p.cells = done
	if p.cancel != nil && done == p.cancelAt {
		p.cancel()
	}
}

func options(workers int, p *progress) runner.Options {
	return runner.Options{RunID: "r", Workers: workers, Progress: p, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func execute(t *testing.T, ctx context.Context, p *plan.Plan, workers int, progress *progress) (*runner.Result, error) {
	t.Helper()
	return executeOver(t, ctx, openCache(t, t.TempDir()), p, workers, progress)
}

func executeOver(t *testing.T, ctx context.Context, c *cache.Cache, p *plan.Plan, workers int, progress *progress) (*runner.Result, error) {
	t.Helper()
	return executeScored(t, ctx, c, p, workers, progress, catalog.Default().Scores)
}

func executeScored(t *testing.T, ctx context.Context, c *cache.Cache, p *plan.Plan, workers int, progress *progress, scores []scores.Kind) (*runner.Result, error) {
	t.Helper()
	r, err := runner.Load(ctx, p, c, scores, progress)
	if err != nil {
		t.Fatal(err)
	}
	return r.Run(ctx, options(workers, progress))
}

func TestRun(t *testing.T) {
	p := planOf(t, small)
	var progress progress
	res, err := execute(t, t.Context(), p, 2, &progress)
	if err != nil {
		t.Fatal(err)
	}
	if res.CellsDone != 2 || progress.cells != 2 || progress.epochs < 2 {
		t.Errorf("%d cells done, %d reported, %d epochs reported", res.CellsDone, progress.cells, progress.epochs)
	}
	if len(res.Signals) == 0 || len(res.Signals)%2 != 0 || len(res.Examples) != 6 || len(res.Training) != 2 {
		t.Fatalf("%d signals, %d examples, %d epochs", len(res.Signals), len(res.Examples), len(res.Training))
	}
	for _, s := range res.Signals {
		if s.Status != record.StatusOK || !(s.Score("mse") > 0) || s.NoiseL2 != 2 || s.Level != 0.4 || !math.IsNaN(s.Lambda) {
			t.Fatalf("row %+v", s)
		}
		// The parts make up the whole: 40 % are missing.
		if whole := 0.4*s.Score("mse_missing") + 0.6*s.Score("mse_observed"); math.Abs(whole-s.Score("mse")) > 1e-9 {
			t.Errorf("signal %d: mse %g, from its parts %g", s.SignalID, s.Score("mse"), whole)
		}
		if s.Prior == "zero" && math.Abs(s.Score("mse")-1) > 1e-5 {
			t.Errorf("signal %d: the zero prior's mse is %g, expected 1", s.SignalID, s.Score("mse"))
		}
	}
	for _, e := range res.Examples {
		for j, ok := range e.Observed {
			if ok == math.IsNaN(float64(e.Measurement[j])) {
				t.Fatalf("flux %d: observed %v, measurement %g", j, ok, e.Measurement[j])
			}
		}
	}
}

func TestOneFailedTrainingLeavesTheRest(t *testing.T) {
	p := planOf(t, `
name: small
dataset: {source: synthetic, size: 80}
priors:
  bad: {kind: failing}
  zero: {kind: zero}
problem: {operator: denoising}
evaluate: {signals: 8}
`)
	res, err := execute(t, t.Context(), p, 2, &progress{})
	if err != nil {
		t.Fatal(err)
	}
	if res.CellsDone != 1 || len(res.Failures) != 1 || len(res.Warnings) != 1 {
		t.Fatalf("%d done, failures %v, warnings %v", res.CellsDone, res.Failures, res.Warnings)
	}
	for _, s := range res.Signals {
		if bad := s.Prior == "bad"; bad != math.IsNaN(s.Score("mse")) || bad != (s.Status == "failed: prior bad: out of luck") {
			t.Errorf("%s: mse %g, status %q", s.Prior, s.Score("mse"), s.Status)
		}
	}
}

func TestCancelKeepsFinishedCells(t *testing.T) {
	p := planOf(t, small+`
sweep:
  problem.missing_fraction: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
`)
	ctx, cancel := context.WithCancel(t.Context())
	res, err := execute(t, ctx, p, 1, &progress{cancelAt: 3, cancel: cancel})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if res.CellsDone < 3 || res.CellsDone == len(p.Cells) || len(res.Failures) > 0 {
		t.Errorf("%d of %d cells done, failures %v", res.CellsDone, len(p.Cells), res.Failures)
	}
	for _, s := range res.Signals {
		if s.Status != record.StatusOK {
			t.Errorf("signal %d: status %q", s.SignalID, s.Status)
		}
	}
}
