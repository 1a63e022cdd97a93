package solvers_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"sedlab/operators"
	"sedlab/priors"
	"sedlab/priors/ensemble"
	"sedlab/solvers"
)

// Members of an ensemble reconstruct as by themselves, each with its own method, whatever the
// method of the ensemble; with a free scale too.
func TestEnsembleOfSolvers(t *testing.T) {
	l := newLinear(60, 5)
	ms, _ := problems(t, l, operators.Inpainting, 3)
	first, second := projection(t, "steps: 30"), regularization(t, "lambda: 1")
	both := new(ensemble.Config).Compose([]priors.Inferrer{solvers.Inferrer(first, l), solvers.Inferrer(second, affine{l})})
	if !both.AtRandom() {
		t.Error("a search does not read its seed")
	}
	for _, free := range []bool{false, true} {
		for i := range ms {
			ms[i].FreeScale = free
		}
		a, b := run(t, l, ms, first), run(t, affine{l}, ms, second)
		for i, got := range run(t, both, ms, projection(t, "")) {
			if got.Status != solvers.OK || got.Iterations != a[i].Iterations+b[i].Iterations || got.Sigma != nil {
				t.Errorf("signal %d: %s after %d iterations, deviations %v", i, got.Status, got.Iterations, got.Sigma)
			}
			for j, v := range got.X {
				want := (a[i].Scale*float64(a[i].X[j]) + b[i].Scale*float64(b[i].X[j])) / 2
				if math.Abs(got.Scale*float64(v)-want) > 1e-5 {
					t.Fatalf("signal %d, flux %d, free scale %v: %g, want %g", i, j, free, got.Scale*float64(v), want)
				}
			}
		}
	}
	again := solvers.Inferrer(first, both)
	if again != both {
		t.Error("a prior that infers by itself got a method")
	}
}

// failing is an affine prior of which some reconstructions are not finite.
type failing struct{ affine }

func (f failing) Mean() []float32 { return slices.Repeat([]float32{float32(math.NaN())}, f.n) }

// Where a member fails the ensemble does, and says so.
func TestEnsembleWithAFailure(t *testing.T) {
	l := newLinear(60, 5)
	ms, _ := problems(t, l, operators.Inpainting, 2)
	c := projection(t, "")
	p := new(ensemble.Config).Compose([]priors.Inferrer{solvers.Inferrer(c, affine{l}), solvers.Inferrer(c, failing{affine{l}})})
	for i, e := range run(t, p, ms, c) {
		if e.Status != solvers.NotFinite || e.X != nil {
			t.Errorf("signal %d: %s", i, e.Status)
		}
	}
}

// heard keeps what it is fitted to.
type heard struct {
	priors.Inferrer
	known []priors.Known
}

func (h *heard) Fit(_ context.Context, known []priors.Known, _ uint64) (priors.Inferrer, error) {
	h.known = known
	return h, nil
}

// A prior is fitted in its own unit, and only to what can be solved.
func TestFitInTheUnitOfThePrior(t *testing.T) {
	l := newLinear(60, 5)
	ms, truth := problems(t, l, operators.Inpainting, 3)
	ms[0].Y[3] = float32(math.NaN())
	ms[1].Precision = slices.Repeat([]float32{1}, len(ms[1].Y))
	var known []solvers.Known
	for i, m := range ms {
		known = append(known, solvers.Known{Measurement: m, Flux: truth[i], Counts: make([]bool, 60)})
	}
	h := new(heard)
	if _, err := solvers.Fit(t.Context(), h, 2, known, seed); err != nil {
		t.Fatal(err)
	}
	if len(h.known) != 2 || h.known[0].Signal != 1 || h.known[1].Signal != 2 {
		t.Fatalf("fitted to %d signals", len(h.known))
	}
	for i, k := range h.known {
		if k.Y[0] != ms[i+1].Y[0]/2 || k.Flux[5] != truth[i+1][5]/2 || i == 0 && k.Precision[0] != 4 {
			t.Errorf("signal %d is not in units of 2", k.Signal)
		}
	}
}
