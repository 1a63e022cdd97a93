package solvers

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// scaled minimises ‖y − t(a + D c)‖² + μ‖c‖² over c and t > 0, given the design D, the target
// y and the offset a = A μ. For one t, c has a closed form in the eigenvectors of DᵀD; what is
// left is a function of t alone.
func scaled(design *mat.Dense, target, offset *mat.VecDense, mu float64) (c []float64, t float64) {
	p, ok := newProfile(design, target, offset, mu)
	if !ok {
		return make([]float64, design.RawMatrix().Cols), 1 // the prior's mean
	}
	t = p.minimum()
	_, local := p.at(t)
	_, d := design.Dims()
	var v mat.VecDense
	v.MulVec(&p.vectors, mat.NewVecDense(d, local))
	return v.RawVector().Data, t
}

// profile is the objective of scaled as a function of t, minimised over c.
type profile struct {
	mu         float64
	vectors    mat.Dense // of DᵀD, one a column
	values     []float64
	dy, da     []float64 // Dᵀy and Dᵀa along them
	yy, ay, aa float64
	least      float64 // eigenvalues below count as not measured
}

func newProfile(design *mat.Dense, target, offset *mat.VecDense, mu float64) (p *profile, ok bool) {
	_, d := design.Dims()
	var gram mat.SymDense
	gram.SymOuterK(1, design.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&gram, true) {
		return nil, false
	}
	p = &profile{mu: mu, values: eigen.Values(nil), yy: mat.Dot(target, target), ay: mat.Dot(offset, target), aa: mat.Dot(offset, offset)}
	eigen.VectorsTo(&p.vectors)
	p.least = singular * singular * p.values[d-1]
	along := func(v *mat.VecDense) []float64 {
		var b, local mat.VecDense
		b.MulVec(design.T(), v)
		local.MulVec(p.vectors.T(), &b)
		return local.RawVector().Data
	}
	p.dy, p.da = along(target), along(offset)
	return p, true
}

// at returns the objective at t, and the best c along the eigenvectors: t²Λc + μc = t Dᵀ(y − t a).
func (p *profile) at(t float64) (objective float64, c []float64) {
	objective = p.yy - 2*t*p.ay + t*t*p.aa
	c = make([]float64, len(p.values))
	for k, value := range p.values {
		if value <= p.least && p.mu == 0 {
			continue
		}
		g := t * (p.dy[k] - t*p.da[k])
		h := t*t*math.Max(value, 0) + p.mu
		c[k] = g / h
		objective -= g * g / h
	}
	return objective, c
}

// minimum returns the best t between leastScale and its inverse: the best of a logarithmic
// grid, made exact by a golden-section search.
func (p *profile) minimum() float64 {
	const points = 241
	span := -math.Log(leastScale)
	value := func(u float64) float64 { f, _ := p.at(math.Exp(u)); return f }
	step := 2 * span / (points - 1)
	best, least := 0.0, math.Inf(1)
	for i := range points {
		u := -span + float64(i)*step
		if f := value(u); f < least {
			best, least = u, f
		}
	}
	const golden = 0.6180339887498949
	lo, hi := best-step, best+step
	a, b := hi-golden*(hi-lo), lo+golden*(hi-lo)
	fa, fb := value(a), value(b)
	for hi-lo > 1e-10 {
		if fa < fb {
			hi, b, fb = b, a, fa
			a = hi - golden*(hi-lo)
			fa = value(a)
		} else {
			lo, a, fa = a, b, fb
			b = lo + golden*(hi-lo)
			fb = value(b)
		}
	}
	return math.Exp((lo + hi) / 2)
}
