package reconstruct

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"sedlab/priors"
	"sedlab/solvers"
)

// distances are the upper ends of classes of fluxes, by the distance to the nearest measured
// pixel, in pixels of the prior's grid.
var distances = []int{0, 2, 8, 32, 128}

// classOf returns the class of a distance, from 0 to len(distances).
func classOf(distance int) int {
	for k, end := range distances {
		if distance <= end {
			return k
		}
	}
	return len(distances)
}

// distancesTo returns, for each pixel, how far the nearest observed one is.
func distancesTo(observed []bool) []int {
	d := make([]int, len(observed))
	last := -len(observed)
	for i, ok := range observed {
		if ok {
			last = i
		}
		d[i] = i - last
	}
	last = 2 * len(observed)
	for i := len(observed) - 1; i >= 0; i-- {
		if observed[i] {
			last = i
		}
		d[i] = min(d[i], last-i)
	}
	return d
}

// spread returns the standard deviation of each of the n fluxes of an estimate, before it is
// stretched. Its square is the sum of two variances: that of the Laplace approximation (a
// Gaussian posterior of the code and the scale, with the curvature of the objective at the
// solution), and Residual, what reconstructions leave besides. ok is false if the objective has
// no finite curvature there.
func (m *Model) spread(e solvers.Estimate, ms solvers.Measurement) (sigma []float64, ok bool) {
	variance, ok := m.laplace(e, ms)
	for j, v := range variance {
		variance[j] = math.Sqrt(v + m.Residual[j])
	}
	return variance, ok
}

// laplace returns diag(J H⁻¹ Jᵀ), where J are the derivatives of the n fluxes with respect to
// the code and the scale, and H = (A J)ᵀ P A J + μI with the precisions P. μ is λ·ΣP, from the
// objective's penalty; on the unit sphere, where J is tangential, it is d, the precision of codes
// from N(0, I/d).
func (m *Model) laplace(e solvers.Estimate, ms solvers.Measurement) (variance []float64, ok bool) {
	if e.Sigma != nil { // the prior's own posterior
		for _, v := range e.Sigma {
			variance = append(variance, float64(v)*float64(v))
		}
		return variance, true
	}
	n := len(e.X)
	rows, mu := m.jacobian(e)
	if lambda, sphere := penalty(m.Solver); !sphere {
		mu = 0
		for _, p := range ms.Precision {
			mu += lambda * float64(p)
		}
	}
	d := len(rows)
	rows = append(rows, e.X)
	chol, ok := curvature(rows, ms, d, mu)
	if !ok {
		return nil, false
	}
	var lower mat.TriDense
	chol.LTo(&lower)
	j := mat.NewDense(len(rows), n, nil)
	for k, row := range rows {
		for i, v := range row {
			j.Set(k, i, float64(v))
		}
	}
	var half mat.Dense
	if half.Solve(&lower, j) != nil {
		return nil, false
	}
	variance = make([]float64, n)
	for k := range rows {
		for i, v := range half.RawRowView(k) {
			variance[i] += v * v
		}
	}
	return variance, true
}

// curvature returns the decomposition of H, with μ added for the first d rows of derivatives.
func curvature(rows [][]float32, ms solvers.Measurement, d int, mu float64) (chol *mat.Cholesky, ok bool) {
	design := mat.NewDense(len(rows), len(ms.Y), nil) // (A J)ᵀ √P
	measured := make([]float32, len(ms.Y))
	for k, row := range rows {
		ms.Op.Apply(measured, row)
		for j, v := range measured {
			design.Set(k, j, float64(v)*math.Sqrt(float64(ms.Precision[j])))
		}
	}
	var h mat.SymDense
	h.SymOuterK(1, design)
	least := 0.0
	for k := range rows {
		least = math.Max(least, h.At(k, k))
	}
	for k := range rows {
		add := 1e-9 * least // so that a direction that was not measured has a large variance, not an infinite one
		if k < d {
			add += mu
		}
		h.SetSym(k, k, h.At(k, k)+add)
	}
	chol = new(mat.Cholesky)
	return chol, chol.Factorize(&h)
}

// penalty returns what a solver's objective has besides the misfit.
func penalty(c solvers.Config) (lambda float64, sphere bool) {
	if p, ok := c.(solvers.Penalizer); ok {
		return p.Penalty()
	}
	return 0, false
}

// step is the size of differences of codes, relative to the code.
const step = 0.02

// jacobian returns the derivatives of the fluxes with respect to the d numbers of the code, one
// in each row, and the precision of a code on the unit sphere. The derivatives of a generator are
// central differences.
func (m *Model) jacobian(e solvers.Estimate) (rows [][]float32, mu float64) {
	n := len(e.X)
	switch p := m.Prior.(type) {
	case priors.Affine:
		basis := p.Basis()
		for k := range len(basis) / n {
			rows = append(rows, basis[k*n:(k+1)*n])
		}
	case priors.Generator:
		d := p.CodeDim()
		if len(e.Code) != d {
			return nil, 0
		}
		rows = differences(p, e.Code, n)
		if _, sphere := penalty(m.Solver); sphere {
			tangential(rows, e.Code)
		}
		mu = float64(d)
	}
	return rows, mu
}

// differences returns the derivatives of a generator at a code.
func differences(g priors.Generator, code []float32, n int) [][]float32 {
	d := len(code)
	norm := 0.0
	for _, v := range code {
		norm += float64(v) * float64(v)
	}
	h := float32(step * math.Max(math.Sqrt(norm), 1e-3))
	z, x := make([]float32, 2*d*d), make([]float32, 2*d*n)
	for k := range d {
		copy(z[2*k*d:], code)
		copy(z[(2*k+1)*d:], code)
		z[2*k*d+k] += h
		z[(2*k+1)*d+k] -= h
	}
	g.NewTape(2*d).Generate(x, z)
	rows := make([][]float32, d)
	for k := range rows {
		rows[k] = make([]float32, n)
		for i := range n {
			rows[k][i] = (x[2*k*n+i] - x[(2*k+1)*n+i]) / (2 * h)
		}
	}
	return rows
}

// tangential removes the radial part from derivatives with respect to a code, so that
// Σ_k z_k ∂/∂z_k = 0.
func tangential(rows [][]float32, code []float32) {
	norm := 0.0
	for _, v := range code {
		norm += float64(v) * float64(v)
	}
	if norm == 0 {
		return
	}
	for i := range rows[0] {
		radial := 0.0
		for k, z := range code {
			radial += float64(z) * float64(rows[k][i])
		}
		for k, z := range code {
			rows[k][i] -= float32(float64(z) * radial / norm)
		}
	}
}
