// Package eigen finds the principal directions of data: their covariance, and the
// leading eigenpairs of a symmetric matrix.
package eigen

import (
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	lapack "gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/mat"

	"sedlab/internal/rng"
)

// Mean returns the mean of the rows of x [N × n].
func Mean(x []float32, n int) []float64 {
	mean, rows := make([]float64, n), float64(len(x)/n)
	for i, v := range x {
		mean[i%n] += float64(v) / rows
	}
	return mean
}

// rowBlock is the number of rows that Covariance adds between two checks of the
// context. colBlock is the step of its staircase under the diagonal.
const (
	rowBlock = 256
	colBlock = 128
)

// Covariance returns the lower triangle of the covariance [n × n] of the rows of
// x [N × n] about their mean [n], with divisor N−1. Its only error is ctx's.
func Covariance(ctx context.Context, x []float32, mean []float64) ([]float64, error) {
	n := len(mean)
	rows := len(x) / n
	cov, centered := make([]float64, n*n), make([]float64, min(rows, rowBlock)*n)
	for lo := 0; lo < rows; lo += rowBlock {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		block := min(rowBlock, rows-lo)
		for i, v := range x[lo*n : (lo+block)*n] {
			centered[i] = float64(v) - mean[i%n]
		}
		addLowerGram(cov, centered, block, n, 1/float64(rows-1))
	}
	return cov, nil
}

// addLowerGram adds scale·xᵀx to the lower triangle of sum [n × n], for x [rows × n].
func addLowerGram(sum, x []float64, rows, n int, scale float64) {
	for lo := 0; lo < n; lo += colBlock {
		hi := min(lo+colBlock, n)
		blas64.Gemm(blas.Trans, blas.NoTrans, scale,
			blas64.General{Rows: rows, Cols: hi - lo, Stride: n, Data: x[lo:]},
			blas64.General{Rows: rows, Cols: hi, Stride: n, Data: x},
			1, blas64.General{Rows: hi - lo, Cols: hi, Stride: n, Data: sum[lo*n:]})
	}
}

// Leading returns the d largest eigenvalues, falling, of the symmetric
// positive semidefinite matrix whose lower triangle is in a [n × n], and their
// eigenvectors as the rows of [d × n]. A value that is zero within rounding becomes 0
// and has a row of zeros. Leading overwrites a.
//
// gonum's mat.EigenSym finds all n vectors, which takes ten times as long for
// d = 50 of n = 1000. Here the matrix is reduced to a tridiagonal one,
// T = Qᵀ a Q, whose eigenvalues are cheap. Inverse iteration on T then finds the d
// vectors that are needed, and Q turns them back (Golub and Van Loan, Matrix Computations,
// 4th edition, sections 8.3.1 and 8.4).
func Leading(a []float64, n, d int) (values, vectors []float64, err error) {
	t := tridiagonal{diag: make([]float64, n), off: make([]float64, n-1)}
	tau := make([]float64, n-1)
	work := make([]float64, 64*n)
	var impl lapack.Implementation
	impl.Dsytrd(blas.Lower, n, a, n, t.diag, t.off, tau, work, len(work))

	all, off := slices.Clone(t.diag), slices.Clone(t.off)
	flush(all, off)
	if !impl.Dsterf(n, all, off) {
		return nil, nil, errors.New("the eigenvalues of the covariance did not converge")
	}
	values, vectors = make([]float64, d), make([]float64, d*n)
	rounding := float64(n) * epsilon * all[n-1]
	for k := range d {
		if all[n-1-k] <= rounding {
			break
		}
		values[k] = all[n-1-k]
		t.vector(vectors[:(k+1)*n], values[k], all[n-1]*epsilon)
	}
	// Q leaves the first coordinate alone; on the rest it is a product of
	// reflectors as a QR factorisation stores them, below the first row of a.
	if n > 1 {
		impl.Dormqr(blas.Right, blas.Trans, d, n-1, n-1, a[n:], n, tau, vectors[1:], n, work, len(work))
	}
	return values, vectors, nil
}

