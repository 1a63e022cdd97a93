package pca

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"sedlab/priors"
)

// center returns the mean of each flux over the signals. It refuses fluxes that
// are not finite, which would be in every component, and no signals at all.
func center(data priors.Data) ([]float64, error) {
	if len(data.Flux) == 0 {
		return nil, errors.New("there are no training signals")
	}
	mean := make([]float64, data.Dim)
	for i, v := range data.Flux {
		if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("training signal %d: flux %d is %g; expected a finite number", i/data.Dim, i%data.Dim, v)
		}
		mean[i%data.Dim] += float64(v) / float64(data.Len())
	}
	return mean, nil
}

// Signals and fluxes that covariance takes at a time: the signals between two
// looks at the context, and the step of the staircase under the diagonal.
const (
	signalBlock = 256
	fluxBlock   = 128
)

// covariance returns the lower triangle of the covariance of the fluxes, n×n,
// with divisor N−1.
func covariance(ctx context.Context, data priors.Data, mean []float64) ([]float64, error) {
	n := data.Dim
	cov, centered := make([]float64, n*n), make([]float64, signalBlock*n)
	for lo := 0; lo < data.Len(); lo += signalBlock {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		signals := min(signalBlock, data.Len()-lo)
		for i, v := range data.Flux[lo*n : (lo+signals)*n] {
			centered[i] = float64(v) - mean[i%n]
		}
		addLowerGram(cov, centered, signals, n, 1/float64(data.Len()-1))
	}
	return cov, nil
}

// addLowerGram adds scale·xᵀx to the lower triangle of sum [n × n], for x [rows × n].
func addLowerGram(sum, x []float64, rows, n int, scale float64) {
	for lo := 0; lo < n; lo += fluxBlock {
		hi := min(lo+fluxBlock, n)
		blas64.Gemm(blas.Trans, blas.NoTrans, scale,
			blas64.General{Rows: rows, Cols: hi - lo, Stride: n, Data: x[lo:]},
			blas64.General{Rows: rows, Cols: hi, Stride: n, Data: x},
			1, blas64.General{Rows: hi - lo, Cols: hi, Stride: n, Data: sum[lo*n:]})
	}
}

// components returns the d leading eigenvectors of the covariance, one a row,
// each times the square root of its eigenvalue. It overwrites cov.
func components(cov []float64, n, d int) ([]float32, error) {
	values, vectors, err := leadingEigen(cov, n, d)
	if err != nil {
		return nil, err
	}
	basis := make([]float32, d*n)
	for k, value := range values {
		v := vectors[k*n : (k+1)*n]
		scale := sign(v) * math.Sqrt(value)
		for i, x := range v {
			basis[k*n+i] = float32(scale * x)
		}
	}
	return basis, nil
}

// sign returns what makes the entry of largest magnitude positive, the first of
// them where several are: eigenvectors have no sign of their own.
func sign(v []float64) float64 {
	largest := 0.0
	for _, x := range v {
		if math.Abs(x) > math.Abs(largest) {
			largest = x
		}
	}
	return math.Copysign(1, largest)
}
