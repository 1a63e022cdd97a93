// Package operatortest is the contract that every operator is held to.
package operatortest

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sedlab/operators"
)

// Suite checks a family of operators made by build for several sizes and
// missing fractions: dimensions, linearity, ⟨A x, y⟩ = ⟨x, Aᵀ y⟩, that
// arguments are left alone and results overwritten, that the same names give
// the same operator, and that wrong lengths panic.
func Suite(t *testing.T, build func(operators.Params) operators.Family) {
	for _, n := range []int{1, 2, 17, 200} {
		for _, f := range []float64{0, 0.1, 0.5, 0.9} {
			p := operators.Params{N: n, MissingFraction: f, Seed: 3}
			family := build(p)
			for _, signal := range []int{0, 1, 999} {
				check(t, p, family(signal), build(p)(signal))
			}
		}
	}
}

func check(t *testing.T, p operators.Params, op, again operators.Operator) {
	t.Helper()
	m, n := op.Dims()
	if n != p.N || m < 0 || m > n {
		t.Fatalf("%+v: dims %d×%d", p, m, n)
	}
	r := rand.New(rand.NewPCG(uint64(n), uint64(m)))
	x, y := normal(r, n), normal(r, m)
	ax, aty := apply(op, x), adjoint(op, y)

	if got, want := dot(ax, y), dot(x, aty); math.Abs(got-want) > 1e-5*(norm(ax)*norm(y)+1e-30) {
		t.Errorf("%+v: <Ax, y> = %g, <x, A'y> = %g", p, got, want)
	}
	checkLinear(t, p, op, x, normal(r, n))
	if !slices.Equal(ax, apply(again, x)) {
		t.Errorf("%+v: the same names gave another operator", p)
	}
	if s, ok := op.(operators.Selector); ok {
		checkSelector(t, p, s, x, ax)
	}
	mustPanic(t, func() { op.Apply(make([]float32, m+1), x) })
	mustPanic(t, func() { op.Adjoint(make([]float32, n+1), y) })
}

// checkLinear tests A(2a + b) = 2 A a + A b.
func checkLinear(t *testing.T, p operators.Params, op operators.Operator, a, b []float32) {
	t.Helper()
	sum := make([]float32, len(a))
	for i := range a {
		sum[i] = 2*a[i] + b[i]
	}
	aa, ab, as := apply(op, a), apply(op, b), apply(op, sum)
	for j := range as {
		if want := 2*aa[j] + ab[j]; math.Abs(float64(as[j]-want)) > 1e-4*(1+math.Abs(float64(want))) {
			t.Errorf("%+v: not linear at measurement %d: %g, expected %g", p, j, as[j], want)
			return
		}
	}
}

// checkSelector tests that the measurement is the observed fluxes, in order.
func checkSelector(t *testing.T, p operators.Params, s operators.Selector, x, ax []float32) {
	t.Helper()
	var want []float32
	for i, ok := range s.Observed() {
		if ok {
			want = append(want, x[i])
		}
	}
	if !slices.Equal(ax, want) {
		t.Errorf("%+v: measurement is not the observed fluxes", p)
	}
}

// apply returns A x, from a dirty destination, and checks nothing else moved.
func apply(op operators.Operator, x []float32) []float32 {
	m, _ := op.Dims()
	return into(m, x, op.Apply)
}

func adjoint(op operators.Operator, y []float32) []float32 {
	_, n := op.Dims()
	return into(n, y, op.Adjoint)
}

func into(size int, arg []float32, f func(dst, arg []float32)) []float32 {
	dst, kept := make([]float32, size), slices.Clone(arg)
	for i := range dst {
		dst[i] = float32(math.NaN())
	}
	f(dst, arg)
	if !slices.Equal(arg, kept) {
		panic("operatortest: the operator changed its argument")
	}
	return dst
}

func mustPanic(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("no panic on a wrong length")
		}
	}()
	f()
}

func normal(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

func dot(a, b []float32) (s float64) {
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}

func norm(a []float32) float64 { return math.Sqrt(dot(a, a)) }
