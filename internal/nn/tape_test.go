package nn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestFrozenMatchesReferenceAtInference(t *testing.T) {
	const scale = 1.5
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			net, z, _ := example(s.c, s.batch)
			offset := normal(s.c.Out, rand.New(rand.NewPCG(5, 6)))
			x := make([]float32, s.batch*s.c.Out)
			net.Freeze(scale, offset).NewTape(s.batch).Generate(x, z)
			for b, y := range newRef(net).forward(rows(z, s.c.In), false) {
				for o := range y {
					y[o] = scale*y[o] + float64(offset[o])
				}
				near(t, fmt.Sprint("signal ", b), x[b*s.c.Out:][:s.c.Out], y, 2e-5)
			}
		})
	}
}

// The reference's backward pass uses batch statistics, so the derivative is compared
// with finite differences of the reference at inference.
func TestVJPMatchesFiniteDifferences(t *testing.T) {
	const h = 1e-6
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			net, z, dx := example(s.c, s.batch)
			tape := net.Freeze(1, make([]float32, s.c.Out)).NewTape(s.batch)
			dz := make([]float32, len(z))
			tape.Generate(make([]float32, len(dx)), z)
			tape.VJP(dz, dx)
			ref, z64 := newRef(net), rows(z, s.c.In)
			for b := range min(s.batch, 3) {
				want := make([]float64, s.c.In)
				for i := range want {
					for _, sign := range []float64{1, -1} {
						moved := slices.Clone(z64[b])
						moved[i] += sign * h
						for o, y := range ref.forward([][]float64{moved}, false)[0] {
							want[i] += sign * y * float64(dx[b*s.c.Out+o]) / (2 * h)
						}
					}
				}
				near(t, fmt.Sprint("dz of signal ", b), dz[b*s.c.In:][:s.c.In], want, 1e-4)
			}
		})
	}
}

func TestTapeGivesTheSameBitsForAnyBatch(t *testing.T) {
	c := Config{In: 7, Hidden: []int{100, 60}, Out: 75, BatchNorm: true, Slope: 0.2}
	const codes = 135 // two whole tiles and a rest
	net, z, dx := example(c, codes)
	frozen := net.Freeze(1, make([]float32, c.Out))
	run := func(tape *Tape, lo, hi int) (x, dz []float32) {
		x, dz = make([]float32, (hi-lo)*c.Out), make([]float32, (hi-lo)*c.In)
		tape.Generate(x, z[lo*c.In:hi*c.In])
		tape.VJP(dz, dx[lo*c.Out:hi*c.Out])
		return x, dz
	}
	all := frozen.NewTape(codes)
	x, dz := run(all, 0, codes)
	for _, size := range []int{1, 15, 17, 40, 64, 65} {
		for lo := 0; lo < codes; lo += size {
			hi := min(lo+size, codes)
			gotX, gotDz := run(all, lo, hi) // a tape is used again for other batches
			if !slices.Equal(gotX, x[lo*c.Out:hi*c.Out]) || !slices.Equal(gotDz, dz[lo*c.In:hi*c.In]) {
				t.Fatalf("codes [%d, %d) alone differ from the same in a batch of %d", lo, hi, codes)
			}
		}
	}
	oneX, oneDz := run(frozen.NewTape(1), 99, 100)
	if !slices.Equal(oneX, x[99*c.Out:100*c.Out]) || !slices.Equal(oneDz, dz[99*c.In:100*c.In]) {
		t.Error("a tape for one code differs")
	}
}

func TestTapeRefusesWrongLengths(t *testing.T) {
	net, z, x := example(shapes[0].c, 7)
	tape := net.Freeze(1, make([]float32, net.Out)).NewTape(6)
	panics(t, "more codes than the tape's batch", func() { tape.Generate(x, z) })
	panics(t, "signals too short", func() { tape.Generate(x[:1], z[:2*net.In]) })
	tape.Generate(x[:2*net.Out], z[:2*net.In])
	panics(t, "VJP of another batch", func() { tape.VJP(z[:net.In], x[:net.Out]) })
}
