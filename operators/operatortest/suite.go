// Package operatortest is the contract that every kind of operator must meet:
//
//	func TestContract(t *testing.T) {
//		operatortest.Suite(t, Blur, operatortest.Config(t, Blur, "{resolution: 1000}"))
//	}
//
// Operators in other modules can run it too.
package operatortest

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"sedlab/internal/kind/kindtest"
	"sedlab/operators"
)

const seed = 3

// Suite checks the operators of a config of kind k against the contract of package
// operators, on grids of several sizes: dimensions, linearity and ⟨A x, y⟩ = ⟨x, Aᵀ y⟩;
// arguments are not changed and results are overwritten; the same seed and signal give
// the same operator, or any seed if the config is Seedless; wrong lengths panic;
// goroutines can share an operator. Suite skips grids that the config's Check refuses; it
// must not refuse 200 fluxes.
func Suite(t testing.TB, k operators.Kind, config operators.Config) {
	t.Helper()
	kindtest.Check(t, k, config)
	for _, n := range []int{1, 2, 17, 200} {
		grid := Grid(n)
		if errs := config.Check(grid); len(errs) > 0 {
			if n == 200 {
				t.Errorf("refused for %d fluxes: %v", n, errs)
			}
			continue
		}
		family, again := newFamily(t, config, grid, seed), newFamily(t, config, grid, seed)
		if _, seedless := config.(operators.Seedless); seedless {
			again = newFamily(t, config, grid, seed+1)
		}
		_, propagating := config.(operators.Propagating)
		for _, signal := range []int{0, 1, 999} {
			check(t, n, family(signal), again(signal))
			if p, ok := family(signal).(operators.Propagator); ok {
				checkVariance(t, p)
			} else if propagating {
				t.Errorf("%d fluxes: %T is Propagating, but its operators are no Propagators", n, config)
			}
			checkShared(t, family, signal)
		}
	}
}

// Grid returns n wavelengths from 3162 Å, like those of SDSS spectra: each is 10^0.0004
// times the one before.
func Grid(n int) []float64 {
	grid := make([]float64, n)
	for i := range grid {
		grid[i] = math.Pow(10, 3.5+0.0004*float64(i))
	}
	return grid
}

// Config returns a config of kind k with the given keys, in YAML, such as
// "{missing_fraction: 0.4}". Other keys have their defaults.
func Config(t testing.TB, k operators.Kind, keys string) operators.Config {
	t.Helper()
	return kindtest.Config(t, k, keys)
}

func newFamily(t testing.TB, config operators.Config, grid []float64, seed uint64) operators.Family {
	t.Helper()
	family, err := config.Family(t.Context(), grid, seed)
	if err != nil {
		t.Fatal(err)
	}
	return family
}

func check(t testing.TB, fluxes int, op, again operators.Operator) {
	t.Helper()
	m, n := op.Dims()
	if n != fluxes || m < 0 {
		t.Fatalf("%d fluxes: dims %d×%d", fluxes, m, n)
	}
	r := rand.New(rand.NewPCG(uint64(n), uint64(m)))
	x, y := normal(r, n), normal(r, m)
	ax, aty := apply(op, x), adjoint(op, y)

	if got, want := dot(ax, y), dot(x, aty); math.Abs(got-want) > 1e-5*(norm(ax)*norm(y)+1e-30) {
		t.Errorf("%d fluxes: <Ax, y> = %g, <x, A'y> = %g", fluxes, got, want)
	}
	checkLinear(t, op, x, normal(r, n))
	if !slices.Equal(ax, apply(again, x)) {
		t.Errorf("%d fluxes: the same names gave another operator", fluxes)
	}
	if s, ok := op.(operators.Selector); ok {
		checkSelector(t, s, x, ax)
	}
	if s, ok := op.(operators.Sampler); ok {
		checkSampler(t, s, m)
	}
	kindtest.Panics(t, "a wrong length", func() { op.Apply(make([]float32, m+1), x) })
	kindtest.Panics(t, "a wrong length", func() { op.Adjoint(make([]float32, n+1), y) })
}

// checkLinear checks A(2a + b) = 2 A a + A b.
func checkLinear(t testing.TB, op operators.Operator, a, b []float32) {
	t.Helper()
	sum := make([]float32, len(a))
	for i := range a {
		sum[i] = 2*a[i] + b[i]
	}
	aa, ab, as := apply(op, a), apply(op, b), apply(op, sum)
	for j := range as {
		if want := 2*aa[j] + ab[j]; math.Abs(float64(as[j]-want)) > 1e-4*(1+math.Abs(float64(want))) {
			t.Errorf("%d fluxes: not linear at measurement %d: %g, expected %g", len(a), j, as[j], want)
			return
		}
	}
}

// checkSelector checks that the measurement is the observed fluxes, in order.
func checkSelector(t testing.TB, s operators.Selector, x, ax []float32) {
	t.Helper()
	var want []float32
	for i, ok := range s.Observed() {
		if ok {
			want = append(want, x[i])
		}
	}
	if !slices.Equal(ax, want) {
		t.Errorf("%d fluxes: measurement is not the observed fluxes", len(x))
	}
}

// checkVariance checks that the variances are those of each flux alone, times the square of
// what it contributes, added up.
func checkVariance(t testing.TB, p operators.Propagator) {
	t.Helper()
	m, n := p.Dims()
	want, unit, got, variance := make([]float64, m), make([]float32, n), make([]float32, m), make([]float32, n)
	for i := range n {
		unit[i], variance[i] = 1, 1+float32(i%7)
		for j, a := range apply(p, unit) {
			want[j] += float64(a) * float64(a) * float64(variance[i])
		}
		unit[i] = 0
	}
	p.Variance(got, variance)
	for j, v := range got {
		if math.Abs(float64(v)-want[j]) > 1e-4*want[j] {
			t.Errorf("%d fluxes: variance of measurement %d is %g, expected %g", n, j, v, want[j])
			return
		}
	}
}

// checkSampler checks that each of the m measurements has a wavelength.
func checkSampler(t testing.TB, s operators.Sampler, m int) {
	t.Helper()
	lambda := s.Wavelengths()
	if bad := func(v float64) bool { return !(v > 0) || math.IsInf(v, 0) }; len(lambda) != m || slices.ContainsFunc(lambda, bad) {
		t.Errorf("wavelengths of %d measurements: %v", m, lambda)
	}
}

// checkShared checks that goroutines which share a family and an operator get what one
// alone gets.
func checkShared(t testing.TB, family operators.Family, signal int) {
	t.Helper()
	op := family(signal)
	m, n := op.Dims()
	r := rand.New(rand.NewPCG(uint64(m), uint64(n)))
	var wg sync.WaitGroup
	for range 4 {
		x, y := normal(r, n), normal(r, m)
		ax, aty := apply(family(signal), x), adjoint(family(signal), y)
		wg.Go(func() {
			own := family(signal)
			for range 10 {
				if !slices.Equal(apply(op, x), ax) || !slices.Equal(adjoint(op, y), aty) || !slices.Equal(apply(own, x), ax) {
					t.Errorf("%d fluxes: results depend on what other goroutines do with the operator", n)
					return
				}
			}
		})
	}
	wg.Wait()
}

// apply returns A x, into a destination of NaNs, and checks that x is not changed.
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
