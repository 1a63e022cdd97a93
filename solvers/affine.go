package solvers

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"sedlab/priors"
)

// solveAffine minimises ‖A(μ + Bᵀc) − y‖²/m + λ‖c‖² exactly, in float64, over the
// coefficients c of each measurement.
func solveAffine(ctx context.Context, prior priors.Affine, ms []Measurement, lambda float64) ([]Estimate, error) {
	mean, basis, n := prior.Mean(), prior.Basis(), prior.Dim()
	estimates := make([]Estimate, len(ms))
	for i, m := range ms {
		c, err := coefficients(ctx, mean, basis, m, lambda)
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
		estimates[i] = Estimate{X: narrow(x), Code: narrow(c), Iterations: 1, Converged: true}
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

// coefficients solves for the d coefficients of one measurement.
func coefficients(ctx context.Context, mean, basis []float32, p Measurement, lambda float64) ([]float64, error) {
	n := len(mean)
	d := len(basis) / n
	if d == 0 {
		return nil, ctx.Err()
	}
	m := len(p.Y)
	measured := make([]float32, m)
	p.Op.Apply(measured, mean)
	target := mat.NewVecDense(m, nil)
	for j, v := range measured {
		target.SetVec(j, float64(p.Y[j])-float64(v))
	}
	design := mat.NewDense(m, d, nil) // A Bᵀ
	for k := range d {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p.Op.Apply(measured, basis[k*n:(k+1)*n])
		for j, v := range measured {
			design.Set(j, k, float64(v))
		}
	}
	if lambda > 0 {
		return ridge(design, target, lambda*float64(m)), nil
	}
	return leastSquares(design, target), nil
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
