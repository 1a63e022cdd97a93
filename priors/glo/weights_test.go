package glo

import (
	"math"
	"slices"
	"testing"

	"sedlab/priors"
	"sedlab/priors/priortest"
)

// What was not measured changes no bit of a prior that is trained on measured fluxes alone.
func TestUnmeasuredFluxesDoNotCount(t *testing.T) {
	c := small()
	c.Training.Fluxes = priors.MeasuredFluxes
	data := priortest.Data()
	data.Weight = make([]float32, len(data.Flux))
	for i := range data.Weight {
		if i%7 != 0 {
			data.Weight[i] = 1
		}
	}
	a, epochs := train(t, c, data)
	other := data
	other.Flux = slices.Clone(data.Flux)
	for i, w := range data.Weight {
		if w == 0 {
			other.Flux[i] = 1e6
		}
	}
	b, _ := train(t, c, other)
	if !slices.Equal(a.Model().Net.Layers[0].W, b.Model().Net.Layers[0].W) || !slices.Equal(a.Codes(), b.Codes()) || !slices.Equal(a.Model().Mean, b.Model().Mean) {
		t.Error("fluxes with the weight 0 change the prior")
	}
	if last := epochs[len(epochs)-1].Loss; !(last > 0) || last > epochs[0].Loss {
		t.Errorf("loss from %g to %g", epochs[0].Loss, last)
	}
}

// Equal weights are the same as none, up to rounding.
func TestEqualWeightsAreNone(t *testing.T) {
	data := priortest.Data()
	plain, _ := train(t, small(), data)
	data.Weight = slices.Repeat([]float32{3}, len(data.Flux))
	weighed, _ := train(t, small(), data)
	for i, v := range plain.Codes() {
		if math.Abs(float64(v-weighed.Codes()[i])) > 1e-3 {
			t.Fatalf("code %d is %g, and %g with equal weights", i, v, weighed.Codes()[i])
		}
	}
}

func TestTrainRefusesWeights(t *testing.T) {
	for name, weight := range map[string][]float32{"too few": {1}, "none": make([]float32, len(priortest.Data().Flux))} {
		data := priortest.Data()
		data.Weight = weight
		if _, err := small().Train(t.Context(), data); err == nil {
			t.Errorf("%s weights are accepted", name)
		}
	}
}
