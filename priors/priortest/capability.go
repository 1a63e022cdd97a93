package priortest

import (
	"math"
	"slices"
	"sync"
	"testing"

	"sedlab/internal/kind/kindtest"
	"sedlab/priors"
)

const codes = 70 // more than one tile of a batched implementation

func testAffine(t *testing.T, p priors.Affine) {
	mean, basis := p.Mean(), p.Basis()
	if len(mean) != p.Dim() {
		t.Errorf("Mean() has %d fluxes, expected %d", len(mean), p.Dim())
	}
	if len(basis)%p.Dim() != 0 {
		t.Errorf("Basis() has %d numbers, expected rows of %d", len(basis), p.Dim())
	}
	for i, v := range slices.Concat(mean, basis) {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			t.Fatalf("number %d of mean and basis is %g", i, v)
		}
	}
}

func testGenerator(t *testing.T, g priors.Generator) {
	if g.CodeDim() < 1 {
		t.Fatalf("CodeDim() = %d", g.CodeDim())
	}
	z, dx := normal(codes*g.CodeDim(), 2), normal(codes*g.Dim(), 3)
	x, dz := evaluate(g.NewTape(codes), g, z, dx)
	t.Run("derivative", func(t *testing.T) { testDerivative(t, g, z[:3*g.CodeDim()]) })
	if tape, ok := g.NewTape(codes).(priors.JacobianTape); ok {
		t.Run("jacobian", func(t *testing.T) { testJacobian(t, tape, g, z, dx) })
	}
	t.Run("batches", func(t *testing.T) {
		tape := g.NewTape(codes)
		for _, size := range []int{1, 16, 33, 64} {
			for lo := 0; lo < codes; lo += size {
				hi := min(lo+size, codes)
				gotX, gotDz := evaluate(tape, g, z[lo*g.CodeDim():hi*g.CodeDim()], dx[lo*g.Dim():hi*g.Dim()])
				if !slices.Equal(gotX, x[lo*g.Dim():hi*g.Dim()]) || !slices.Equal(gotDz, dz[lo*g.CodeDim():hi*g.CodeDim()]) {
					t.Fatalf("codes [%d, %d) alone differ from the same in a batch of %d", lo, hi, codes)
				}
			}
		}
	})
	t.Run("concurrent tapes", func(t *testing.T) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				gotX, gotDz := evaluate(g.NewTape(codes), g, z, dx)
				if !slices.Equal(gotX, x) || !slices.Equal(gotDz, dz) {
					t.Error("a tape beside others gives other results")
				}
			})
		}
		wg.Wait()
	})
	t.Run("lengths", func(t *testing.T) {
		kindtest.Panics(t, "too many codes", func() { evaluate(g.NewTape(codes-1), g, z, dx) })
		kindtest.Panics(t, "short signals", func() { g.NewTape(codes).Generate(x[:len(x)-1], z) })
	})
}

// evaluate returns G(z) and the VJP of dx there.
func evaluate(tape priors.Tape, g priors.Generator, z, dx []float32) (x, dz []float32) {
	x, dz = make([]float32, len(z)/g.CodeDim()*g.Dim()), make([]float32, len(z))
	tape.Generate(x, z)
	tape.VJP(dz, dx)
	return x, dz
}

// testDerivative checks that along each code axis ⟨VJP(dx), e_k⟩ is the derivative of
// ⟨dx, G(z)⟩, by central differences to the precision of float32. A piecewise linear
// generator may have a kink between the two points. So the median over the axes must
// agree closely, and most axes roughly.
func testDerivative(t *testing.T, g priors.Generator, z []float32) {
	d, n := g.CodeDim(), g.Dim()
	tape := g.NewTape(1)
	for b := range len(z) / d {
		code, dx := slices.Clone(z[b*d:(b+1)*d]), normal(n, uint64(b))
		_, dz := evaluate(tape, g, code, dx)
		scale := math.Sqrt(dot(dz, dz) / float64(d))
		var off []float64
		for k := range d {
			fd := slope(tape, g, code, dx, k)
			off = append(off, math.Abs(fd-float64(dz[k]))/(scale+math.Abs(fd)))
		}
		slices.Sort(off)
		if median := off[len(off)/2]; !(median < 0.01) {
			t.Errorf("code %d: VJP and finite differences differ by %.2g, relative, in the median over axes", b, median)
		}
		if most := off[len(off)*3/4]; !(most < 0.1) {
			t.Errorf("code %d: a quarter of the axes differ by %.2g or more, relative", b, most)
		}
	}
}

// testJacobian checks that J dx is VJP(dx) at every code, and that the Jacobian of one code
// does not depend, in any bit, on the others.
func testJacobian(t *testing.T, tape priors.JacobianTape, g priors.Generator, z, dx []float32) {
	d, n := g.CodeDim(), g.Dim()
	of := make([]int, codes)
	for c := range of {
		of[c] = codes - 1 - c
	}
	_, dz := evaluate(tape, g, z, dx)
	j, one := make([]float32, codes*d*n), make([]float32, d*n)
	tape.Jacobian(j, of)
	for i, c := range of {
		part, signal := j[i*d*n:(i+1)*d*n], dx[c*n:(c+1)*n]
		for k := range d {
			row := part[k*n : (k+1)*n]
			got, want := dot(row, signal), float64(dz[c*d+k])
			if size := math.Sqrt(dot(row, row) * dot(signal, signal)); !(math.Abs(got-want) <= 1e-5*size) {
				t.Fatalf("code %d: row %d of the Jacobian gives %g, VJP %g", c, k, got, want)
			}
		}
		if tape.Jacobian(one, of[i:i+1]); !slices.Equal(one, part) {
			t.Fatalf("code %d: the Jacobian depends on the others", c)
		}
	}
}

// slope returns the derivative of ⟨dx, G(code)⟩ by entry k of the code.
func slope(tape priors.Tape, g priors.Generator, code, dx []float32, k int) float64 {
	const h = 1e-2
	x, moved := make([]float32, g.Dim()), slices.Clone(code)
	moved[k] = code[k] + h
	tape.Generate(x, moved)
	up, step := dot(dx, x), float64(moved[k])
	moved[k] = code[k] - h
	tape.Generate(x, moved)
	return (up - dot(dx, x)) / (step - float64(moved[k]))
}

func dot(x, y []float32) float64 {
	var s float64
	for i, v := range x {
		s += float64(v) * float64(y[i])
	}
	return s
}
