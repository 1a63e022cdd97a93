package f32

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestAdam(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		for n := range 301 {
			r := newRand(1)
			w, g, m, v := guardedNormals(r, n), guardedNormals(r, n), guardedNormals(r, n), guardedNormals(r, n)
			want := make([][]float64, 3)
			step := NewAdamStep(0.01, 1e-2, 7)
			for i := range n {
				v.slice()[i] *= v.slice()[i]
				wi, mi, vi := adamReference(w.slice()[i], g.slice()[i], m.slice()[i], v.slice()[i], 0.01, 1e-2, 7)
				want[0], want[1], want[2] = append(want[0], wi), append(want[1], mi), append(want[2], vi)
			}
			gradient := slices.Clone(g.slice())
			k.Adam(w.slice(), g.slice(), m.slice(), v.slice(), step)
			sameBits(t, "g", g.slice(), gradient)
			for i, p := range []guarded{w, m, v} {
				name := fmt.Sprintf("%c of %d", "wmv"[i], n)
				p.check(t, name)
				near(t, name, p.slice(), want[i], 1e-6)
			}
		}
	})
}

// adamReference is step t of torch.optim.Adam for one weight.
func adamReference(w, g, m, v float32, lr, decay float64, t int) (w1, m1, v1 float64) {
	const b1, b2, eps = 0.9, 0.999, 1e-8
	gi := float64(g) + decay*float64(w)
	m1 = b1*float64(m) + (1-b1)*gi
	v1 = b2*float64(v) + (1-b2)*gi*gi
	mHat, vHat := m1/(1-math.Pow(b1, float64(t))), v1/(1-math.Pow(b2, float64(t)))
	return float64(w) - lr*mHat/(math.Sqrt(vHat)+eps), m1, v1
}
