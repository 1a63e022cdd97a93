package solve_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"sedlab/framework/solve"
	"sedlab/operators"
	"sedlab/priors"
)

// linear is the generator G(z) = W z, whose best codes are known.
type linear struct {
	n, d int
	w    []float32 // n×d
}

func newLinear(n, d int) *linear {
	r := rand.New(rand.NewPCG(1, 2))
	l := &linear{n: n, d: d, w: make([]float32, n*d)}
	for i := range l.w {
		l.w[i] = float32(r.NormFloat64())
	}
	return l
}

func (l *linear) Dim() int                { return l.n }
func (l *linear) CodeDim() int            { return l.d }
func (l *linear) NewTape(int) priors.Tape { return l }
func (l *linear) Generate(x, z []float32) {
	for c := range len(z) / l.d {
		for i := range l.n {
			var s float32
			for k := range l.d {
				s += l.w[i*l.d+k] * z[c*l.d+k]
			}
			x[c*l.n+i] = s
		}
	}
}
func (l *linear) VJP(dz, dx []float32) {
	for c := range len(dx) / l.n {
		for k := range l.d {
			var s float32
			for i := range l.n {
				s += l.w[i*l.d+k] * dx[c*l.n+i]
			}
			dz[c*l.d+k] = s
		}
	}
}

// affine is the same map as an affine prior with zero mean.
type affine struct{ *linear }

func (a affine) Mean() []float32 { return make([]float32, a.n) }
func (a affine) Basis() []float32 {
	b := make([]float32, a.d*a.n)
	for i := range a.n {
		for k := range a.d {
			b[k*a.n+i] = a.w[i*a.d+k]
		}
	}
	return b
}

func settings(method string) solve.Settings {
	return solve.Settings{Method: method, Steps: 600, LR: 0.02, Schedule: "cosine", Lambda: 0.01, Restarts: 1, Seed: 4}
}

