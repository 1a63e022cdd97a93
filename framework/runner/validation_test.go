package runner_test

import (
	"math"
	"strings"
	"testing"

	"sedlab/framework/runner"
	"sedlab/priors"
)

const validated = `
name: validated
dataset: {source: synthetic, size: 120, split: {train: 0.5, validation: SHARE, test: 0.2}}
priors:
  glo:
    kind: glo
    code_dim: 4
    hidden: [8]
    train: {epochs: 400, batch_size: 16, lr_generator: 0.3, validation: {every: 4, patience: 1}}
problem: {operator: denoising}
solver: {steps: 2}
evaluate: {signals: 3}
`

// A share may be so small that no signal is in it.
func TestValidationsNeedASplit(t *testing.T) {
	p := planOf(t, strings.Replace(validated, "SHARE", "1e-6", 1))
	want := "priors.glo.train.validation.every: needs validation signals, but the split has none; expected dataset.split.validation above 0"
	if _, err := runner.Load(t.Context(), p, openCache(t, t.TempDir()), nil, &progress{}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, expected %s", err, want)
	}
}

// lastEpoch keeps the last epoch that was reported.
type lastEpoch struct {
	progress
	e priors.Epoch
}

func (l *lastEpoch) Training(_ string, e priors.Epoch) { l.e = e }

// The table of a training that stops early ends with the epoch in which it stops, and has the loss
// of the generator that is kept, which is the best one.
func TestATrainingStopsEarly(t *testing.T) {
	p := planOf(t, strings.Replace(validated, "SHARE", "0.3", 1))
	last := new(lastEpoch)
	r, err := runner.Load(t.Context(), p, openCache(t, t.TempDir()), nil, last)
	if err != nil {
		t.Fatal(err)
	}
	o := options(2, nil)
	o.Progress = last
	res, err := r.Run(t.Context(), o)
	if err != nil || len(res.Failures) > 0 {
		t.Fatal(err, res.Failures)
	}
	epochs := res.Training
	end := epochs[len(epochs)-1]
	if !last.e.Stopped || int(end.Epoch) != last.e.Epoch || res.Epochs != last.e.Epoch || end.Epoch >= 400 || math.IsNaN(end.KeptLoss) {
		t.Errorf("reported %+v last; the table ends with %+v after %d epochs", last.e, end, res.Epochs)
	}
	least := math.Inf(1)
	for _, e := range epochs {
		if validated := !math.IsNaN(e.ValidationLoss); validated != (e.Epoch%4 == 0) {
			t.Errorf("epoch %d has the validation loss %g", e.Epoch, e.ValidationLoss)
		} else if validated && e.Epoch < end.Epoch && !(e.ValidationLoss < least) {
			t.Errorf("the training went on after epoch %d with %g, up from %g", e.Epoch, e.ValidationLoss, least)
		} else if validated && e.Epoch < end.Epoch {
			least = e.ValidationLoss
		}
	}
	if end.ValidationLoss < least {
		t.Errorf("the training stopped with %g, down from %g", end.ValidationLoss, least)
	}
}
