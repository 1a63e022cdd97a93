package reconstruct

import (
	"context"
	"math"
	"slices"

	"sedlab/internal/quantile"
	"sedlab/solvers"
)

// worst bounds what one flux adds to the test statistic, so that a few artefacts do not make a
// galaxy unlike others.
const worst = 30

// statistic returns the test statistic of an estimate: the mean of (y/s − A x̂)² over its
// variance, each at most worst.
func (m *Model) statistic(p *problem, e solvers.Estimate) float64 {
	ax := make([]float32, len(p.y))
	p.op.Apply(ax, e.X)
	sum := 0.0
	for j, v := range ax {
		d := p.y[j]/e.Scale - float64(v)
		sum += math.Min(worst, d*d/m.variance(p, j, e.Scale))
	}
	return sum / float64(len(ax))
}

// score sets Scores: the statistic of the validation signals.
func (m *Model) score(ctx context.Context, v Signals, count int) error {
	var ms []solvers.Measurement
	var ps []*problem
	for i := range count {
		p := m.problemOf(v, i, nil)
		ps, ms = append(ps, p), append(ms, m.measurement(p, 1))
	}
	estimates, err := m.solve(ctx, ms)
	if err != nil {
		return err
	}
	m.Scores = nil
	for i, e := range estimates {
		if e.Status == solvers.OK {
			m.Scores = append(m.Scores, m.statistic(ps[i], e))
		}
	}
	slices.Sort(m.Scores)
	return nil
}

// unlikely is the p-value below which a spectrum counts as unlike the training spectra.
const unlikely = 1e-3

// pValue returns the probability that a spectrum like the validation signals has a statistic
// of at least t: a posterior-predictive test (Gelman et al. 1996). The logarithms of the
// statistics are taken as normal above their median, with the deviation that their upper
// half has, because there are too few signals to count such rare ones.
func (m *Model) pValue(t float64) float64 {
	logs := make([]float64, len(m.Scores))
	for i, v := range m.Scores {
		logs[i] = math.Log(math.Max(v, 1e-30))
	}
	middle := quantile.Sorted(logs, 0.5)
	sigma := 0.0
	for _, at := range []struct{ q, z float64 }{{0.84134, 1}, {0.97725, 2}} {
		sigma = math.Max(sigma, (quantile.Sorted(logs, at.q)-middle)/at.z)
	}
	z := (math.Log(math.Max(t, 1e-30)) - middle) / math.Max(sigma, 0.05)
	return 0.5 * math.Erfc(z/math.Sqrt2)
}
