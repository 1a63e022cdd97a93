package runner_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/datasets"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/spec"
)

// withErrors is a source of synthetic spectra, with equal errors but for every seventh flux.
type withErrors struct{ datasets.SyntheticConfig }

func (c *withErrors) Load(ctx context.Context, seed uint64) (*datasets.Set, error) {
	set, err := c.SyntheticConfig.Load(ctx, seed)
	if err == nil {
		set.Ivar = make([]float32, len(set.Flux))
		for i := range set.Ivar {
			if i%7 != 0 {
				set.Ivar[i] = 100
			}
		}
	}
	return set, err
}

var errorsSource = datasets.Kind{Name: "with-errors", Doc: "has errors", Version: 1, New: func() datasets.Config { return new(withErrors) }}

// whole is a source of synthetic spectra without gaps.
type whole struct{ datasets.SyntheticConfig }

func (c *whole) Load(ctx context.Context, seed uint64) (*datasets.Set, error) {
	set, err := c.SyntheticConfig.Load(ctx, seed)
	if err == nil {
		set.Infilled = nil
	}
	return set, err
}

var wholeSource = datasets.Kind{Name: "whole", Doc: "has no gaps", Version: 1, New: func() datasets.Config { return new(whole) }}

// untrue is a source of synthetic spectra whose noise-free signals are unknown.
type untrue struct{ datasets.SyntheticConfig }

func (c *untrue) Load(ctx context.Context, seed uint64) (*datasets.Set, error) {
	set, err := c.SyntheticConfig.Load(ctx, seed)
	if err == nil {
		set.Truth = nil
	}
	return set, err
}

var untrueSource = datasets.Kind{Name: "untrue", Doc: "does not know the truth", Version: 1, New: func() datasets.Config { return new(untrue) }}

func planWith(t *testing.T, text string) *plan.Plan {
	t.Helper()
	c := catalog.Default()
	c.Sources = append(c.Sources, errorsSource, wholeSource, untrueSource)
	f, err := spec.Parse([]byte(text), "small.yaml", spec.Options{Catalog: c})
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(f, f.Points(), plan.Machine{}, plan.Identify{Data: identify})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const precise = `
name: precise
dataset: {source: SOURCE, size: 80}
priors: {pca: {kind: pca, code_dim: 4}}
problem: {operator: inpainting, missing_fraction: 0.4, noise: {l2: 2}, precision: data}
evaluate: {split: train, signals: 20, scale: all}
`

// χ² counts the measurements with a precision. About the same signal, with a scale that
// solvers must find, it is about the same.
func TestPrecisionOfTheData(t *testing.T) {
	for _, scale := range []string{"all", "measured"} {
		text := strings.NewReplacer("SOURCE", "with-errors", "scale: all", "scale: "+scale).Replace(precise)
		result, err := execute(t, t.Context(), planWith(t, text), 2, &progress{})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range result.Signals {
			if row.Status != "ok" || !(row.Chi2 > 0) || !(row.Score("mse") < 1) {
				t.Errorf("scale %s, signal %d: status %q, χ² %g, mse %g", scale, row.SignalID, row.Status, row.Chi2, row.Score("mse"))
			}
		}
	}
}

func TestPrecisionNeedsErrors(t *testing.T) {
	p := planWith(t, strings.Replace(precise, "SOURCE", "synthetic", 1))
	_, err := runner.Load(t.Context(), p, openCache(t, t.TempDir()), nil, &progress{})
	if err == nil || !strings.Contains(err.Error(), "problem.precision: got data, but the data set has no errors") {
		t.Errorf("error %v", err)
	}
}

func TestNoPrecisionNoChi2(t *testing.T) {
	result, err := execute(t, t.Context(), planOf(t, small), 2, &progress{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range result.Signals {
		if !math.IsNaN(row.Chi2) {
			t.Fatalf("χ² %g", row.Chi2)
		}
	}
}

const trainedOn = `
name: trained-on
dataset: {source: SOURCE, size: 80, corrupt: {noise: {l2: NOISE}, share: 0.5}}
priors: {glo: {kind: glo, code_dim: 4, hidden: [16], train: {epochs: 5, fluxes: FLUXES}}}
problem: {operator: inpainting, missing_fraction: 0.4}
evaluate: {split: test, signals: 4}
`

// losses returns the losses of a training, and those of the kept generator.
func losses(t *testing.T, source, noise, fluxes string) (list []float64) {
	t.Helper()
	text := strings.NewReplacer("SOURCE", source, "NOISE", noise, "FLUXES", fluxes).Replace(trainedOn)
	result, err := execute(t, t.Context(), planWith(t, text), 2, &progress{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range result.Training {
		list = append(list, e.Loss)
	}
	return append(list, result.Training[len(result.Training)-1].KeptLoss)
}

// Fluxes that all count the same give the same prior, to the bit, however that is said. Known
// noise that was added has weights, without errors in the data.
func TestFluxesOfTrainings(t *testing.T) {
	all := losses(t, "whole", "0", "all")
	if measured := losses(t, "whole", "0", "measured"); !slices.Equal(all, measured) {
		t.Errorf("all fluxes were measured, but losses are %v and %v", all, measured)
	}
	noisy := losses(t, "whole", "3", "all")
	if weighted := losses(t, "whole", "3", "weighted"); slices.Equal(noisy, weighted) {
		t.Error("noise of half the signals has no weight")
	}
	if gaps := losses(t, "with-errors", "0", "measured"); slices.Equal(all, gaps) {
		t.Error("fluxes with an inverse variance of 0 count as measured")
	}
	p := planWith(t, strings.NewReplacer("SOURCE", "synthetic", "NOISE", "0", "FLUXES", "weighted").Replace(trainedOn))
	if _, err := runner.Load(t.Context(), p, openCache(t, t.TempDir()), nil, &progress{}); err == nil || !strings.Contains(err.Error(), "priors.glo.train.fluxes: got weighted, but the data set has no errors") {
		t.Errorf("error %v", err)
	}
}
