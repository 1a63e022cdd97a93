package solvers

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"sedlab/priors"
)

// solveAffine minimises Σ w (A(μ + Bᵀc) − y)²/m + λ‖c‖² exactly, in float64, over the
// coefficients c of each measurement; see misfit for the weights w. With a free scale s, y is
// s·A(μ + Bᵀc).
func solveAffine(ctx context.Context, prior priors.Affine, ms []Measurement, lambda float64) ([]Estimate, error) {
	mean, basis, n := prior.Mean(), prior.Basis(), prior.Dim()
	estimates := make([]Estimate, len(ms))
	for i, m := range ms {
		scale := 1.0
		if m.FreeScale {
			scale = firstScale(m)
			m.Y = priors.Scale(m.Y, scale)
		}
		c, t, err := coefficients(ctx, mean, basis, m, lambda)
		if err != nil {
			return nil, err
		}
		x := make([]float64, n)
		for j, v := range mean {
			x[j] = float64(v)
		}
		for k, ck := range c {
			for j, v := range basis[k*n : (k+1)*n] {
				x[j] += ck * float64(v)
			}
		}
		estimates[i] = Estimate{X: narrow(x), Code: narrow(c), Scale: scale * t, Iterations: 1, Converged: true}
	}
	return estimates, nil
}

// narrow returns the values in float32, or nil if there are none.
func narrow(values []float64) (out []float32) {
	for _, v := range values {
		out = append(out, float32(v))
	}
	return out
}

// coefficients solves for the d coefficients of one measurement, and for its scale t if that
// is free. Rows are multiplied by √w.
func coefficients(ctx context.Context, mean, basis []float32, p Measurement, lambda float64) (c []float64, t float64, err error) {
	n := len(mean)
	d := len(basis) / n
	m := len(p.Y)
	root, count := roots(p)
	measured := make([]float32, m)
	p.Op.Apply(measured, mean)
	target, offset := mat.NewVecDense(m, nil), mat.NewVecDense(m, nil) // y, and A μ
	for j, v := range measured {
		if root[j] > 0 {
			target.SetVec(j, root[j]*float64(p.Y[j]))
			offset.SetVec(j, root[j]*float64(v))
		}
	}
	if d == 0 {
		return nil, scaleOf(p, target, offset), ctx.Err()
	}
	design := mat.NewDense(m, d, nil) // A Bᵀ
	for k := range d {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		p.Op.Apply(measured, basis[k*n:(k+1)*n])
		for j, v := range measured {
			design.Set(j, k, root[j]*float64(v))
		}
	}
	mu := lambda * float64(count)
	if p.FreeScale && mat.Dot(offset, offset) > 0 { // without a mean, the coefficients take up the scale
		c, t = scaled(design, target, offset, mu)
		return c, t, nil
	}
	target.SubVec(target, offset)
	if lambda > 0 {
		return ridge(design, target, mu), 1, nil
	}
	return leastSquares(design, target), 1, nil
}

// roots returns √w of each measurement, and how many count.
func roots(p Measurement) (root []float64, count int) {
	root = make([]float64, len(p.Y))
	if p.Precision == nil {
		for j := range root {
			root[j] = 1
		}
		return root, len(root)
	}
	sum := 0.0
	for _, v := range p.Precision {
		sum += float64(v)
		if v > 0 {
			count++
		}
	}
	for j, v := range p.Precision {
		root[j] = math.Sqrt(float64(v) * float64(count) / sum)
	}
	return root, count
}

// scaleOf returns the best scale of a prior without a basis.
func scaleOf(p Measurement, target, offset *mat.VecDense) float64 {
	if aa := mat.Dot(offset, offset); p.FreeScale && aa > 0 {
		return math.Max(leastScale, mat.Dot(target, offset)/aa)
	}
	return 1
}

// ridge solves (DᵀD + μI) c = Dᵀt.
func ridge(design *mat.Dense, target *mat.VecDense, mu float64) []float64 {
	_, d := design.Dims()
	var gram mat.SymDense
	gram.SymOuterK(1, design.T())
	for k := range d {
		gram.SetSym(k, k, gram.At(k, k)+mu)
	}
	var chol mat.Cholesky
	if !chol.Factorize(&gram) {
		return leastSquares(design, target) // rounding loses μ
	}
	var rhs, c mat.VecDense
	rhs.MulVec(design.T(), target)
	if err := chol.SolveVecTo(&c, &rhs); err != nil {
		return leastSquares(design, target)
	}
	return c.RawVector().Data
}

// singular is the share of the largest singular value below which a direction counts as
// not measured.
const singular = 1e-6

// leastSquares solves min ‖D c − t‖ by QR. If the measurement does not determine c, it
// returns the shortest solution, by SVD.
func leastSquares(design *mat.Dense, target *mat.VecDense) []float64 {
	m, d := design.Dims()
	c := mat.NewVecDense(d, nil)
	if m >= d {
		var qr mat.QR
		qr.Factorize(design)
		if qr.Cond() < 1/singular && qr.SolveVecTo(c, false, target) == nil {
			return c.RawVector().Data
		}
	}
	var svd mat.SVD
	if !svd.Factorize(design, mat.SVDThin) {
		return c.RawVector().Data // zero: the prior's mean
	}
	if rank := svd.Rank(singular); rank > 0 {
		svd.SolveVecTo(c, target, rank)
	}
	return c.RawVector().Data
}
