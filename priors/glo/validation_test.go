package glo

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sedlab/internal/safetensors"
	"sedlab/priors"
	"sedlab/priors/priortest"
)

// overfitting returns a training on few noisy signals, which its validation loss says to stop.
func overfitting() (*Config, priors.Data) {
	c, data := small(), priortest.Data()
	c.Training.Epochs, c.Training.Schedule, c.Training.LRGenerator, c.Training.LRCodes = 400, "constant", 0.01, 0.03
	c.Training.Validation = priors.Validation{Every: 5, MissingFraction: 0.4, Signals: 12, Patience: 4}
	data.Flux = slices.Clone(data.Flux[:12*data.Dim])
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range data.Flux {
		data.Flux[i] += float32(0.3 * rnd.NormFloat64())
	}
	return c, data
}

func file(t *testing.T, p *Prior) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := safetensors.Write(&b, p.State()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
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

// A training stops once its patience is at its end, on any number of workers, and gives what a
// training without validations does that ends in the best epoch.
func TestStopsAndKeepsTheBest(t *testing.T) {
	c, data := overfitting()
	prior, epochs := train(t, c, data)
	v := c.Training.Validation
	got, last := losses(epochs), epochs[len(epochs)-1]
	best, _ := v.Best(got)
	if !last.Stopped || !last.Last() || last.Epochs != c.Training.Epochs || last.Epoch != (best+1+v.Patience)*v.Every || len(got) != last.Epoch/v.Every {
		t.Errorf("the training ended with %+v after losses %v", last, got)
	}
	if e := epochs[len(epochs)-2]; e.Last() {
		t.Errorf("%+v is followed by another", e)
	}
	if !(got[best] < 0.9*got[len(got)-1]) {
		t.Errorf("losses %v do not show overfitting", got)
	}
	plain := *c
	plain.Training.Epochs, plain.Training.Validation = (best+1)*v.Every, priors.Validation{}
	if want, _ := train(t, &plain, data); !bytes.Equal(file(t, prior), file(t, want)) {
		t.Error("the kept generator is not that of the best epoch")
	}
	data.Workers = 3
	again, also := train(t, c, data)
	if !bytes.Equal(file(t, prior), file(t, again)) || !slices.Equal(losses(also), got) {
		t.Error("the result depends on the workers")
	}
}

// Without patience, validations change nothing.
func TestValidationsChangeNothing(t *testing.T) {
	for _, statistics := range []string{"running", recomputed} {
		c := small()
		c.Statistics = statistics
		want, _ := train(t, c, priortest.Data())
		c.Training.Validation = priors.Validation{Every: 1, MissingFraction: 0.4, Signals: 12}
		got, epochs := train(t, c, priortest.Data())
		if !bytes.Equal(file(t, got), file(t, want)) || len(losses(epochs)) != 4 {
			t.Errorf("%s statistics: %d validations changed the prior", statistics, len(losses(epochs)))
		}
	}
}

// Hidden and unmeasured fluxes have no influence on reconstructions, which are much better than the
// mean of the signals.
func TestFill(t *testing.T) {
	c, data := small(), priortest.Data()
	c.Training.Epochs, c.Training.LRCodes = 300, 0.03
	prior, _ := train(t, c, data)
	data.ValidationWeight = slices.Repeat([]float32{1}, len(data.Validation))
	data.ValidationWeight[3] = 0
	held, err := priors.Validation{MissingFraction: 0.3, Signals: 12}.Hold(data)
	if err != nil {
		t.Fatal(err)
	}
	x, err := prior.fill(t.Context(), held, true, 2)
	if err != nil {
		t.Fatal(err)
	}
	mean := slices.Repeat(prior.Model().Mean, len(held.Row))
	if loss := held.Loss(x); loss > 0.25*held.Loss(mean) {
		t.Errorf("loss %.3g, that of the mean is %.3g", loss, held.Loss(mean))
	}
	other := *held
	other.Flux = slices.Clone(held.Flux)
	for i := range other.Flux {
		if !held.Seen[i] {
			other.Flux[i] = 1e3
		}
	}
	if y, _ := prior.fill(t.Context(), &other, true, 1); !slices.Equal(x, y) {
		t.Error("fluxes that are not seen change reconstructions")
	}
}

// A training that stopped, or has not yet, is the start of one of more epochs.
func TestMoreEpochsContinueAValidatedTraining(t *testing.T) {
	long, data := overfitting()
	want, all := train(t, long, data)
	for _, epochs := range []int{20, 200} {
		short := *long
		short.Training.Epochs = epochs
		keep, part := &saved{due: func(int) bool { return true }}, data
		part.Checkpoint = keep
		_, before := train(t, &short, part)
		if stopped := before[len(before)-1].Stopped; stopped != (epochs == 200) {
			t.Fatalf("of %d epochs, the last is %+v", epochs, before[len(before)-1])
		}
		more := &saved{state: parse(t, keep.files[len(keep.files)-1])}
		part.Checkpoint = more
		got, reported := train(t, long, part)
		if more.asked != len(all)-len(before) || len(reported) != len(all) || !slices.Equal(losses(reported), losses(all)) || !reported[len(all)-1].Stopped {
			t.Errorf("after %d of %d epochs, %d were taken and %d reported", len(before), len(all), more.asked, len(reported))
		}
		if !bytes.Equal(file(t, got), file(t, want)) {
			t.Errorf("a training of %d epochs is continued to another generator", epochs)
		}
	}
	if key, _, problem := long.Continues(); problem != nil || key != "train.epochs" {
		t.Errorf("a training that may stop early is not continued: %v", problem)
	}
}

func TestRefusesValidatedCheckpointsThatDoNotFit(t *testing.T) {
	c := small()
	c.Training.Validation = priors.Validation{Every: 2, MissingFraction: 0.4, Signals: 12, Patience: 9}
	for _, tensor := range checkpoint(t, c).Tensors {
		s := checkpoint(t, c)
		i := slices.IndexFunc(s.Tensors, func(a priors.Tensor) bool { return a.Name == tensor.Name })
		s.Tensors = slices.Delete(s.Tensors, i, i+1)
		data := priortest.Data()
		data.Checkpoint = &saved{state: s}
		if _, err := c.Train(t.Context(), data); err == nil || !strings.HasPrefix(err.Error(), "checkpoint: ") || !strings.Contains(err.Error(), "missing") {
			t.Errorf("without %s: error %v", tensor.Name, err)
		}
	}
	s, data := checkpoint(t, c), priortest.Data()
	for i, tensor := range s.Tensors {
		if tensor.Name == "best/codes" {
			s.Tensors[i].Shape, s.Tensors[i].Data = []int{1, c.CodeDim}, tensor.Data.([]float32)[:c.CodeDim]
		}
	}
	data.Checkpoint = &saved{state: s}
	if _, err := c.Train(t.Context(), data); err == nil || !strings.Contains(err.Error(), "the best generator: 1 codes, expected 37") {
		t.Errorf("with one code: error %v", err)
	}
}

func TestValidates(t *testing.T) {
	c := small()
	if key := c.Validates(); key != "" {
		t.Errorf("without validations, %s makes it look at validation signals", key)
	}
	cheap := c.Cost(1000, 500)
	c.Training.Validation = priors.Validation{Every: 2, MissingFraction: 0.4, Signals: 100}
	if key := c.Validates(); key != "train.validation.every" {
		t.Errorf("validations are asked for by %q", key)
	}
	// 2 validations of 64 starts and 15 steps for 100 signals, in epochs of 1000 signals.
	want := 2. * (2*64 + 4*15*100) / (4 * 6 * 1000)
	if got := c.Cost(1000, 500).Training/cheap.Training - 1; got < 0.99*want || got > 1.01*want {
		t.Errorf("validations cost %.3g of the training, expected %.3g", got, want)
	}
	data := priortest.Data()
	data.Validation = nil
	if _, err := c.Train(t.Context(), data); err == nil || !strings.Contains(err.Error(), "no validation signal") {
		t.Errorf("without validation signals: error %v", err)
	}
}
