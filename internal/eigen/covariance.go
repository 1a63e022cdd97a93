package eigen

import (
	"context"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// Mean returns the mean of the rows of x [N × n].
func Mean(x []float32, n int) []float64 {
	mean, rows := make([]float64, n), float64(len(x)/n)
	for i, v := range x {
		mean[i%n] += float64(v) / rows
	}
	return mean
}

// rowBlock is how many rows Covariance takes between two looks at the context,
// and colBlock the step of its staircase under the diagonal.
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
