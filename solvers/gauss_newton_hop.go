package solvers

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"sedlab/internal/f32"
	"sedlab/internal/rng"
)

// place is where a search is, with its model of the objective there: f + 2gᵀδ + δᵀHδ.
type place struct {
	z, x      []float32 // the code and its signal
	f         float64   // the objective
	h, g      []float64 // d×d and d: half its curvature and gradient
	steps     int
	converged bool
}

func (p place) clone() *place {
	p.z, p.x, p.h, p.g = slices.Clone(p.z), slices.Clone(p.x), slices.Clone(p.h), slices.Clone(p.g)
	return &p
}

const (
	// hopRise is how much higher than the best objective the model is at a hop's first code, on
	// average, as a share of it.
	hopRise = 0.3
	// hopDamping bounds hops where the model is flat. It is a share of the largest curvature
	// along an axis.
	hopDamping = 1e-3
)

// hop begins another search near the best place of an ended one (Wales and Doye 1997, J. Phys.
// Chem. A 101, 5111), with the model of that place. After the last hop, the search is at the
// best place.
func (t *newton) hop(s *descent) {
	if s.best == nil || s.f < s.best.f {
		s.best = s.clone()
	}
	s.place = *s.best.clone()
	lower, ok := s.factor(t.lower, hopDamping*largest(s.h, t.d))
	if s.hops == t.Hops || s.jacobians == 0 || !ok {
		return
	}
	if s.random == nil {
		s.random = rng.New(t.seed, "solve/hop", uint64(s.m.Signal), uint64(s.restart))
	}
	s.hops++
	kick := make([]float64, t.d)
	for k := range kick {
		kick[k] = s.random.NormFloat64() * math.Sqrt(hopRise*s.f/float64(t.d))
	}
	blas64.Trsv(blas.Trans, lower, blas64.Vector{N: t.d, Inc: 1, Data: kick})
	for k, v := range kick {
		s.trial[k] = float32(float64(s.z[k]) + v)
	}
	if t.project {
		f32.Sphere(s.trial, t.d)
	}
	s.f, s.steps, s.done, s.converged = math.Inf(1), 0, false, false
	s.mu, s.growth = firstDamping*largest(s.h, t.d), 2
}
