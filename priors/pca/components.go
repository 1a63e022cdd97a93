package pca

import (
	"errors"
	"fmt"
	"math"

	"sedlab/internal/eigen"
	"sedlab/priors"
)

// center returns the mean of each flux over the signals. It refuses an empty set, and
// fluxes that are not finite, because they would spoil every component.
func center(data priors.Data) ([]float64, error) {
	if len(data.Flux) == 0 {
		return nil, errors.New("there are no training signals")
	}
	for i, v := range data.Flux {
		if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("training signal %d: flux %d is %g; expected a finite number", i/data.Dim, i%data.Dim, v)
		}
	}
	return eigen.Mean(data.Flux, data.Dim), nil
}

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

// sign returns the factor ±1 that makes the entry of largest magnitude positive, the first
// one if several are. It fixes the sign of an eigenvector, which is arbitrary.
func sign(v []float64) float64 {
	largest := 0.0
	for _, x := range v {
		if math.Abs(x) > math.Abs(largest) {
			largest = x
		}
	}
	return math.Copysign(1, largest)
}
