package solvertest

import (
	"math"
	"testing"

	"sedlab/solvers"
)

// precision checks that equal precisions are the same as none, up to rounding, and that
// measurements of precision 0 do not count, in any bit.
func (s suite) precision(t testing.TB) {
	want := s.solve(t, s.config, s.ms)
	var equal, ignoring, noisy []solvers.Measurement
	for _, m := range s.ms {
		a, b, c := m, m, m
		a.Precision, b.Precision = make([]float32, len(m.Y)), make([]float32, len(m.Y))
		c.Y = append([]float32{}, m.Y...)
		for j := range m.Y {
			a.Precision[j], b.Precision[j] = 4, 1+float32(j%3)
			if j%5 == 1 {
				b.Precision[j], c.Y[j] = 0, float32(math.NaN())
			}
		}
		c.Precision = b.Precision
		equal, ignoring, noisy = append(equal, a), append(ignoring, b), append(noisy, c)
	}
	for i, e := range s.solve(t, s.config, equal) {
		if e.Status != want[i].Status || distance(e.X, want[i].X) > 1e-4 {
			t.Errorf("%T, measurement %d with equal precisions: status %q, differs by %g", s.prior, i, e.Status, distance(e.X, want[i].X))
		}
	}
	a, b := s.solve(t, s.config, ignoring), s.solve(t, s.config, noisy)
	for i := range a {
		if a[i].Status == b[i].Status && distance(a[i].X, b[i].X) != 0 || a[i].Status == solvers.OK && !(a[i].Chi2 >= 0) {
			t.Errorf("%T, measurement %d: what has no precision changes the estimate by %g; χ² %g", s.prior, i, distance(a[i].X, b[i].X), a[i].Chi2)
		}
	}
}

// scale checks that a measurement with a free scale, times a power of 2, has the same
// estimate, to the bit, except that its scale is multiplied by that power.
func (s suite) scale(t testing.TB) {
	const power = 0x1p-40
	var plain, small []solvers.Measurement
	for _, m := range s.ms {
		m.FreeScale = true
		n := m
		n.Y = make([]float32, len(m.Y))
		for j, v := range m.Y {
			n.Y[j] = v * power
		}
		plain, small = append(plain, m), append(small, n)
	}
	a, b := s.solve(t, s.config, plain), s.solve(t, s.config, small)
	for i := range a {
		if a[i].Status != solvers.OK {
			continue
		}
		if distance(a[i].X, b[i].X) != 0 || b[i].Scale != a[i].Scale*power || !(a[i].Scale > 0) {
			t.Errorf("%T, measurement %d: scale %g, then %g; the estimate differs by %g", s.prior, i, a[i].Scale, b[i].Scale, distance(a[i].X, b[i].X))
		}
	}
}

// distance returns the largest difference, relative to the largest value.
func distance(a, b []float32) float64 {
	var most, size float64
	for i := range min(len(a), len(b)) {
		most = math.Max(most, math.Abs(float64(a[i])-float64(b[i])))
		size = math.Max(size, math.Abs(float64(b[i])))
	}
	if len(a) != len(b) {
		return math.Inf(1)
	}
	return most / math.Max(size, 1e-30)
}
