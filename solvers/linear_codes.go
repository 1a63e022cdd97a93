package solvers

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// linearCodes is a linear model of a generator, fitted to codes and the signals that it makes of
// them: z = center + Σ c_k axes_k and x = mean + Σ c_k basis_k + ε, with c ~ N(0, I) and
// ε ~ N(0, variance·I).
type linearCodes struct {
	center   []float64 // d
	axes     []float64 // k×d
	mean     []float32 // n
	basis    []float32 // k×n
	variance float64
}

// newLinearCodes fits the model by least squares to codes z and signals x, a row each. It returns
// nil if the signals are not finite, and leaves out directions in which codes do not differ.
func newLinearCodes(z, x []float32, n, d int) *linearCodes {
	count := len(z) / d
	l := &linearCodes{center: meanOf(z, d)}
	if slices.ContainsFunc(x, notFinite) {
		return nil
	}
	mean := meanOf(x, n)
	l.mean = narrow(mean)
	codes, signals := centred(z, l.center), centred(x, mean)
	var covariance mat.SymDense
	covariance.SymOuterK(1/float64(count), codes.T())
	var eigen mat.EigenSym
	if !eigen.Factorize(&covariance, true) {
		return nil
	}
	var vectors, scores, basis mat.Dense
	eigen.VectorsTo(&vectors)
	values := eigen.Values(nil)
	scores.Mul(codes, &vectors) // uncorrelated, so each has a regression of its own
	basis.Mul(scores.T(), signals)
	residual, k := mat.Norm(signals, 2), 0
	residual *= residual
	for i, value := range values {
		if value <= singular*singular*values[d-1] {
			continue
		}
		deviation := math.Sqrt(value)
		for j := range d {
			l.axes = append(l.axes, deviation*vectors.At(j, i))
		}
		for _, v := range basis.RawRowView(i) {
			b := v / deviation / float64(count)
			l.basis = append(l.basis, float32(b))
			residual -= float64(count) * b * b
		}
		k++
	}
	l.variance = math.Max(0, residual) / float64(n*max(1, count-1-k))
	return l
}

// centred returns rows without their mean.
func centred(rows []float32, mean []float64) *mat.Dense {
	d := len(mean)
	out := mat.NewDense(len(rows)/d, d, nil)
	for i, v := range rows {
		out.Set(i/d, i%d, float64(v)-mean[i%d])
	}
	return out
}

// code returns the mean of the posterior of the code, given a measurement without noise.
func (l *linearCodes) code(ctx context.Context, m Measurement) ([]float32, error) {
	_, count := roots(m)
	c, _, err := coefficients(ctx, l.mean, l.basis, m, l.variance/float64(count))
	if err != nil {
		return nil, err
	}
	z, d := slices.Clone(l.center), len(l.center)
	for i, a := range l.axes {
		z[i%d] += c[i/d] * a
	}
	return narrow(z), nil
}