// problems measures signals of the generator at codes on the unit sphere.
func problems(t *testing.T, l *linear, kind string, count int) (ps []solve.Problem, truth [][]float32) {
	t.Helper()
	family, err := operators.New(kind, operators.Params{N: l.n, MissingFraction: 0.3, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	for i := range count {
		z, norm := make([]float32, l.d), 0.0
		for k := range z {
			z[k] = float32(r.NormFloat64())
			norm += float64(z[k]) * float64(z[k])
		}
		for k := range z {
			z[k] /= float32(math.Sqrt(norm))
		}
		x := make([]float32, l.n)
		l.Generate(x, z)
		op := family(i)
		m, _ := op.Dims()
		y := make([]float32, m)
		op.Apply(y, x)
		ps, truth = append(ps, solve.Problem{Signal: i, Op: op, Y: y}), append(truth, x)
	}
	return ps, truth
}

func run(t *testing.T, p priors.Prior, ps []solve.Problem, s solve.Settings) []solve.Result {
	t.Helper()
	rs, err := solve.Solve(t.Context(), p, ps, s)
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

func mse(a, b []float32) (s float64) {
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		s += d * d
	}
	return s / float64(len(a))
}

// Restarts are needed: eq. 3 has local minima on the sphere.
func TestProjectionFindsTheSignal(t *testing.T) {
	l, s := newLinear(60, 5), settings("projection")
	s.Restarts = 8
	for _, kind := range []string{"inpainting", "super_resolution", "compressed_sensing"} {
		ps, truth := problems(t, l, kind, 8)
		for i, r := range run(t, l, ps, s) {
			if e := mse(r.X, truth[i]); r.Status != solve.OK || e > 1e-5 || r.Loss > 1e-5 {
				t.Errorf("%s signal %d: %s, mse %g, measurement loss %g", kind, i, r.Status, e, r.Loss)
			}
			if !r.Converged || r.Iterations != 600 {
				t.Errorf("%s signal %d: converged %v after %d", kind, i, r.Converged, r.Iterations)
			}
		}
	}
}

// Eq. 4 with a linear generator has a closed form, which the affine solver
// gives and the search must approach.
func TestRegularizationMatchesTheClosedForm(t *testing.T) {
	l := newLinear(60, 5)
	for _, lambda := range []float64{0.01, 1} {
		s := settings("regularization")
		s.Lambda, s.Steps = lambda, 2000
		ps, truth := problems(t, l, "inpainting", 4)
		searched, exact := run(t, l, ps, s), run(t, affine{l}, ps, s)
		for i := range ps {
			if e := mse(searched[i].X, exact[i].X); e > 1e-6 {
				t.Errorf("lambda %g, signal %d: search and closed form differ by %g", lambda, i, e)
			}
			if lambda == 1 && mse(exact[i].X, truth[i]) < 1e-3 {
				t.Errorf("signal %d: a penalty of 1 changes nothing", i)
			}
		}
	}
}

func TestAffineLeastSquaresIsExact(t *testing.T) {
	l := newLinear(60, 5)
	ps, truth := problems(t, l, "super_resolution", 4)
	for i, r := range run(t, affine{l}, ps, settings("projection")) {
		if e := mse(r.X, truth[i]); e > 1e-10 || !r.Converged {
			t.Errorf("signal %d: mse %g", i, e)
		}
	}
}

// With fewer measurements than coefficients the shortest solution is taken.
func TestAffineUnderdetermined(t *testing.T) {
	l := newLinear(60, 5)
	observed := operators.Params{N: 60, MissingFraction: 0.95, Seed: 1} // 3 measurements
	family, err := operators.New("inpainting", observed)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, affine{l}, []solve.Problem{{Op: family(0), Y: []float32{1, 2, 3}}}, settings("projection"))[0]
	if r.Loss > 1e-9 || r.Status != solve.OK {
		t.Errorf("%s, measurement loss %g", r.Status, r.Loss)
	}
	for _, v := range r.X {
		if math.Abs(float64(v)) > 50 {
			t.Fatalf("flux %g: not the shortest solution", v)
		}
	}
}

// far is a generator whose codes have a norm of their own.
type far struct {
	*linear
	norm float64
}

func (f far) CodeNorm() float64 { return f.norm }

// A search begins where the generator's codes are, but for a projection, which is
// on the unit sphere.
func TestSearchBeginsAmongTheCodes(t *testing.T) {
	l := newLinear(30, 4)
	ps, _ := problems(t, l, "denoising", 5)
	s := settings("regularization")
	s.Lambda, s.Steps, s.LR = 0, 1, 1e-9
	near := run(t, l, ps, s)
	for i, r := range run(t, far{l, 4}, ps, s) {
		for j, v := range r.X {
			if want := 4 * near[i].X[j]; math.Abs(float64(v-want)) > 1e-5 {
				t.Fatalf("signal %d: flux %d of the first code is %g, expected %g", i, j, v, want)
			}
		}
	}
	s.Method = "projection"
	near = run(t, l, ps, s)
	for i, r := range run(t, far{l, 4}, ps, s) {
		if !slices.Equal(r.X, near[i].X) {
			t.Errorf("signal %d: a projection does not begin on the unit sphere", i)
		}
	}
}

// A signal's result does not depend on what it is solved with.
func TestResultsDoNotDependOnTheBatch(t *testing.T) {
	l := newLinear(30, 4)
	ps, _ := problems(t, l, "inpainting", 150)
	s := settings("projection")
	s.Steps, s.Restarts = 20, 3
	all := run(t, l, ps, s)
	for _, i := range []int{0, 63, 64, 149} {
		if alone := run(t, l, ps[i:i+1], s)[0]; !slices.Equal(alone.X, all[i].X) {
			t.Errorf("signal %d alone gives another result", i)
		}
	}
}

func TestMoreRestartsNeverFitWorse(t *testing.T) {
	l := newLinear(30, 4)
	ps, _ := problems(t, l, "inpainting", 20)
	s := settings("projection")
	s.Steps = 5
	one := run(t, l, ps, s)
	s.Restarts = 6
	better := 0
	for i, r := range run(t, l, ps, s) {
		if r.Loss > one[i].Loss {
			t.Errorf("signal %d: loss %g with 6 restarts, %g with 1", i, r.Loss, one[i].Loss)
		}
		if r.Loss < one[i].Loss {
			better++
		}
	}
	if better == 0 {
		t.Error("restarts changed nothing")
	}
}

func TestFailingProblemsKeepTheirPlace(t *testing.T) {
	l := newLinear(10, 2)
	ps, _ := problems(t, l, "denoising", 3)
	none, err := operators.New("inpainting", operators.Params{N: 10, MissingFraction: 0.99, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	ps[0] = solve.Problem{Op: none(0)}
	ps[1].Y[3] = float32(math.NaN())
	for _, prior := range []priors.Prior{l, affine{l}} {
		rs := run(t, prior, ps, settings("projection"))
		for i, want := range []string{solve.NothingObserved, solve.NotFinite, solve.OK} {
			if rs[i].Status != want {
				t.Errorf("%T problem %d: status %q, expected %q", prior, i, rs[i].Status, want)
			}
		}
	}
}

type bare struct{}

func (bare) Dim() int { return 10 }

func TestSolveRefuses(t *testing.T) {
	l := newLinear(10, 2)
	ps, _ := problems(t, l, "denoising", 1)
	if _, err := solve.Solve(t.Context(), l, ps, settings("guess")); err == nil {
		t.Error("unknown method accepted")
	}
	if _, err := solve.Solve(t.Context(), bare{}, ps, settings("projection")); err == nil {
		t.Error("a prior without a capability accepted")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, p := range []priors.Prior{l, affine{l}} {
		if _, err := solve.Solve(ctx, p, ps, settings("projection")); !errors.Is(err, context.Canceled) {
			t.Errorf("%T: %v after cancelling", p, err)
		}
	}
}
