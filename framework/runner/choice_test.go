package runner_test

import (
	"strings"
	"testing"
)

const choosing = `
name: choosing
dataset: {source: synthetic, size: 80, split: {train: 0.7, validation: 0.2, test: 0.1}}
priors: {fa: {kind: factor_analysis, code_dims: [1, 3], iterations: 5}}
problem: {operator: inpainting, missing_fraction: 0.4}
evaluate: {split: test, signals: 4}
`

// What a training chose is noted whenever its prior is used, trained or from the cache.
func TestChoicesAreNoted(t *testing.T) {
	dir := t.TempDir()
	for _, trained := range []int{1, 0} {
		got, _ := mustRun(t, dir, choosing)
		if got.Trained != trained || len(got.Warnings) != 1 || !strings.HasPrefix(got.Warnings[0], "prior fa: chosen by validation signals: code_dim 3;") {
			t.Errorf("%d trained, notes %q; expected %d, and that code_dim is 3", got.Trained, got.Warnings, trained)
		}
	}
}
