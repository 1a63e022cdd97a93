package solvers

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"

	"sedlab/internal/f32"
)

// descent is one search, which may hop on when it ends.
type descent struct {
	index, restart int // of the measurement, and of the search for it
	m              Measurement
	misfit         misfit
	unit           float64
	root           []float32 // √w/m of each measurement; see misfit

	place
	best   *place // of all hops that have ended
	hops   int
	random *rand.Rand // of hops

	delta    []float64
	trial    []float32 // the next code
	value    float64   // the objective at the trial
	next     []float64 // half its gradient there
	expected float64   // how much the model lowers the objective

	mu, growth float64 // the damping, and its factor after a refused step
	jacobians  int     // that were computed
	done       bool
}

// better reports whether a search has found a lower objective than another, or that was none.
func (s *descent) better(other *descent) bool {
	return other == nil || s.f < other.f || s.f == other.f && s.restart < other.restart
}

func (s *descent) estimate() Estimate {
	return Estimate{X: s.x, Code: s.z, Scale: s.unit * s.misfit.scale(s.x), Iterations: max(1, s.steps), Converged: s.converged}
}

// judge moves a search to its trial if that lowers the objective, and reports whether the
// search needs the Jacobian there. The damping follows Nielsen (1999; Madsen, Nielsen and
// Tingleff 2004, Methods for non-linear least squares problems, eq. 2.21).
func (t *newton) judge(s *descent, x []float32) bool {
	secant := s.jacobians == exactSteps
	if secant && s.steps > 0 {
		t.update(s)
	}
	old := s.f
	moved := s.value < old
	if moved {
		gain := (old - s.value) / s.expected
		s.mu, s.growth = s.mu*max(1.0/3, 1-math.Pow(2*gain-1, 3)), 2
		s.f = s.value
		copy(s.z, s.trial)
		copy(s.x, x)
		copy(s.g, s.next)
		s.converged = old-s.f < t.Tol*old
		if secant && t.project {
			tangentMatrix(s.h, s.z)
		}
	} else {
		s.mu, s.growth = s.mu*s.growth, 2*s.growth
	}
	s.done = s.converged || s.steps >= t.Steps || s.jacobians == 0 && !moved
	return moved && !s.done && !secant
}

// firstDamping is the first damping, as a share of the largest curvature along an axis.
const firstDamping = 1e-4

// curvature sets H to JᵀWJ + λI, where J are the derivatives of the measurements by the code.
// On the sphere, H is what it is in the tangent space, and as large as anywhere along z. With a
// free scale, J leaves out what the best scale takes up (Kaufman 1975, BIT 15, 49).
func (t *newton) curvature(s *descent, j []float32) {
	d, m := t.d, len(s.root)
	if len(t.rows) < (d+1)*m {
		t.rows = make([]float32, (d+1)*m)
	}
	weigh := func(row, x []float32) {
		s.m.Op.Apply(row, x)
		for i, v := range s.root {
			row[i] *= v
		}
	}
	row := func(k int) []float32 { return t.rows[k*m : (k+1)*m] }
	for k := range d {
		weigh(row(k), j[k*t.n:(k+1)*t.n])
	}
	if s.m.FreeScale {
		weigh(row(d), s.x)
		withoutScale(t.rows[:d*m], row(d), s.misfit.scale(s.x))
	}
	for k := range d {
		for l := range k + 1 {
			s.h[k*d+l] = f32.Dot(row(k), row(l))
			s.h[l*d+k] = s.h[k*d+l]
		}
		s.h[k*d+k] += t.lambda
	}
	if t.project {
		tangentMatrix(s.h, s.z)
	}
	if s.jacobians == 0 {
		s.mu = firstDamping * largest(s.h, d)
	}
	s.jacobians++
}

// withoutScale multiplies the derivatives of weighted measurements, in rows, by the scale, and
// removes what is along the measurements of the signal.
func withoutScale(rows, ax []float32, scale float64) {
	m := len(ax)
	aa := f32.Dot(ax, ax)
	for lo := 0; lo < len(rows); lo += m {
		row, share := rows[lo:lo+m], 0.0
		if aa > 0 {
			share = f32.Dot(row, ax) / aa
		}
		for i, v := range ax {
			row[i] = float32(scale * (float64(row[i]) - share*float64(v)))
		}
	}
}

