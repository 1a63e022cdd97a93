package nn

import "testing"

// With recomputed statistics, a frozen network does what a training step does whose batch
// is all codes.
func TestRecomputedStatisticsAreThoseOfOneBatch(t *testing.T) {
	c := Config{In: 5, Hidden: []int{20, 33, 7}, Out: 11, BatchNorm: true, Slope: 0.2}
	net, z, _ := example(c, 150)
	ref := newRef(net)
	want := ref.forward(rows(z, c.In), true)
	net.Recompute(z)
	x := make([]float32, 150*c.Out)
	net.Freeze(1, make([]float32, c.Out)).NewTape(150).Generate(x, z)
	for i, row := range want {
		near(t, "output", x[i*c.Out:(i+1)*c.Out], row, 1e-4)
	}
	before := append([]float32{}, net.Layers[1].Norm.RunVar...)
	net.Recompute(z)
	near(t, "statistics again", net.Layers[1].Norm.RunVar, widen(before), 1e-6)

	c.BatchNorm = false
	plain, z, _ := example(c, 3)
	plain.Recompute(z) // has nothing to do
}
