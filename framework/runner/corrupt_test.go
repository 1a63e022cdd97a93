package runner_test

import (
	"errors"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/datasets"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/spec"
)

const corrupted = `
name: corrupted
dataset: {source: synthetic, size: 80}
priors:
  glo: {kind: glo, code_dim: 4, hidden: [8], train: {epochs: 2, batch_size: 16, lr_generator: 0.01}}
  zero: {kind: zero}
problem: {operator: denoising}
solver: {steps: 5}
evaluate: {split: train, signals: 20}
sweep: {dataset.corrupt.missing_fraction: [0, 0.3]}
`

// What is corrupted is what priors are trained on, and nothing else.
func TestOnlyTrainingIsCorrupted(t *testing.T) {
	got, p := mustRun(t, t.TempDir(), corrupted)
	if p.loaded != 1 {
		t.Errorf("the data set was read %d times", p.loaded)
	}
	mse := map[string][]float64{}
	for _, s := range got.Signals {
		mse[s.Prior] = append(mse[s.Prior], s.Score("mse"))
	}
	half := len(mse["zero"]) / 2
	if half != 20 {
		t.Fatalf("%d signals", half)
	}
	for i := range half {
		if mse["zero"][i] != mse["zero"][half+i] {
			t.Fatalf("signal %d is evaluated as it was corrupted", i)
		}
		if mse["glo"][i] == mse["glo"][half+i] {
			t.Errorf("signal %d: a prior that was trained on corrupted signals gives the same", i)
		}
	}
}

// A corruption that leaves nothing of the signals is found when their length is.
func TestCorruptionMustLeaveSomething(t *testing.T) {
	f, err := spec.Parse([]byte(strings.Replace(corrupted, "0.3]", "0.9999]", 1)), "f.yaml", withSilentData())
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(f, f.Points(), plan.Machine{}, plan.Identify{Data: identify})
	if err != nil {
		t.Fatal(err)
	}
	_, err = runner.Load(t.Context(), p, openCache(t, t.TempDir()), catalog.Default().Scores, &progress{})
	var wrong *spec.Errors
	const want = "dataset.corrupt.missing_fraction: got 0.9999, which leaves none of 1000 fluxes"
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, expected %s", err, want)
	}
}

// silent is synthetic data that do not know their size before they are made.
type silent struct{ datasets.SyntheticConfig }

func (*silent) Size() (signals, fluxes int) { return 0, 0 }

func withSilentData() spec.Options {
	o := specOptions()
	o.Sources[0].New = func() datasets.Config { return new(silent) }
	return o
}
