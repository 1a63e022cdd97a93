package solvers_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sedlab/operators"
	"sedlab/priors"
	"sedlab/solvers"
	"sedlab/solvers/solvertest"
)

// Jacobian gives the columns of W, whatever the codes.
func (l *linear) Jacobian(j []float32, of []int) {
	for c := range of {
		for k := range l.d {
			for i := range l.n {
				j[(c*l.d+k)*l.n+i] = l.w[i*l.d+k]
			}
		}
	}
}

func gaussNewton(t *testing.T, keys string) solvers.Config {
	t.Helper()
	return solvertest.Config(t, solvers.GaussNewton, "{"+keys+"}")
}

func TestGaussNewtonContract(t *testing.T) {
	for _, keys := range []string{"", "constraint: regularization, restarts: 3", "init: mean, steps: 5", "hops: 2", "constraint: regularization, lambda: 0.1, init: nearest", "init: linear"} {
		t.Run(keys, func(t *testing.T) { solvertest.Suite(t, solvers.GaussNewton, gaussNewton(t, keys)) })
	}
}

// With a linear generator, the objective of eq. 4 is a quadratic, so its minimum is one step
// away, up to the small damping of the first step.
func TestGaussNewtonSolvesALinearGeneratorInOneStep(t *testing.T) {
	l := newLinear(60, 5)
	for _, kind := range []operators.Kind{operators.Inpainting, operators.SuperResolution, operators.CompressedSensing} {
		for _, lambda := range []float64{0, 0.01, 1} {
			ms, _ := problems(t, l, kind, 4)
			ms[1].Precision = make([]float32, len(ms[1].Y))
			for j := range ms[1].Precision {
				ms[1].Precision[j] = float32(j % 4)
			}
			c := gaussNewton(t, fmt.Sprintf("constraint: regularization, lambda: %g, steps: 1", lambda))
			exact := run(t, affine{l}, ms, c)
			for i, e := range run(t, l, ms, c) {
				if d := mse(e.X, exact[i].X); d > 1e-6 || e.Iterations != 1 {
					t.Errorf("%s, λ %g, signal %d: %d steps, differs from the closed form by %g", kind.Name, lambda, i, e.Iterations, d)
				}
			}
		}
	}
}

func TestGaussNewtonConverges(t *testing.T) {
	l := newLinear(60, 5)
	ms, _ := problems(t, l, operators.Inpainting, 4)
	c := gaussNewton(t, "constraint: regularization, lambda: 0.01, tol: 1e-9")
	exact := run(t, affine{l}, ms, c)
	for i, e := range run(t, l, ms, c) {
		if d := mse(e.X, exact[i].X); d > 1e-9 || !e.Converged || e.Iterations > 4 {
			t.Errorf("signal %d: converged %v after %d steps, differs from the closed form by %g", i, e.Converged, e.Iterations, d)
		}
	}
	for i, e := range run(t, l, ms, gaussNewton(t, "steps: 1")) {
		if e.Converged || e.Iterations != 1 {
			t.Errorf("signal %d: converged %v after %d of 1 steps", i, e.Converged, e.Iterations)
		}
	}
}

// Codes stay on the sphere, and the search finds the signal where it is.
func TestGaussNewtonOnTheSphere(t *testing.T) {
	l, adam := newLinear(60, 5), projection(t, "restarts: 8")
	for _, kind := range []operators.Kind{operators.Inpainting, operators.CompressedSensing} {
		ms, truth := problems(t, l, kind, 8)
		noisy := slices.Clone(ms)
		for i, m := range noisy {
			noisy[i].Y = slices.Clone(m.Y)
			for j := range m.Y {
				noisy[i].Y[j] += float32(math.Sin(float64(i + 7*j)))
			}
		}
		for i, e := range run(t, l, ms, gaussNewton(t, "restarts: 8")) {
			if d := mse(e.X, truth[i]); d > 1e-6 || !e.Converged {
				t.Errorf("%s, signal %d: mse %g, converged %v", kind.Name, i, d, e.Converged)
			}
		}
		slow := run(t, l, noisy, adam)
		for i, e := range run(t, l, noisy, gaussNewton(t, "restarts: 8, tol: 1e-7")) {
			if norm := math.Sqrt(squares(e.Code)); math.Abs(norm-1) > 1e-6 || e.Loss > slow[i].Loss*(1+1e-5) {
				t.Errorf("%s, signal %d: ‖z‖ = %g, loss %g; Adam finds %g", kind.Name, i, norm, e.Loss, slow[i].Loss)
			}
		}
	}
}

