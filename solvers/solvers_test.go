package solvers_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"sedlab/operators"
	"sedlab/priors"
	"sedlab/solvers"
	"sedlab/solvers/solvertest"
)

func TestContract(t *testing.T) {
	for _, k := range []solvers.Kind{solvers.Projection, solvers.Regularization} {
		t.Run(k.Name, func(t *testing.T) {
			solvertest.Suite(t, k, solver(t, k, "steps: 40"))
			solvertest.Suite(t, k, solver(t, k, "steps: 40, restarts: 3, schedule: constant"))
			solvertest.Suite(t, k, solver(t, k, "steps: 120, tol: 0.1, init: linear"))
		})
	}
}

// Restarts are needed because eq. 3 has local minima on the sphere.
func TestProjectionFindsTheSignal(t *testing.T) {
	l, s := newLinear(60, 5), projection(t, "restarts: 8")
	for _, kind := range []operators.Kind{operators.Inpainting, operators.SuperResolution, operators.CompressedSensing} {
		ps, truth := problems(t, l, kind, 8)
		for i, r := range run(t, l, ps, s) {
			if e := mse(r.X, truth[i]); r.Status != solvers.OK || e > 1e-5 || r.Loss > 1e-5 {
				t.Errorf("%s signal %d: %s, mse %g, measurement loss %g", kind.Name, i, r.Status, e, r.Loss)
			}
			if !r.Converged || r.Iterations != 600 {
				t.Errorf("%s signal %d: converged %v after %d", kind.Name, i, r.Converged, r.Iterations)
			}
		}
	}
}

// Eq. 4 with a linear generator has a closed form. The affine solver gives it, and the
// search must approach it.
func TestRegularizationMatchesTheClosedForm(t *testing.T) {
	l := newLinear(60, 5)
	for _, lambda := range []float64{0.01, 1} {
		s := regularization(t, fmt.Sprintf("lambda: %g, steps: 2000", lambda))
		ps, truth := problems(t, l, operators.Inpainting, 4)
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
	ps, truth := problems(t, l, operators.SuperResolution, 4)
	for i, r := range run(t, affine{l}, ps, projection(t, "")) {
		if e := mse(r.X, truth[i]); e > 1e-10 || !r.Converged {
			t.Errorf("signal %d: mse %g", i, e)
		}
	}
}

// With fewer measurements than coefficients, the shortest solution is the result.
func TestAffineUnderdetermined(t *testing.T) {
	l := newLinear(60, 5)
	three := family(t, operators.Inpainting, "{missing_fraction: 0.95}", 60) // measurements
	r := run(t, affine{l}, []solvers.Measurement{{Op: three(0), Y: []float32{1, 2, 3}}}, projection(t, ""))[0]
	if r.Loss > 1e-9 || r.Status != solvers.OK {
		t.Errorf("%s, measurement loss %g", r.Status, r.Loss)
	}
	for _, v := range r.X {
		if math.Abs(float64(v)) > 50 {
			t.Fatalf("flux %g: not the shortest solution", v)
		}
	}
}

// far is a generator whose codes are not on the unit sphere.
type far struct {
	*linear
	norm float64
}

func (f far) CodeNorm() float64 { return f.norm }

// A search begins at the norm of the generator's codes, a projection on the unit sphere.
func TestSearchBeginsAmongTheCodes(t *testing.T) {
	l := newLinear(30, 4)
	ps, _ := problems(t, l, operators.Denoising, 5)
	s := regularization(t, "lambda: 0, steps: 1, lr: 1e-9")
	near := run(t, l, ps, s)
	for i, r := range run(t, far{l, 4}, ps, s) {
		for j, v := range r.X {
			if want := 4 * near[i].X[j]; math.Abs(float64(v-want)) > 1e-5 {
				t.Fatalf("signal %d: flux %d of the first code is %g, expected %g", i, j, v, want)
			}
		}
	}
	s = projection(t, "steps: 1, lr: 1e-9")
	near = run(t, l, ps, s)
	for i, r := range run(t, far{l, 4}, ps, s) {
		if !slices.Equal(r.X, near[i].X) {
			t.Errorf("signal %d: a projection does not begin on the unit sphere", i)
		}
	}
}

// A signal's result does not depend on the signals solved with it.
func TestResultsDoNotDependOnTheBatch(t *testing.T) {
	l := newLinear(30, 4)
	ps, _ := problems(t, l, operators.Inpainting, 150)
	s := projection(t, "steps: 20, restarts: 3")
	all := run(t, l, ps, s)
	for _, i := range []int{0, 63, 64, 149} {
		if alone := run(t, l, ps[i:i+1], s)[0]; !slices.Equal(alone.X, all[i].X) {
			t.Errorf("signal %d alone gives another result", i)
		}
	}
}

func TestMoreRestartsNeverFitWorse(t *testing.T) {
	l := newLinear(30, 4)
	ps, _ := problems(t, l, operators.Inpainting, 20)
	one := run(t, l, ps, projection(t, "steps: 5"))
	better := 0
	for i, r := range run(t, l, ps, projection(t, "steps: 5, restarts: 6")) {
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
	ps, _ := problems(t, l, operators.Denoising, 3)
	none := family(t, operators.Inpainting, "{missing_fraction: 0.99}", 10)
	ps[0] = solvers.Measurement{Op: none(0)}
	ps[1].Y[3] = float32(math.NaN())
	for _, prior := range []priors.Prior{l, affine{l}} {
		rs := run(t, prior, ps, projection(t, ""))
		for i, want := range []string{solvers.NothingObserved, solvers.NotFinite, solvers.OK} {
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
	ps, _ := problems(t, l, operators.Denoising, 1)
	if _, err := solvers.Solve(t.Context(), projection(t, ""), inUnit(bare{}), ps, seed); err == nil {
		t.Error("a prior without a capability accepted")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, p := range []priors.Prior{l, affine{l}} {
		if _, err := solvers.Solve(ctx, projection(t, ""), inUnit(p), ps, seed); !errors.Is(err, context.Canceled) {
			t.Errorf("%T: %v after cancelling", p, err)
		}
	}
}

// short is a method whose estimates are not those that the contract asks for.
type short struct {
	solvers.ProjectionConfig
	estimates []solvers.Estimate
}

func (s *short) Solve(context.Context, priors.Prior, []solvers.Measurement, uint64) ([]solvers.Estimate, error) {
	return s.estimates, nil
}

func TestBrokenContractIsAnError(t *testing.T) {
	l := newLinear(60, 5)
	ms, _ := problems(t, l, operators.Inpainting, 2)
	whole := solvers.Estimate{X: make([]float32, 60)}
	for want, estimates := range map[string][]solvers.Estimate{
		"solver *solvers_test.short returned 1 estimates for 2 measurements":                     {whole},
		"solver *solvers_test.short returned an estimate of 0 fluxes for signal 1, which has 60": {whole, {Status: solvers.OK}},
	} {
		if _, err := solvers.Solve(t.Context(), &short{estimates: estimates}, inUnit(l), ms, 1); err == nil || err.Error() != want {
			t.Errorf("got error %v, expected %q", err, want)
		}
	}
}
