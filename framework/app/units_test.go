package app_test

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/datasets"
	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/record/recordtest"
)

// inUnit makes synthetic signals in another unit.
type inUnit struct {
	Unit float64 `spec:"unit" default:"1" example:"2" doc:"of the fluxes"`
}

func (*inUnit) made() *datasets.SyntheticConfig { return &datasets.SyntheticConfig{Signals: 80} }
func (*inUnit) Check() []datasets.KeyError      { return nil }
func (u *inUnit) Size() (signals, fluxes int)   { return u.made().Size() }
func (u *inUnit) Identify(ctx context.Context, seed uint64, d datasets.Digest) (datasets.Identity, error) {
	return u.made().Identify(ctx, seed, d)
}

func (u *inUnit) Load(ctx context.Context, seed uint64) (*datasets.Set, error) {
	set, err := u.made().Load(ctx, seed)
	for i := range set.Flux {
		set.Flux[i] = float32(float64(set.Flux[i]) * u.Unit)
	}
	return set, err
}

const allPriors = `name: units
dataset: {source: scaled, preprocess: [{step: crop, from: 3800, to: 4600}], normalize: none, split: {train: 0.8, validation: 0.1, test: 0.1}}
priors:
  glo: {kind: glo, code_dim: 3, hidden: [8], train: {epochs: 20, batch_size: 16, lr_generator: 0.01, validation: {every: 5}}}
  pca: {kind: pca, code_dim: 3}
  zero: {kind: zero}
  ppca: {kind: ppca, code_dim: 3, iterations: 5}
  fa: {kind: factor_analysis, code_dim: 3, iterations: 5}
  mixture: {kind: mixture, components: 2, code_dim: 3, iterations: 5}
  mean: {kind: mean}
  nearest: {kind: nearest}
  line: {kind: interpolate}
  vad: {kind: vad, code_dim: 3, hidden: [8], train: {epochs: 5, batch_size: 16}, search: {steps: 5, samples: 2}}
  all: {kind: ensemble, of: [glo, fa, line], weights: validation}
problem: {operator: inpainting, missing_fraction: 0.3}
solver: {steps: 60}
evaluate: {signals: 2}
sweep:
  - problem.operator: [inpainting, super_resolution, compressed_sensing]
  - {problem.operator: [inpainting], solver.method: [regularization]}
`

// inUnits runs allPriors in a unit, and returns its rows and losses.
func inUnits(t *testing.T, unit string) ([]record.Signal, []record.Training) {
	t.Helper()
	_, ref := open(t, allPriors)
	c := catalog.Default()
	c.Sources = append(c.Sources, datasets.Kind{Name: "scaled", Doc: "signals in a unit", Version: 1, New: func() datasets.Config { return new(inUnit) }})
	ref.Edits = []spec.Edit{{Origin: "--set", Text: "dataset.unit=" + unit}}
	r, err := app.Open(t.TempDir(), c).Run(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := recordtest.Read[record.Signal](filepath.Join(r.Dir, store.SignalsFile))
	if err != nil {
		t.Fatal(err)
	}
	epochs, err := recordtest.Read[record.Training](filepath.Join(r.Dir, store.TrainingFile))
	if err != nil {
		t.Fatal(err)
	}
	return rows, epochs
}

// Errors in units of the data do not depend on the unit: bit for bit in powers of 2, and
// within rounding in others.
func TestUnitsChangeNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	rows, epochs := inUnits(t, "1")
	sums := map[string]float64{}
	for _, row := range rows {
		sums[row.Prior] += row.Score("mse")
	}
	if !(sums["glo"] < sums["zero"]) {
		t.Errorf("the search finds nothing: %v", sums)
	}
	for _, c := range []struct {
		text      string
		unit      float64
		tolerance float64
	}{{"5.421010862427522e-20", 0x1p-64, 0}, {"1.152921504606847e18", 0x1p60, 0}, {"1e-17", 1e-17, 0.02}, {"1e17", 1e17, 0.02}} {
		got, losses := inUnits(t, c.text)
		close := func(a, b float64) bool { return math.Abs(a-b) <= c.tolerance*math.Abs(b) }
		for i, row := range got {
			close := close
			if row.Prior == "vad" { // rounding of a training of few steps grows
				close = func(a, b float64) bool { return math.Abs(a-b) <= 20*c.tolerance*math.Abs(b) }
			}
			if a, b := row.Score("mse"), rows[i].Score("mse")*c.unit*c.unit; row.Status != "ok" || !close(a, b) {
				t.Errorf("unit %s, %s, %s, signal %d: %s, mse %g; want %g", c.text, row.Prior, row.Operator, row.SignalID, row.Status, a, b)
			}
		}
		for i, e := range losses {
			if a, b := e.Loss, epochs[i].Loss*c.unit*c.unit; e.Prior == "glo" && !close(a, b) {
				t.Errorf("unit %s, epoch %d: loss %g; want %g", c.text, e.Epoch, a, b)
			}
			if a, b := e.ValidationLoss, epochs[i].ValidationLoss*c.unit*c.unit; e.Prior == "glo" && e.Epoch%5 == 0 && !close(a, b) {
				t.Errorf("unit %s, epoch %d: validation loss %g; want %g", c.text, e.Epoch, a, b)
			}
		}
	}
	if strings.Count(allPriors, "kind:") != len(catalog.Default().Priors) {
		t.Error("allPriors lacks a kind of prior")
	}
}
