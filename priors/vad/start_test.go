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

// file returns the state of a prior as a file has it.
func file(t *testing.T, p priors.Prior) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := safetensors.Write(&b, p.(*Prior).State()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// From a generator of many signals, a training on few gives one with less error than a training
// from factor analysis, on any number of workers, and changes nothing of the first.
func TestStartsFromAPrior(t *testing.T) {
	const dim = 48
	many, _ := curved(400, dim, 1)
	few, _ := curved(25, dim, 5)
	noisy, clean := curved(100, dim, 2)
	var ms []priors.Measurement
	seen := priortest.Selection{Dim: dim}
	for j := range dim {
		if j < dim/3 || j >= 2*dim/3 {
			seen.At = append(seen.At, j)
		}
	}
	for i := range 100 {
		m := priors.Measurement{Signal: i, Op: seen, Y: make([]float32, len(seen.At))}
		m.Op.Apply(m.Y, noisy[i*dim:(i+1)*dim])
		ms = append(ms, m)
	}
	c := small(nil)
	c.Training.Epochs = 100
	first, err := c.Train(t.Context(), priors.Data{Flux: many, Dim: dim, Seed: 1, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	before := file(t, first)
	data := priors.Data{Flux: few, Dim: dim, Seed: 2, Workers: 1}
	alone, _ := score(t, c, data, ms, clean)
	c.InitFrom, c.Training.Epochs = "a file", 10
	data.Start = first.(*Prior).State()
	if got, _ := score(t, c, data, ms, clean); got > 0.7*alone {
		t.Errorf("mean squared error %.3g, without the prior %.3g", got, alone)
	}
	one, err := c.Train(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	data.Workers = 3
	if other, err := c.Train(t.Context(), data); err != nil || !bytes.Equal(file(t, other), file(t, one)) {
		t.Errorf("three workers train another prior, error %v", err)
	}
	if !bytes.Equal(file(t, first), before) {
		t.Error("the training changed the prior that it began with")
	}
	if bytes.Equal(file(t, one), before) {
		t.Error("the training changed nothing")
	}
}

// Codes begin at the posteriors of the generator: there, fluxes that count are fitted, and others
// have no part.
func TestCodesBeginAtThePosterior(t *testing.T) {
	const dim = 48
	flux, _ := curved(300, dim, 1)
	c := small(nil)
	c.Training.Epochs = 100
	p, err := c.Train(t.Context(), priors.Data{Flux: flux, Dim: dim, Seed: 1, Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	gaps, weight := slices.Clone(flux[:20*dim]), slices.Repeat([]float32{1}, 20*dim)
	for i := range gaps {
		if i%5 == 0 {
			gaps[i], weight[i] = 1e3, 0
		}
	}
	m := p.(*Prior).groups[0].members[0]
	loop, err := c.begin(t.Context(), priors.Data{Flux: gaps, Weight: weight, Dim: dim, Seed: 1, Workers: 1}, m)
	if err != nil {
		t.Fatal(err)
	}
	defer loop.trainer.Close()
	miss := func() (sum float64) {
		x := make([]float32, 20*dim)
		m.frozen.NewTape(20).Generate(x, loop.codes.mean)
		for i, w := range weight {
			sum += float64(w) * float64(x[i]-gaps[i]) * float64(x[i]-gaps[i]) / (20 * dim * 0.8)
		}
		return sum
	}
	for i := range loop.codes.mean { // away from the linear posteriors, which are good here
		loop.codes.mean[i] += 0.5
	}
	away := miss()
	if err := loop.infer(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := miss(); got > 1.2*noise*noise || away < 5*noise*noise {
		t.Errorf("mean squared error %.3g, before %.3g", got, away)
	}
}

// A prior of another shape is refused, and the error says in what.
func TestStartsFromAnotherShape(t *testing.T) {
	c := small([]int{2, 3})
	c.Training.Epochs = 1
	p, err := c.Train(t.Context(), priortest.Data())
	if err != nil {
		t.Fatal(err)
	}
	state := p.(*Prior).State()
	if err := c.CheckStart(state, p.Dim()); err != nil {
		t.Error(err)
	}
	changed := func(change func(c *Config)) *Config {
		own := *c
		change(&own)
		return &own
	}
	for want, own := range map[string]*Config{
		"holds a vad with codes of [2 3] numbers, expected [3 2], as in":       changed(func(c *Config) { c.Ensemble = []int{3, 2} }),
		"holds a vad with codes of [2 3] numbers, expected [2], as in":         changed(func(c *Config) { c.Ensemble, c.CodeDim = nil, 2 }),
		"hidden: [16 16], expected [16]; leaky_relu: 0.2, expected 0.1, as in": changed(func(c *Config) { c.Hidden, c.Slope = []int{16}, 0.1 }),
		"linear: true, expected false, as in":                                  changed(func(c *Config) { c.Linear = false }),
	} {
		if err := own.CheckStart(state, 29); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, expected …%s…", err, want)
		}
	}
	if err := c.CheckStart(state, 30); err == nil || !strings.Contains(err.Error(), "with 29 fluxes, expected 30, as in") {
		t.Errorf("other wavelengths: %v", err)
	}
	if err := c.CheckStart(priors.NewState("glo"), 29); err == nil || !strings.Contains(err.Error(), "glo") {
		t.Errorf("another kind: %v", err)
	}
}