// A free scale is found with the signal, in a few steps.
func TestGaussNewtonWithAFreeScale(t *testing.T) {
	l, mean := newLinear(60, 5), make([]float32, 60)
	for i := range mean {
		mean[i] = 3 + float32(math.Sin(float64(i)))
	}
	for _, kind := range []operators.Kind{operators.Inpainting, operators.CompressedSensing} {
		for _, lambda := range []float64{0, 0.01} {
			ms, truth := problems(t, l, kind, 4)
			const scale = 2e-17
			for i := range ms {
				for k := range truth[i] {
					truth[i][k] = scale * (truth[i][k] + mean[k])
				}
				ms[i].Op.Apply(ms[i].Y, truth[i])
				ms[i].FreeScale = true
			}
			c := gaussNewton(t, fmt.Sprintf("constraint: regularization, lambda: %g, tol: 1e-6", lambda))
			exact := run(t, raised{affine{l}, mean}, ms, c)
			for i, e := range run(t, raisedGenerator{l, mean}, ms, c) {
				if d := mse(e.X, exact[i].X); d > 1e-5 || math.Abs(e.Scale/exact[i].Scale-1) > 1e-3 || e.Iterations > 20 {
					t.Errorf("%s, λ %g, signal %d: %d steps, differs from the closed form by %g; scales %g and %g",
						kind.Name, lambda, i, e.Iterations, d, e.Scale, exact[i].Scale)
				}
			}
		}
	}
}

// Searches take each other's places when they end. That changes no bit.
func TestGaussNewtonDoesNotDependOnTheBatch(t *testing.T) {
	l := newLinear(30, 4)
	ms, _ := problems(t, l, operators.Inpainting, 150)
	for keys, p := range map[string]priors.Prior{
		"restarts: 3":                l,
		"hops: 2":                    l,
		"restarts: 2, init: nearest": watched{l, 1, l.w[:40], new([]float32)},
	} {
		c := gaussNewton(t, keys)
		together := run(t, p, ms, c)
		for _, i := range []int{0, 21, 22, 63, 64, 149} {
			alone := run(t, p, ms[i:i+1], c)[0]
			if !slices.Equal(alone.X, together[i].X) || !slices.Equal(alone.Code, together[i].Code) || alone.Iterations != together[i].Iterations {
				t.Errorf("%s: signal %d alone gives another result", keys, i)
			}
		}
	}
}

// Hops find lower minima, never higher ones: on a sphere, one search often ends in the wrong
// one.
func TestGaussNewtonHops(t *testing.T) {
	l := newLinear(30, 3)
	ms, _ := problems(t, l, operators.Inpainting, 40)
	for i := range ms {
		for j := range ms[i].Y {
			ms[i].Y[j] += 3 * float32(math.Sin(float64(i+7*j)))
		}
	}
	one, lower := run(t, l, ms, gaussNewton(t, "")), 0
	for i, e := range run(t, l, ms, gaussNewton(t, "hops: 10")) {
		if e.Loss > one[i].Loss || math.Abs(squares(e.Code)-1) > 1e-6 {
			t.Errorf("signal %d: loss %g with hops, %g without; ‖z‖² = %g", i, e.Loss, one[i].Loss, squares(e.Code))
		}
		if e.Loss < one[i].Loss*0.999 {
			lower++
		}
	}
	if lower == 0 {
		t.Error("hops changed nothing")
	}
}

// named is the config of a prior that no test trains.
type named struct {
	priors.Config
	blank priors.Prior
	free  string
}

func (n named) Blank() priors.Prior { return n.blank }
func (n named) FreeCodes() string   { return n.free }

func TestGaussNewtonChecksPriors(t *testing.T) {
	for _, c := range []struct {
		keys, want string
		prior      named
	}{
		{"", "", named{blank: &linear{}}},
		{"", "kind: trains a solvers_test.bare, which is neither a generator nor affine", named{blank: bare{}}},
		{"", "sphere: lets codes leave the unit sphere, on which solver.constraint: projection searches", named{blank: &linear{}, free: "sphere"}},
		{"constraint: regularization", "", named{blank: &linear{}, free: "sphere"}},
		{"init: nearest", "kind: trains a *solvers_test.linear, which keeps no training codes, so solver.init: nearest has nothing to start from", named{blank: &linear{}}},
		{"init: nearest", "", named{blank: watched{}}},
		{"init: mean", "", named{blank: affine{}}},
	} {
		got := ""
		for _, e := range gaussNewton(t, c.keys).CheckPrior(c.prior) {
			got += e.Key + ": " + e.Problem
		}
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%q: got %q, expected %q", c.keys, got, c.want)
		}
	}
}

// broken generates signals that are not numbers.
type broken struct{ *linear }

func (b broken) NewTape(int) priors.Tape { return b }
func (b broken) Generate(x, z []float32) {
	for i := range x {
		x[i] = float32(math.NaN())
	}
}

func TestGaussNewtonOfABrokenGenerator(t *testing.T) {
	l := newLinear(20, 3)
	ms, _ := problems(t, l, operators.Denoising, 2)
	for _, e := range run(t, broken{l}, ms, gaussNewton(t, "restarts: 2")) {
		if e.Status != solvers.NotFinite {
			t.Errorf("status %q, expected %q", e.Status, solvers.NotFinite)
		}
	}
	if _, err := solvers.Solve(context.Background(), gaussNewton(t, ""), inUnit(bare{}), ms[:1], seed); err == nil {
		t.Error("a prior without a capability accepted")
	}
}
