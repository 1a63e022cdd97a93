package runner_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/datasets"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/internal/record"
)

// waves is a source of signals without noise that three components and a mean span.
var waves = datasets.Kind{Name: "waves", Doc: "waves", Version: 1, New: func() datasets.Config { return new(wavesConfig) }}

type wavesConfig struct{}

func (*wavesConfig) Check() []datasets.KeyError  { return nil }
func (*wavesConfig) Size() (signals, fluxes int) { return 60, 50 }
func (*wavesConfig) Identify(context.Context, uint64, datasets.Digest) (datasets.Identity, error) {
	return datasets.Identity{}, nil
}

func (c *wavesConfig) Load(context.Context, uint64) (*datasets.Set, error) {
	count, n := c.Size()
	s := &datasets.Set{Name: "waves", Wavelength: make([]float64, n), Flux: make([]float32, count*n)}
	for j := range n {
		s.Wavelength[j] = 4000 + float64(j)
	}
	for i := range s.Flux {
		signal, j, x := float64(i/n), i%n, 5.
		for k := 1.; k < 4; k++ {
			x += math.Sin(7*k*signal) * math.Cos(k*float64(j)/5)
		}
		s.Flux[i] = float32(x)
	}
	return s, nil
}

func runOracle(t *testing.T, text string, workers int) []record.Signal {
	t.Helper()
	c := catalog.Default()
	c.Sources = append(c.Sources, waves)
	f, err := spec.Parse([]byte(text), "oracle.yaml", spec.Options{Catalog: c})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(f, f.Points(), plan.Machine{}, plan.Unidentified)
	if err != nil {
		t.Fatal(err)
	}
	got, err := execute(t, t.Context(), p, workers, &progress{})
	if err != nil || len(got.Failures) > 0 {
		t.Fatalf("error %v, failures %v", err, got.Failures)
	}
	return got.Signals
}

const oracle = `
name: oracle
dataset: {source: waves, normalize: none}
priors:
  all: {kind: pca, code_dim: 3}
  some: {kind: pca, code_dim: 1}
  zero: {kind: zero}
  mean: {kind: mean}
problem: {operator: inpainting, missing_fraction: 0.4, noise: {l2: 2}}
solver: {method: regularization, lambda: 0.1}
evaluate: {split: test, oracle: true}
sweep: {evaluate.scale: [all, measured]}
`

// The signals are in the span of three components, so nothing is left of these but what noise, a
// penalty and missing fluxes cost. A prior that cannot adapt has the same error either way.
func TestOracle(t *testing.T) {
	for _, s := range runOracle(t, oracle, 2) {
		got, mse := s.Score("mse_oracle"), s.Score("mse")
		scale, _ := s.Value("sweep.evaluate.scale")
		switch {
		case s.Prior == "all" && (got > 1e-9 || mse < 1e-3):
			t.Errorf("signal %d in the span, scale %v: representation error %g, mse %g", s.SignalID, scale, got, mse)
		case s.Prior == "some" && !(got > 1e-4 && got < mse*(1+1e-6)):
			t.Errorf("signal %d outside of the span, scale %v: representation error %g, mse %g", s.SignalID, scale, got, mse)
		case (s.Prior == "zero" || s.Prior == "mean" && scale == "all") && got != mse:
			t.Errorf("signal %d, prior %s: representation error %g, mse %g; expected the same", s.SignalID, s.Prior, got, mse)
		}
	}
}

// Errors of representations are against the signal without noise, and the same for each problem.
func TestOracleDependsOnTheSignalAlone(t *testing.T) {
	text := strings.Replace(small, "zero: {kind: zero}", "pca: {kind: pca, code_dim: 20}", 1)
	text = strings.Replace(text, "keep: 3", "keep: 3, oracle: true", 1)
	alone := map[string]float64{}
	id := func(s record.Signal) string { return s.Prior + string(rune(s.SignalID)) }
	one, _ := mustRun(t, t.TempDir(), text)
	for _, s := range one.Signals {
		alone[id(s)] = s.Score("mse_oracle")
		if s.Prior == "pca" && !(s.Score("mse_oracle") < s.Score("mse_truth")) {
			t.Errorf("signal %d: representation error %g, mse_truth %g", s.SignalID, s.Score("mse_oracle"), s.Score("mse_truth"))
		}
	}
	swept, _ := mustRun(t, t.TempDir(), text+"sweep: {problem.missing_fraction: [0, 0.4], evaluate.oracle: [true, false]}\n")
	plain := map[[2]any]float64{}
	for _, s := range swept.Signals {
		on, _ := s.Value("sweep.evaluate.oracle")
		got, at := s.Score("mse_oracle"), [2]any{id(s), s.MissingFraction}
		if on == false && !math.IsNaN(got) || on == true && got != alone[id(s)] {
			t.Errorf("signal %d, prior %s, oracle %v: %g, and %g in a run of its own", s.SignalID, s.Prior, on, got, alone[id(s)])
		}
		if other, known := plain[at]; known && other != s.Score("mse") {
			t.Errorf("signal %d, prior %s: the oracle changes mse from %g to %g", s.SignalID, s.Prior, other, s.Score("mse"))
		}
		plain[at] = s.Score("mse")
	}
}

const fittedOracle = `
name: fitted
dataset: {source: synthetic, size: 200, split: {train: 0.6, validation: 0.2, test: 0.2}}
priors:
  fa: {kind: factor_analysis, code_dim: 4}
  near: {kind: nearest}
  both: {kind: ensemble, of: [fa, near], weights: validation}
problem: {operator: inpainting}
evaluate: {signals: 5, keep: 0, oracle: true}
sweep: {problem.missing_fraction: [0.1, 0.9]}
`

// An ensemble is fitted to the problem of a cell, so its representation errors are the cell's own,
// whatever cells come before.
func TestOracleOfFittedPriors(t *testing.T) {
	found := map[string]map[float64]float64{}
	for _, order := range []string{"[0.1, 0.9]", "[0.9, 0.1]"} {
		result, err := execute(t, t.Context(), planOf(t, strings.Replace(fittedOracle, "[0.1, 0.9]", order, 1)), 1, &progress{})
		if err != nil {
			t.Fatal(err)
		}
		found[order] = map[float64]float64{}
		for _, row := range result.Signals {
			if row.Prior == "both" {
				found[order][row.MissingFraction] += row.Score("mse_oracle")
			}
		}
	}
	a, b := found["[0.1, 0.9]"], found["[0.9, 0.1]"]
	if a[0.1] != b[0.1] || a[0.9] != b[0.9] || a[0.1] == a[0.9] {
		t.Errorf("the order of the sweep changes representation errors: %v, %v", a, b)
	}
}
