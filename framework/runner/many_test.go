package runner_test

import (
	"testing"

	"sedlab/catalog"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/spec"
)

// BenchmarkCells measures what a cell costs beside its work: solving, which takes no time here.
func BenchmarkCells(b *testing.B) {
	f, err := spec.Parse([]byte(`
name: many
dataset: {source: synthetic, size: 200}
priors: {zero: {kind: zero}}
problem: {operator: inpainting}
evaluate: {signals: 1, keep: 0}
sweep:
  problem.missing_fraction: {from: 0.001, to: 0.05, step: 0.001}
  problem.noise.l2: {from: 0.01, to: 0.2, step: 0.01}
`), "many.yaml", specOptions())
	if err != nil {
		b.Fatal(err)
	}
	p, err := plan.New(f, f.Points(), plan.Machine{}, plan.Identify{Data: identify})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c, err := cache.Open(b.Context(), b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		r, err := runner.Load(b.Context(), p, c, catalog.Default().Scores, new(progress))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Run(b.Context(), options(2, new(progress))); err != nil {
			b.Fatal(err)
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
