package reconstruct

import (
	"context"
	"math"
	"slices"

	"sedlab/internal/quantile"
	"sedlab/solvers"
)

// residuals returns y/s − A x̂ of an estimate.
func (p *problem) residuals(e solvers.Estimate) []float64 {
	ax, r := make([]float32, len(p.y)), make([]float64, len(p.y))
	p.op.Apply(ax, e.X)
	for j, v := range ax {
		r[j] = p.y[j]/e.Scale - float64(v)
	}
	return r
}

// reach is the number of neighbours on each side over which residuals are averaged, and
// averaged the number of all: noise becomes smaller by their number, and what a prior cannot
// follow stays.
const (
	reach    = 12
	averaged = 2*reach + 1
)

// neighbours returns the means of residuals over neighbours.
func neighbours(r []float64) []float64 {
	sums, out := make([]float64, len(r)+1), make([]float64, len(r))
	for j, v := range r {
		sums[j+1] = sums[j] + v
	}
	for j := range r {
		lo, hi := max(0, j-reach), min(len(r), j+reach+1)
		out[j] = (sums[hi] - sums[lo]) / float64(hi-lo)
	}
	return out
}

// worst bounds what one flux adds to the misfit, so that a few artefacts do not make a galaxy
// unlike others.
const worst = 50

// misfit returns how far an estimate is from what was measured: the mean over the
// measurements of the squares of averaged residuals over their variance, each at most worst.
func (m *Model) misfit(p *problem, e solvers.Estimate) float64 {
	sum := 0.0
	for j, v := range neighbours(p.residuals(e)) {
		variance := interpolate(m.Smooth, p.bin[j])
		if p.noise != nil {
			typical := interpolate(m.Noise, p.bin[j]) / averaged
			variance = math.Max(variance-typical, leastModel*variance) + p.noise[j]/e.Scale/e.Scale/averaged
		}
		sum += math.Min(worst, v*v/variance)
	}
	return sum / float64(len(p.y))
}

// strangeness returns how far a signal is from the training signals along their principal
// directions: the squared Mahalanobis distance from their mean, divided by the number of
// directions.
func (m *Model) strangeness(x []float32) float64 {
	n := len(m.Mean)
	sum := 0.0
	for k, v := range m.Spread {
		along := 0.0
		for i, b := range m.Basis[k*n : (k+1)*n] {
			along += b * (float64(x[i]) - m.Mean[i])
		}
		if v > 0 {
			sum += along * along / v
		}
	}
	return sum / float64(max(1, len(m.Spread)))
}

// score sets Scores: the misfit of the validation signals.
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
			m.Scores = append(m.Scores, m.misfit(ps[i], e))
		}
	}
	slices.Sort(m.Scores)
	return nil
}

// unlikely is the p-value below which a spectrum counts as unlike the training spectra.
const unlikely = 0.01

// pValue returns the probability that a spectrum like those of training and validation has
// such a misfit or such a strangeness (a posterior-predictive test with two discrepancies:
// Gelman, Meng and Stern 1996; Bonferroni's correction for the two).
func (m *Model) pValue(misfit, strangeness float64) float64 {
	return math.Min(1, 2*math.Min(tail(m.Scores, misfit), tail(m.Strange, strangeness)))
}

// tail returns the probability of values of at least t, given ascending ones. Their logarithms
// are taken as normal above their median, with the largest deviation that quantiles of their
// upper half have, because there are too few to count rare ones.
func tail(sorted []float64, t float64) float64 {
	if len(sorted) == 0 {
		return 1
	}
	log := func(v float64) float64 { return math.Log(math.Max(v, 1e-30)) }
	at := func(q float64) float64 { return log(quantile.Sorted(sorted, q)) }
	middle, sigma := at(0.5), 0.05
	for _, q := range []struct{ q, z float64 }{{0.84134, 1}, {0.97725, 2}} {
		sigma = math.Max(sigma, (at(q.q)-middle)/q.z)
	}
	return 0.5 * math.Erfc((log(t)-middle)/sigma/math.Sqrt2)
}
