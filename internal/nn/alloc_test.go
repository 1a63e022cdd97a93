//go:build !race

package nn

import "testing"

// The kernels borrow buffers from sync.Pools. The race detector empties those at
// random, so this file is left out then. A garbage collection may empty them too;
// averages over allocRuns runs hide it.
const allocRuns = 20

func TestStepDoesNotAllocate(t *testing.T) {
	for _, s := range shapes {
		for _, workers := range []int{1, 2} {
			net, z, x := example(s.c, s.batch)
			tr := NewTrainer(net, s.batch, workers, 0)
			dz := make([]float32, len(z))
			if n := testing.AllocsPerRun(allocRuns, func() { tr.Step(dz, z, x, 0.01) }); n != 0 {
				t.Errorf("%s: a step on %d workers allocates %v times", s.name, workers, n)
			}
			tr.Close()
		}
	}
}

func TestTapeDoesNotAllocate(t *testing.T) {
	net, z, x := example(shapes[0].c, 7)
	tape := net.Freeze(1, make([]float32, net.Out)).NewTape(7)
	dz := make([]float32, len(z))
	if n := testing.AllocsPerRun(allocRuns, func() { tape.Generate(x, z); tape.VJP(dz, x) }); n != 0 {
		t.Errorf("Generate and VJP allocate %v times", n)
	}
}
