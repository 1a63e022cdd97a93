package nn

import (
	"math"
	"slices"
	"testing"
)

// The loss with weights is Σ w (G(z) − x)², and its gradient by the codes that of finite
// differences. A learning rate of 0 leaves the network as it is.
func TestWeightedLoss(t *testing.T) {
	c := Config{In: 3, Hidden: []int{17}, Out: 40, Slope: 0.2}
	const batch = 5
	net, z, x := example(c, batch)
	weight := make([]float32, len(x))
	for i := range weight {
		weight[i] = float32(i%4) / 1000
	}
	loss := func(z []float32) (float64, []float32) {
		dz, copied := make([]float32, len(z)), slices.Clone(z)
		tr := NewTrainer(net, batch, 2, 0)
		defer tr.Close()
		return tr.StepWeighted(dz, copied, x, weight, 0), dz
	}
	value, dz := loss(z)
	signals := make([]float32, len(x))
	net.Freeze(1, make([]float32, c.Out)).NewTape(batch).Generate(signals, z)
	want := 0.0
	for i, w := range weight {
		d := float64(signals[i]) - float64(x[i])
		want += float64(w) * d * d
	}
	if math.Abs(value-want) > 1e-5*want {
		t.Errorf("loss %g, expected %g", value, want)
	}
	for k := range z {
		const h = 1e-2
		up, down := slices.Clone(z), slices.Clone(z)
		up[k] += h
		down[k] -= h
		a, _ := loss(up)
		b, _ := loss(down)
		if got, want := float64(dz[k]), (a-b)/(2*h); math.Abs(got-want) > 0.02*math.Abs(want)+1e-4 {
			t.Errorf("gradient by number %d is %g, by differences %g", k, got, want)
		}
	}
}

// Weights of 1/(batch·n) are the same as none.
func TestEqualWeights(t *testing.T) {
	c := Config{In: 5, Hidden: []int{20}, Out: 33, BatchNorm: true, Slope: 0.2}
	const batch = 8
	run := func(weight []float32) (*MLP, float64) {
		net, z, x := example(c, batch)
		tr := NewTrainer(net, batch, 1, 1e-5)
		defer tr.Close()
		loss := tr.StepWeighted(make([]float32, len(z)), z, x, weight, 0.01)
		return tr.Network(), loss
	}
	plain, a := run(nil)
	weighed, b := run(slices.Repeat([]float32{1.0 / (batch * 33)}, batch*33))
	if a != b || !slices.Equal(plain.Layers[1].W, weighed.Layers[1].W) {
		t.Errorf("losses %g and %g, or other weights", a, b)
	}
}
