package nn

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// Every row of the Jacobian is compared with finite differences of the reference in float64.
func TestJacobianMatchesFiniteDifferences(t *testing.T) {
	const h = 1e-6
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			net, z, _ := example(s.c, s.batch)
			j := jacobians(net.Freeze(1, make([]float32, s.c.Out)).NewTape(s.batch), z, all(s.batch))
			ref, z64 := newRef(net), rows(z, s.c.In)
			for b := range min(s.batch, 3) {
				for k := range s.c.In {
					want := make([]float64, s.c.Out)
					for _, sign := range []float64{1, -1} {
						moved := slices.Clone(z64[b])
						moved[k] += sign * h
						for o, y := range ref.forward([][]float64{moved}, false)[0] {
							want[o] += sign * y / (2 * h)
						}
					}
					near(t, fmt.Sprintf("code %d, row %d", b, k), j[(b*s.c.In+k)*s.c.Out:][:s.c.Out], want, 1e-4)
				}
			}
		})
	}
}

// J dx is VJP(dx): forward and reverse mode agree.
func TestJacobianAgreesWithVJP(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			net, z, dx := example(s.c, s.batch)
			tape := net.Freeze(1.5, make([]float32, s.c.Out)).NewTape(s.batch)
			j, dz := jacobians(tape, z, all(s.batch)), make([]float32, len(z))
			tape.VJP(dz, dx)
			n := s.c.Out
			for i, want := range dz {
				sum, size := 0.0, 0.0
				for o, v := range j[i*n : (i+1)*n] {
					term := float64(v) * float64(dx[i/s.c.In*n+o])
					sum, size = sum+term, size+math.Abs(term)
				}
				if math.Abs(sum-float64(want)) > 1e-5*size {
					t.Fatalf("entry %d of code %d: J dx = %g, VJP %g", i%s.c.In, i/s.c.In, sum, want)
				}
			}
		})
	}
}

func TestJacobianGivesTheSameBitsForAnyBatch(t *testing.T) {
	c := Config{In: 7, Hidden: []int{100, 60}, Out: 75, BatchNorm: true, Slope: 0.2}
	const codes = 135 // two whole tiles and a rest
	net, z, _ := example(c, codes)
	frozen := net.Freeze(1, make([]float32, c.Out))
	tape, size := frozen.NewTape(codes), c.In*c.Out
	j := jacobians(tape, z, all(codes))
	for _, of := range [][]int{{0}, {134}, {70, 3, 64, 63}, {5, 5}} {
		got := make([]float32, len(of)*size)
		tape.Jacobian(got, of)
		for i, b := range of {
			if !slices.Equal(got[i*size:(i+1)*size], j[b*size:(b+1)*size]) {
				t.Fatalf("code %d of %v differs from the same among all", b, of)
			}
		}
	}
	if got := jacobians(frozen.NewTape(1), z[99*c.In:100*c.In], []int{0}); !slices.Equal(got, j[99*size:100*size]) {
		t.Error("a tape for one code differs")
	}
}

func TestJacobianRefuses(t *testing.T) {
	net, z, _ := example(shapes[0].c, 2)
	tape, size := net.Freeze(1, make([]float32, net.Out)).NewTape(6), net.In*net.Out
	tape.Generate(make([]float32, 2*net.Out), z)
	panics(t, "a short slice", func() { tape.Jacobian(make([]float32, size-1), []int{0}) })
	panics(t, "a code beyond the last", func() { tape.Jacobian(make([]float32, size), []int{2}) })
}

// jacobians returns the Jacobians at some of the codes z.
func jacobians(tape *Tape, z []float32, of []int) []float32 {
	d, n := tape.net.CodeDim(), tape.net.Dim()
	tape.Generate(make([]float32, len(z)/d*n), z)
	j := make([]float32, len(of)*d*n)
	tape.Jacobian(j, of)
	return j
}

func all(codes int) (of []int) {
	for c := range codes {
		of = append(of, c)
	}
	return of
}