// flush sets to zero what is negligible beside the largest entry of a tridiagonal matrix. gonum's
// Dsterf panics at blocks with only entries below 1e-122, which it tries to scale.
func flush(diag, off []float64) {
	largest := 0.0
	for _, v := range diag {
		largest = math.Max(largest, math.Abs(v))
	}
	for _, list := range [][]float64{diag, off} {
		for i, v := range list {
			if math.Abs(v) < 0x1p-200*largest {
				list[i] = 0
			}
		}
	}
}

// Gram returns the inner products [N × N] of N rows of n numbers.
func Gram(rows [][]float32) *mat.SymDense {
	n := len(rows[0])
	x := mat.NewDense(len(rows), n, nil)
	for i, row := range rows {
		to := x.RawRowView(i)
		for j, v := range row {
			to[j] = float64(v)
		}
	}
	var gram mat.SymDense
	gram.SymOuterK(1, x)
	return &gram
}

// LeadingOfGram returns the d largest variances, falling, of some rows about their mean along
// principal directions, given the inner products of all rows, and the sum of all variances; the
// divisor is N−1. Direction k is the sum of these rows about their mean, times row k of weights
// [d × N]. With fewer rows than numbers in each, this is cheaper than their covariance.
func LeadingOfGram(gram *mat.SymDense, in []int, d int) (values, weights []float64, total float64, err error) {
	n := len(in)
	means, mean := make([]float64, n), 0.0
	for a, i := range in {
		for _, j := range in {
			means[a] += gram.At(i, j) / float64(n)
		}
		mean += means[a] / float64(n)
	}
	centered := make([]float64, n*n)
	for a, i := range in {
		for b, j := range in {
			centered[a*n+b] = (gram.At(i, j) - means[a] - means[b] + mean) / float64(n-1)
		}
		total += centered[a*n+a]
	}
	if values, weights, err = Leading(centered, n, d); err != nil {
		return nil, nil, 0, err
	}
	for k, v := range values {
		if v > 0 {
			floats.Scale(1/math.Sqrt(v*float64(n-1)), weights[k*n:(k+1)*n])
		}
	}
	return values, weights, total, nil
}

// epsilon is the spacing of float64 at 1.
const epsilon = 0x1p-52

// tridiagonal is a symmetric tridiagonal matrix.
type tridiagonal struct{ diag, off []float64 }

// vector sets the last row of vectors [k × n] to the unit eigenvector of value,
// orthogonal to the rows before, by inverse iteration: three solutions of
// (T − value)·x' = x from a random x. If the value makes the matrix exactly singular,
// nudge is added to it.
func (t tridiagonal) vector(vectors []float64, value, nudge float64) {
	n := len(t.diag)
	before, x := vectors[:len(vectors)-n], vectors[len(vectors)-n:]
	rnd := rng.New(0, "pca/start", uint64(len(before)/n))
	for i := range x {
		x[i] = rnd.NormFloat64()
	}
	orthonormal(x, before)
	for range 3 {
		for start := slices.Clone(x); !t.solve(x, value); copy(x, start) {
			value += nudge
		}
		orthonormal(x, before)
	}
}

// solve sets x = (T − shift)⁻¹ x, and reports whether that was possible.
func (t tridiagonal) solve(x []float64, shift float64) bool {
	diag := slices.Clone(t.diag)
	floats.AddConst(-shift, diag)
	var impl lapack.Implementation
	return impl.Dgtsv(len(x), 1, slices.Clone(t.off), diag, slices.Clone(t.off), x, 1)
}

// orthonormal makes x orthogonal to the rows before, twice because of rounding,
// and of unit length.
func orthonormal(x, before []float64) {
	floats.Scale(1/floats.Norm(x, math.Inf(1)), x) // no overflow in what follows
	for range 2 {
		for row := range slices.Chunk(before, len(x)) {
			floats.AddScaled(x, -floats.Dot(x, row), row)
		}
	}
	floats.Scale(1/floats.Norm(x, 2), x)
}
