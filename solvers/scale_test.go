package solvers_test

import (
	"fmt"
	"math"
	"testing"

	"sedlab/operators"
	"sedlab/priors"
)

// raised is an affine prior with a mean, and a generator of the same signals.
type raised struct {
	affine
	mean []float32
}

func (r raised) Mean() []float32 { return r.mean }

type raisedGenerator struct {
	*linear
	mean []float32
}

func (r raisedGenerator) NewTape(int) priors.Tape { return r }
func (r raisedGenerator) Generate(x, z []float32) {
	r.linear.Generate(x, z)
	for i := range x {
		x[i] += r.mean[i%r.n]
	}
}

// With a free scale, the exact solution has the scale of the measurement, and the search
// approaches it.
func TestFreeScale(t *testing.T) {
	l := newLinear(60, 5)
	mean := make([]float32, 60)
	for i := range mean {
		mean[i] = 3 + float32(math.Sin(float64(i)))
	}
	for _, kind := range []operators.Kind{operators.Inpainting, operators.CompressedSensing} {
		for _, lambda := range []float64{0, 0.01} {
			s := regularization(t, fmt.Sprintf("lambda: %g, steps: 3000, lr: 0.05", lambda))
			ms, truth := problems(t, l, kind, 4)
			const scale = 2e-17
			for i := range ms {
				for k := range truth[i] {
					truth[i][k] += mean[k]
				}
				ms[i].Op.Apply(ms[i].Y, truth[i])
				for j := range ms[i].Y {
					ms[i].Y[j] *= scale
				}
				ms[i].FreeScale = true
			}
			exact := run(t, raised{affine{l}, mean}, ms, s)
			searched := run(t, raisedGenerator{l, mean}, ms, s)
			for i := range ms {
				if e := math.Abs(exact[i].Scale/scale - 1); lambda == 0 && (e > 1e-4 || mse(exact[i].X, truth[i]) > 1e-6) {
					t.Errorf("%s, signal %d: scale %g, mse %g", kind.Name, i, exact[i].Scale, mse(exact[i].X, truth[i]))
				}
				if lambda > 0 && (mse(searched[i].X, exact[i].X) > 1e-4 || math.Abs(searched[i].Scale/exact[i].Scale-1) > 1e-2) {
					t.Errorf("%s, signal %d: search and closed form differ by %g; scales %g and %g", kind.Name, i, mse(searched[i].X, exact[i].X), searched[i].Scale, exact[i].Scale)
				}
			}
		}
	}
}
