package runner_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/spec"
	"sedlab/internal/kind"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/priors/zero"
	"sedlab/reports/scores"
	"sedlab/solvers"
)

// load plans and loads a spec with a catalogue.
func load(t *testing.T, text string, o spec.Options) (*runner.Runner, error) {
	t.Helper()
	return loadOver(t, openCache(t, t.TempDir()), text, o)
}

func loadOver(t *testing.T, c *cache.Cache, text string, o spec.Options) (*runner.Runner, error) {
	t.Helper()
	f, err := spec.Parse([]byte(text), "f.yaml", o)
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(f, f.Points(), plan.Machine{}, plan.Identify{Data: identify})
	if err != nil {
		t.Fatal(err)
	}
	return runner.Load(t.Context(), p, c, o.Scores, &progress{})
}

const plain = `
name: plain
dataset: {source: synthetic, size: 80, preprocess: [{step: crop, from: 3800}]}
priors: {zero: {kind: zero}}
problem: {operator: denoising}
evaluate: {signals: 8}
`

// Configs with one method that panics.
type (
	wildSource   struct{ silent }
	wildStep     struct{ datasets.CropConfig }
	wildOperator struct{ operators.DenoisingConfig }
	wildPrior    struct{ zero.Config }
	wildSolver   struct{ solvers.ProjectionConfig }
)

func (*wildSource) Load(context.Context, uint64) (*datasets.Set, error) { panic("boo") }
func (*wildStep) Apply(context.Context, *datasets.Set, []int, uint64) (*datasets.Set, error) {
	panic("boo")
}
func (*wildOperator) Check(grid []float64) []operators.KeyError {
	if grid == nil { // unknown, while the spec is read
		return nil
	}
	panic("boo")
}
func (*wildPrior) Check(signals, _ int) []priors.KeyError {
	if signals == 0 { // likewise
		return nil
	}
	panic("boo")
}
func (*wildSolver) Tile() int { panic("boo") }

type (
	wildLevel struct{ operators.DenoisingConfig }
	wildOpen  struct{ zero.Config }
)

func (*wildLevel) Level() float64                          { panic("boo") }
func (*wildOpen) Open(*priors.State) (priors.Prior, error) { panic("boo") }

// A level that panics is no level, and a prior that cannot be opened is trained again.
func TestPanicThatLosesNoResult(t *testing.T) {
	o := specOptions()
	o.Operators[2].New = func() operators.Config { return new(wildLevel) }
	o.Priors[2].New = func() priors.Config { return new(wildOpen) }
	c := openCache(t, t.TempDir())
	for i, text := range []string{plain, strings.Replace(plain, "operator: denoising", "operator: denoising, noise: {l2: 1}", 1)} {
		r, err := loadOver(t, c, text, o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Run(t.Context(), options(1, &progress{}))
		if err != nil || len(got.Failures) > 0 || got.Trained != 1 || strings.Contains(strings.Join(got.Warnings, " "), "panic: boo") != (i == 1) {
			t.Fatalf("run %d: error %v, failures %v, %d trained, warnings %q", i, err, got.Failures, got.Trained, got.Warnings)
		}
		if level := got.Signals[0].Level; !math.IsNaN(level) {
			t.Errorf("level %g", level)
		}
	}
}

// A panic in a kind is an error of the run, which names the kind.
func TestPanicBeforeTheRun(t *testing.T) {
	for want, spoil := range map[string]func(c spec.Catalog){
		"source synthetic":   func(c spec.Catalog) { c.Sources[0].New = func() datasets.Config { return new(wildSource) } },
		"step crop":          func(c spec.Catalog) { c.Steps[0].New = func() datasets.Step { return new(wildStep) } },
		"operator denoising": func(c spec.Catalog) { c.Operators[2].New = func() operators.Config { return new(wildOperator) } },
		"prior zero":         func(c spec.Catalog) { c.Priors[2].New = func() priors.Config { return new(wildPrior) } },
	} {
		t.Run(want, func(t *testing.T) {
			o := withSilentData()
			spoil(o.Catalog)
			_, err := load(t, plain, o)
			var panicked *kind.PanicError
			if !errors.As(err, &panicked) || !strings.HasPrefix(err.Error(), want+": panic: boo\n") {
				t.Errorf("got error %v, expected a panic of %s", err, want)
			}
		})
	}
}

// Configs whose sets are broken, or lack signals.
type (
	oddSource struct{ silent }
	oddStep   struct{ datasets.CropConfig }
)

func (*oddSource) Load(context.Context, uint64) (*datasets.Set, error) {
	return &datasets.Set{Name: "odd", Flux: []float32{1, 2}}, nil
}

func (*oddStep) Apply(_ context.Context, s *datasets.Set, _ []int, _ uint64) (*datasets.Set, error) {
	return &datasets.Set{Name: s.Name, Wavelength: s.Wavelength, Flux: s.Signal(0)}, nil
}

func TestSetsAreChecked(t *testing.T) {
	for want, spoil := range map[string]func(c spec.Catalog){
		"dataset source synthetic: 2 fluxes on 0 wavelengths": func(c spec.Catalog) { c.Sources[0].New = func() datasets.Config { return new(oddSource) } },
		"dataset step crop: gives 1 signals":                  func(c spec.Catalog) { c.Steps[0].New = func() datasets.Step { return new(oddStep) } },
	} {
		t.Run(want, func(t *testing.T) {
			o := specOptions()
			spoil(o.Catalog)
			_, err := load(t, plain, o)
			var input *datasets.InputError
			if !errors.As(err, &input) || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got error %v, expected an InputError %q", err, want)
			}
		})
	}
}

// A panic in a cell fails the cell alone.
func TestPanicInACell(t *testing.T) {
	for want, spoil := range map[string]func(c spec.Catalog){
		"solver projection: panic: boo": func(c spec.Catalog) { c.Solvers[0].New = func() solvers.Config { return new(wildSolver) } },
		"panic: boo":                    func(c spec.Catalog) { c.Scores[0].Score = func(scores.Case) float64 { panic("boo") } },
	} {
		t.Run(want, func(t *testing.T) {
			o := specOptions()
			spoil(o.Catalog)
			r, err := load(t, plain, o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := r.Run(t.Context(), options(2, &progress{}))
			if err != nil || len(got.Failures) != 1 || !strings.HasPrefix(got.Failures[0].Err.Error(), want+"\n") {
				t.Fatalf("error %v, failures %v", err, got.Failures)
			}
			if s := got.Signals[0].Status; s != "failed: "+want {
				t.Errorf("status %q", s)
			}
		})
	}
}