// update makes H agree with the change of the gradient from z to the trial: the BFGS formula
// with Powell's damping (Nocedal and Wright 2006, Numerical Optimization, eq. 18.14 to 18.16),
// which keeps H positive definite. Refused trials count too: they show kinks.
func (t *newton) update(s *descent) {
	const least = 0.2
	d := t.d
	by, change, hs := make([]float64, d), make([]float64, d), make([]float64, d)
	for k := range d {
		by[k] = float64(s.trial[k]) - float64(s.z[k])
		change[k] = s.next[k] - s.g[k]
	}
	if t.project {
		tangent(by, s.z)
		tangent(change, s.z)
	}
	model, found := 0.0, 0.0 // the curvatures along the step
	for k := range d {
		for l, v := range s.h[k*d : (k+1)*d] {
			hs[k] += v * by[l]
		}
		model += by[k] * hs[k]
		found += by[k] * change[k]
	}
	if !(model > 0) {
		return
	}
	if found < least*model {
		theta := (1 - least) * model / (model - found)
		for k := range d {
			change[k] = theta*change[k] + (1-theta)*hs[k]
		}
		found = least * model
	}
	for k := range d {
		for l := range d {
			s.h[k*d+l] += change[k]*change[l]/found - hs[k]*hs[l]/model
		}
	}
}

// step sets the next trial to the minimum of the damped model. The search ends if that would
// lower the objective by less than tol.
func (t *newton) step(s *descent) {
	d := t.d
	if !s.minimum(t.lower) {
		s.done = true
		return
	}
	if t.project {
		tangent(s.delta, s.z)
	}
	s.expected = 0
	for k := range d {
		hd := 0.0
		for l, v := range s.h[k*d : (k+1)*d] {
			hd += v * s.delta[l]
		}
		s.expected -= (2*s.g[k] + hd) * s.delta[k]
		s.trial[k] = float32(float64(s.z[k]) + s.delta[k])
	}
	if !(s.expected > t.Tol*s.f) {
		s.done, s.converged = true, s.expected >= 0
		return
	}
	if t.project {
		f32.Sphere(s.trial, d)
	}
	s.steps++
}

// minimum sets δ to the solution of (H + μI)δ = −g. It is false if there is none.
func (s *descent) minimum(lower []float64) bool {
	factor, ok := s.factor(lower, s.mu)
	if ok {
		for k, v := range s.g {
			s.delta[k] = -v
		}
		lapack64.Potrs(factor, blas64.General{Rows: len(s.g), Cols: 1, Stride: 1, Data: s.delta})
	}
	return ok
}

// factor returns the Cholesky factor of H + μI, in lower.
func (s *descent) factor(lower []float64, mu float64) (factor blas64.Triangular, ok bool) {
	d := len(s.g)
	copy(lower, s.h)
	for k := range d {
		lower[k*d+k] += mu
	}
	return lapack64.Potrf(blas64.Symmetric{Uplo: blas.Lower, N: d, Stride: d, Data: lower})
}

// tangent removes from v what is along z on the unit sphere.
func tangent(v []float64, z []float32) {
	along := 0.0
	for k, x := range z {
		along += float64(x) * v[k]
	}
	for k, x := range z {
		v[k] -= along * float64(x)
	}
}

// largest returns the largest entry on the diagonal of a matrix.
func largest(h []float64, d int) (most float64) {
	for k := range d {
		most = max(most, h[k*d+k])
	}
	return most
}

// tangentMatrix replaces H by PHP + c·zzᵀ, where P projects onto the tangents at z and c is the
// largest entry on the diagonal, so that it is as positive definite as in the tangent space.
func tangentMatrix(h []float64, z []float32) {
	d := len(z)
	along := largest(h, d)
	for k := range d {
		tangent(h[k*d:(k+1)*d], z)
	}
	column := make([]float64, d)
	for l := range d {
		for k := range d {
			column[k] = h[k*d+l]
		}
		tangent(column, z)
		for k := range d {
			h[k*d+l] = column[k] + along*float64(z[k])*float64(z[l])
		}
	}
}
