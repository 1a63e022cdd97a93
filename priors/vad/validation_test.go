package vad

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"sedlab/internal/safetensors"
	"sedlab/priors"
	"sedlab/priors/priortest"
)

// validated trains on few signals, and returns the prior's file and what was reported.
func validated(t *testing.T, c *Config, workers int) (p *Prior, file []byte, epochs []priors.Epoch) {
	t.Helper()
	const dim = 32
	data := priors.Data{Dim: dim, Seed: 1, Workers: workers}
	data.Flux, _ = curved(40, dim, 1)
	data.Validation, _ = curved(60, dim, 2)
	data.Progress = func(e priors.Epoch) { epochs = append(epochs, e) }
	prior, err := c.Train(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := safetensors.Write(&b, prior.(*Prior).State()); err != nil {
		t.Fatal(err)
	}
	return prior.(*Prior), b.Bytes(), epochs
}

func overfitting(patience int) *Config {
	c := small(nil)
	c.CodeDim, c.Hidden, c.Training.Epochs, c.Training.LRGenerator = 2, []int{64, 64}, 600, 0.01
	c.Training.Validation = priors.Validation{Every: 10, MissingFraction: 0.4, Signals: 50, Patience: patience}
	return c
}

// losses returns the validation losses.
func losses(epochs []priors.Epoch) (list []float64) {
	for _, e := range epochs {
		if e.Validation != nil {
			list = append(list, *e.Validation)
		}
	}
	return list
}

// Trained on few signals, a generator overfits. With patience the training stops, on any number of
// workers, and gives one with less error on other signals. Without, validations change nothing.
func TestStopsAndKeepsTheBest(t *testing.T) {
	c := overfitting(5)
	stopped, file, epochs := validated(t, c, 1)
	got, last := losses(epochs), epochs[len(epochs)-1]
	best, _ := c.Training.Validation.Best(got)
	if !last.Stopped || last.Epoch != 10*(best+6) || last.Epochs != 600 || best == 0 {
		t.Errorf("the training ended with %+v after losses %v", last, got)
	}
	if _, also, again := validated(t, c, 3); !bytes.Equal(also, file) || !slices.Equal(losses(again), got) {
		t.Error("the result depends on the workers")
	}
	if _, patient, _ := validated(t, overfitting(7), 2); !bytes.Equal(patient, file) {
		t.Error("more patience keeps another generator, though the best is the same")
	}
	whole, watched, all := validated(t, overfitting(0), 2)
	if n := len(all); n != 600 || all[n-1].Stopped || !slices.Equal(losses(all)[:len(got)], got) {
		t.Errorf("without patience the training ended with %+v", all[n-1])
	}
	unwatched := overfitting(0)
	unwatched.Training.Validation.Every = 0
	if _, plain, _ := validated(t, unwatched, 2); !bytes.Equal(plain, watched) {
		t.Error("validations without patience change the prior")
	}
	if early, late := errorOf(t, stopped), errorOf(t, whole); early > 0.9*late {
		t.Errorf("mean squared error %.3g of the kept generator, %.3g of the last", early, late)
	}
}

// errorOf returns the mean squared error against noise-free test signals, whose last third is hidden.
func errorOf(t *testing.T, p *Prior) (mse float64) {
	t.Helper()
	dim := p.Dim()
	noisy, clean := curved(50, dim, 3)
	op := priortest.Selection{Dim: dim}
	for j := range 2 * dim / 3 {
		op.At = append(op.At, j)
	}
	var ms []priors.Measurement
	for i := range 50 {
		m := priors.Measurement{Signal: i, Op: op, Y: make([]float32, len(op.At))}
		op.Apply(m.Y, noisy[i*dim:(i+1)*dim])
		ms = append(ms, m)
	}
	found, err := p.Infer(t.Context(), ms, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range found {
		for j, v := range r.X {
			e := float64(v) - float64(clean[i*dim+j])
			mse += e * e / float64(len(clean))
		}
	}
	return mse
}

// Each generator of an ensemble may stop; the training ends with the last.
func TestEnsembleStops(t *testing.T) {
	c := overfitting(2)
	c.Ensemble = []int{2, 3}
	_, _, epochs := validated(t, c, 2)
	for i, e := range epochs {
		if e.Epochs != 1200 || e.Last() != (i == len(epochs)-1) || i > 0 && e.Epoch <= epochs[i-1].Epoch {
			t.Fatalf("epoch %+v after %+v", e, epochs[max(i, 1)-1])
		}
	}
	if n := len(epochs); n >= 1200 || !epochs[n-1].Stopped || epochs[n-1].Epoch <= 600 {
		t.Errorf("%d epochs, the last is %+v", n, epochs[n-1])
	}
}

func TestValidates(t *testing.T) {
	c := small(nil)
	if key := c.Validates(); key != "" {
		t.Errorf("without validations, %s makes it look at validation signals", key)
	}
	cheap := c.Cost(1000, 500).Training
	c.Training.Validation = priors.Validation{Every: 5, MissingFraction: 0.4, Signals: 100}
	if key := c.Validates(); key != "train.validation.every" {
		t.Errorf("validations are asked for by %q", key)
	}
	// 4 validations of 15 steps and 8 samples for 100 signals, in 20 epochs of 1000 signals.
	want := 4. * (4*15 + 2*8) * 100 / (20 * 6 * 1000)
	if got := c.Cost(1000, 500).Training/cheap - 1; got < 0.99*want || got > 1.01*want {
		t.Errorf("validations cost %.3g of the training, expected %.3g", got, want)
	}
	data := priortest.Data()
	data.Validation = nil
	if _, err := c.Train(t.Context(), data); err == nil || !strings.Contains(err.Error(), "no validation signal") {
		t.Errorf("without validation signals: error %v", err)
	}
}
