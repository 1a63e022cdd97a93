package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sedlab/framework/store"
)

// BenchmarkList lists and filters 10,000 runs that differ in a few settings:
// cold reads every folder, warm the index alone.
func BenchmarkList(b *testing.B) {
	root := b.TempDir()
	makeRuns(b, root, 10_000)
	condition, err := store.ParseCondition("priors.glo.code_dim=50")
	if err != nil {
		b.Fatal(err)
	}
	list := func() {
		runs, err := store.List(root)
		if err != nil {
			b.Fatal(err)
		}
		if runs, err = (store.Query{Where: []store.Condition{condition}}).Select(runs); err != nil || len(runs) != 100 {
			b.Fatalf("%d runs, %v", len(runs), err)
		}
		by, err := store.FindColumn(runs, []string{"mse"}, "mse")
		if err != nil {
			b.Fatal(err)
		}
		store.Sort(runs, by, false)
	}
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			if err := os.RemoveAll(filepath.Join(root, store.IndexFile)); err != nil {
				b.Fatal(err)
			}
			list()
		}
	})
	b.Run("warm", func(b *testing.B) {
		for b.Loop() {
			list()
		}
	})
}

var longAgo = time.Date(2001, 2, 3, 4, 5, 6, 7, time.UTC)

// makeRuns makes folders as runs leave them, changed long ago.
func makeRuns(tb testing.TB, root string, n int) {
	tb.Helper()
	for i := range n {
		started := now.Add(time.Duration(i) * time.Minute)
		dir := filepath.Join(root, fmt.Sprintf("demo-%s-%08x", started.Format("20060102-150405"), i))
		files := map[string]string{
			store.SpecFile: fmt.Sprintf(specText, i%100),
			store.ManifestFile: fmt.Sprintf(`{"id": %q, "name": "demo", "status": "done", "started": %q, "seconds": %d,
				"cells": {"total": 20, "done": 20}, "results": [
				{"prior": "glo", "rows": 1000, "results": 1000, "medians": {"mse": %g, "mse_missing": 0.5}},
				{"prior": "zero", "rows": 1000, "results": 999, "medians": {"mse": 1}}]}`,
				filepath.Base(dir), started.Format(time.RFC3339), i, float64(i%977)/1000),
		}
		if err := os.Mkdir(dir, 0o777); err != nil {
			tb.Fatal(err)
		}
		for name, text := range files {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				tb.Fatal(err)
			}
			if err := os.Chtimes(path, longAgo, longAgo); err != nil {
				tb.Fatal(err)
			}
		}
	}
}

const specText = `# Question: what does a list of runs find?
name: demo
seed: 0
dataset:
  source: synthetic
  path: ""
  size: 4000
  normalize: rms
  split: {train: 0.9, validation: 0, test: 0.1}
priors:
  glo:
    kind: glo
    code_dim: %d
    hidden: [512, 512, 512, 512, 512, 512, 512]
    activation: {leaky_relu: 0.2}
    batch_norm: true
    train: {epochs: 10000, batch_size: 64, lr_generator: 0.1, lr_codes: 0.01, weight_decay: 1e-5, schedule: constant}
  zero: {kind: zero}
problem:
  operator: inpainting
  missing_fraction: 0.4
  noise: {l2: 0}
solver: {method: projection, steps: 1000, lr: 0.01, lambda: 0.001, restarts: 1, schedule: constant}
evaluate: {split: test, signals: 100, keep: 4}
sweep:
  problem.missing_fraction: [0.1, 0.5, 0.9]
report:
  - {figure: boxplot, x: problem.missing_fraction, group: evaluate.split, y: mse}
`
