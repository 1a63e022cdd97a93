package pca

import (
	"math"

	"sedlab/internal/eigen"
)

// components returns the d leading eigenvectors of the covariance as rows, each times the
// square root of its eigenvalue. It overwrites cov.
func components(cov []float64, n, d int) ([]float32, error) {
	values, vectors, err := eigen.Leading(cov, n, d)
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

// sign returns the factor ±1 that makes the entry of largest magnitude positive (the first
// such entry, if there are several). It fixes the arbitrary sign of an eigenvector.
func sign(v []float64) float64 {
	largest := 0.0
	for _, x := range v {
		if math.Abs(x) > math.Abs(largest) {
			largest = x
		}
	}
	return math.Copysign(1, largest)
}
