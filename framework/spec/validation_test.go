package spec_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const validated = `name: validated
dataset: {split: {train: 0.8, validation: 0, test: 0.1}}
priors:
  fa: {kind: factor_analysis, code_dims: [5, 10]}
  fixed: {kind: factor_analysis, code_dim: 10}
  vad: {kind: vad, classes: [1, 2]}
  glo: {kind: glo, train: {validation: {every: 20}}}
  all: {kind: ensemble, of: [fa, glo], weights: validation}
problem: {operator: inpainting}
`

// places returns the place and key of each error.
func places(t *testing.T, err error) (list []string) {
	t.Helper()
	if err == nil {
		return nil
	}
	for line := range strings.Lines(err.Error()) {
		place, rest, _ := strings.Cut(strings.TrimPrefix(line, "f.yaml:"), ": ")
		key, _, _ := strings.Cut(rest, ": ")
		list = append(list, place+" "+key)
	}
	return list
}

// Whatever looks at validation signals is refused without a share for them, at its key.
func TestValidationSignalsAreMissing(t *testing.T) {
	_, err := parseTogether(t, validated)
	want := []string{"4:42 priors.fa.code_dims", "6:29 priors.vad.classes", "7:48 priors.glo.train.validation.every", "8:49 priors.all.weights"}
	if diff := cmp.Diff(want, places(t, err)); diff != "" {
		t.Errorf("-want +got\n%s\n%v", diff, err)
	}
	if remedy := "needs validation signals, but the split has none; expected dataset.split.validation above 0"; err == nil || !strings.Contains(err.Error(), remedy) {
		t.Errorf("error %v", err)
	}
	for _, split := range []string{"{train: 0.8, validation: 0.1, test: 0.1}", "{column: fold}"} {
		text := strings.Replace(validated, "dataset: {split: {train: 0.8, validation: 0, test: 0.1}}", "dataset: {source: npz, path: x.npz, split: "+split+"}", 1)
		if _, err := parseTogether(t, text); err != nil {
			t.Errorf("%s: %v", split, err)
		}
	}
	swept := strings.Replace(validated, "validation: 0,", "validation: 0.1,", 1) + "sweep: {dataset.split.validation: [0.1, 0]}\n"
	if _, err := parseTogether(t, swept); len(places(t, err)) != len(want) {
		t.Errorf("a point without validation signals: %v", err)
	}
	broken := strings.Replace(validated, "  vad", "  other: {kind: glo, code_dim: -1}\n  vad", 1)
	if _, err := parseTogether(t, broken); len(places(t, err)) != 1 {
		t.Errorf("with doubtful priors: %v", err)
	}
}

// Signals by which intervals are scaled say nothing of how right they are.
func TestCalibrationOfWhatIsEvaluated(t *testing.T) {
	text := strings.Replace(validated, "validation: 0,", "validation: 0.1,", 1)
	for split, wrong := range map[string]bool{"test": false, "train": false, "validation": true} {
		for _, evaluate := range []string{"evaluate: {calibrate: 20, split: " + split + "}\n", "evaluate: {calibrate: 20}\nsweep: {evaluate.split: [test, " + split + "]}\n"} {
			if split == "test" && strings.Contains(evaluate, "sweep") {
				continue
			}
			_, err := parseTogether(t, text+evaluate)
			if got := places(t, err); wrong != (len(got) == 1 && strings.HasSuffix(got[0], " evaluate.calibrate")) || !wrong && err != nil {
				t.Errorf("%s: %v", evaluate, err)
			}
		}
	}
	if _, err := parseTogether(t, text+"evaluate: {split: validation}\n"); err != nil {
		t.Error(err)
	}
}
