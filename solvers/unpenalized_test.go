package solvers_test

import (
	"math"
	"testing"

	"sedlab/operators"
	"sedlab/solvers"
)

// Without a penalty, and given the signal itself, each method finds a signal that the generator
// makes, which a noisy and incomplete measurement does not give.
func TestUnpenalizedFindsWhatThePriorCanMake(t *testing.T) {
	l := newLinear(60, 5)
	ms, truth := problems(t, l, operators.Inpainting, 8)
	identity := family(t, operators.Denoising, "{}", l.n)
	complete := make([]solvers.Measurement, len(ms))
	for i := range ms {
		complete[i] = solvers.Measurement{Signal: i, Op: identity(i), Y: truth[i]}
		for j := range ms[i].Y {
			ms[i].Y[j] += float32(math.Sin(float64(i + 7*j)))
		}
	}
	for _, c := range []solvers.Config{
		projection(t, "restarts: 8"), regularization(t, "lambda: 0.1"),
		gaussNewton(t, "restarts: 8"), gaussNewton(t, "constraint: regularization, lambda: 0.1"),
	} {
		lambda, sphere := c.(solvers.Penalizer).Penalty()
		free := solvers.Unpenalized(c)
		if after, kept := free.(solvers.Penalizer).Penalty(); after != 0 || kept != sphere {
			t.Errorf("%T: λ = %g, on the sphere %v, without its penalty", c, after, kept)
		}
		if before, _ := c.(solvers.Penalizer).Penalty(); before != lambda {
			t.Errorf("%T itself has lost its penalty", c)
		}
		best := run(t, l, complete, free)
		for i, e := range run(t, l, ms, c) {
			if got, mse := mse(best[i].X, truth[i]), mse(e.X, truth[i]); got > 1e-5 || got >= mse {
				t.Errorf("%T, signal %d: representation error %g, mse %g", c, i, got, mse)
			}
		}
	}
	if own := (unknown{projection(t, "")}); solvers.Unpenalized(own) != own {
		t.Error("a method without a known penalty has changed")
	}
}

// unknown is a method that says nothing about a penalty.
type unknown struct{ solvers.Config }
