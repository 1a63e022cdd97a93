package runner_test

import (
	"slices"
	"strings"
	"testing"
)

const searched = `
name: searched
dataset: {source: synthetic, size: 60, preprocess: [{step: crop, from: 3800, to: 3900}]}
priors:
  vad: {kind: vad, code_dim: 2, hidden: [8], train: {epochs: 2}, search: {steps: 5, samples: 4}}
  mean: {kind: mean}
  all: {kind: ensemble, of: [vad, mean]}
problem: {operator: inpainting, missing_fraction: 0.4}
evaluate: {signals: 4, keep: 4}
`

// Cells that differ in the prior's own search share a training, which may be that of an earlier run
// with another search. Each has the results that it has alone; so have those of ensembles.
func TestOneTrainingForAllSearches(t *testing.T) {
	swept := searched + "sweep: {priors.vad.search.steps: [5, 1, 20]}\n"
	got, _ := mustRun(t, t.TempDir(), swept)
	if got.Trained != 2 || got.CellsDone != 9 || len(got.Examples) != 36 {
		t.Fatalf("%d trainings, %d cells, %d reconstructions", got.Trained, got.CellsDone, len(got.Examples))
	}
	dir := t.TempDir()
	for k, steps := range []string{"5", "1", "20"} {
		alone, _ := mustRun(t, dir, strings.Replace(searched, "steps: 5", "steps: "+steps, 1))
		if alone.Trained > 0 && k > 0 {
			t.Errorf("%s steps: %d trainings", steps, alone.Trained)
		}
		for i, e := range alone.Examples {
			in := got.Examples[12*k+i]
			if in.Prior != e.Prior || in.SignalID != e.SignalID || !slices.Equal(in.Reconstruction, e.Reconstruction) {
				t.Errorf("%s steps, %s, signal %d: another reconstruction than in the sweep", steps, e.Prior, e.SignalID)
			}
			if first := got.Examples[i]; k > 0 && slices.Equal(first.Reconstruction, e.Reconstruction) != (e.Prior == "mean") {
				t.Errorf("%s steps, %s, signal %d: is the reconstruction that of 5 steps?", steps, e.Prior, e.SignalID)
			}
		}
	}
}
