package datasets

import (
	"context"

	"sedlab/internal/eigen"
)

// Limits on the signals that the variance is estimated from, evenly chosen, and on their
// fluxes if they have more. They keep the estimate to a second or two.
const (
	mostSignals = 4000
	mostFluxes  = 1000
)

// explainedVariance returns the share of the signals' variance about their mean that the
// first components explain, with each signal divided by its rms. It returns nil if the
// signals do not vary. components are ascending.
func explainedVariance(ctx context.Context, s *Set, components ...int) ([]Explained, error) {
	x, n := unitRMS(s)
	if len(x) == 0 {
		return nil, nil
	}
	mean, dim := eigen.Mean(x, n), n
	if rows := len(x) / n; rows < n {
		x, mean, dim = transposed(x, mean), make([]float64, rows), rows
	}
	cov, err := eigen.Covariance(ctx, x, mean)
	if err != nil {
		return nil, err
	}
	total := 0.0
	for j := range dim {
		total += cov[j*dim+j]
	}
	if !(total > 1e-12) { // nothing but rounding in float32
		return nil, nil
	}
	most := min(components[len(components)-1], dim)
	values, _, err := eigen.Leading(cov, dim, most)
	if err != nil {
		return nil, err
	}
	var out []Explained
	for _, k := range components {
		if k > most {
			break
		}
		sum := 0.0
		for _, v := range values[:k] {
			sum += v
		}
		out = append(out, Explained{Components: k, Share: min(sum/total, 1)})
	}
	return out, nil
}

// transposed returns xᵀ [n × rows] minus the mean [n] of the rows of x. Its covariance is
// smaller and has the same eigenvalues, up to a factor and zeros.
func transposed(x []float32, mean []float64) []float32 {
	out, n := make([]float32, len(x)), len(mean)
	for i, v := range x {
		out[i%n*(len(x)/n)+i/n] = float32(float64(v) - mean[i%n])
	}
	return out
}

// unitRMS returns signals as rows of n fluxes, each divided by its rms. It leaves out
// signals without one.
func unitRMS(s *Set) (x []float32, n int) {
	stride := func(have, most int) int { return max(1, (have+most-1)/most) }
	row, column := stride(s.Len(), mostSignals), 1
	if s.Len() > mostFluxes {
		column = stride(s.Dim(), mostFluxes)
	}
	for i := 0; i < s.Len(); i += row {
		norm := rms(s.Signal(i))
		if norm == 0 {
			continue
		}
		for j := 0; j < s.Dim(); j += column {
			x = append(x, float32(float64(s.Signal(i)[j])/norm))
		}
	}
	return x, (s.Dim() + column - 1) / column
}
