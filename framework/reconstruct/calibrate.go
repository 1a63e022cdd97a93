package reconstruct

import (
	"context"
	"errors"
	"math"
	"slices"

	"sedlab/internal/measure"
	"sedlab/internal/quantile"
	"sedlab/internal/rng"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/solvers"
)

// Signals are N signals, each with a root mean square of 1, on the prior's grid of n wavelengths, normalised.
type Signals struct {
	Flux     [][]float32
	Infilled [][]bool    // nil for a signal that was measured as a whole
	Ivar     [][]float32 // nil if errors are unknown
}

// atMost returns the signals, or some of them, evenly chosen, if there are more than a number.
func (s Signals) atMost(most int) (some Signals) {
	count := min(len(s.Flux), most)
	for k := range count {
		i := k * len(s.Flux) / count
		some.Flux, some.Infilled, some.Ivar = append(some.Flux, s.Flux[i]), append(some.Infilled, s.Infilled[i]), append(some.Ivar, s.Ivar[i])
	}
	return some
}

// mostSignals bounds the validation signals that are used.
const mostSignals = 200

// leastSignals is the least number of validation signals.
const leastSignals = 10

// Calibrate measures on validation signals how large residuals are, and how far hidden fluxes
// are from their reconstructions. Bands then cover 68 % of the hidden fluxes of such signals,
// whatever the distance from what was measured. done counts what was reconstructed. It takes a
// minute or so for a large generator.
func (m *Model) Calibrate(ctx context.Context, v Signals, done func(n, of int)) error {
	if len(v.Flux) < leastSignals {
		return errors.New("too few signals to calibrate the prior; expected at least 10 in the validation or test split")
	}
	count := min(len(v.Flux), mostSignals)
	total := count + count*hidings(count)/2
	if err := m.residuals(ctx, v, count); err != nil {
		return err
	}
	done(count, total)
	if err := m.temper(ctx, v); err != nil {
		return err
	}
	return m.widths(ctx, v, count, func(n int) { done(count+n, total) })
}

// problemOf returns a validation signal as a problem, of the observed fluxes alone; nil stands
// for all.
func (m *Model) problemOf(v Signals, i int, observed []bool) *problem {
	p := &problem{observed: make([]bool, len(m.Wavelength))}
	for j, flux := range v.Flux[i] {
		if observed != nil && !observed[j] || v.Infilled[i] != nil && v.Infilled[i][j] {
			continue
		}
		p.observed[j] = true
		noise, known := 0.0, v.Ivar[i] != nil
		if known {
			noise = 1 / math.Max(float64(v.Ivar[i][j]), 1e-30)
		}
		p.add(float64(flux), noise, known, float64(j))
	}
	p.op = operators.Select(p.observed)
	return p
}

// starts is the number of searches for a code. Their first codes are the same for all spectra,
// so that the same spectrum in another unit or at another redshift has the same result.
const starts = 3

// solve reconstructs problems. Of several searches for a code, the one with the lowest χ²
// counts.
func (m *Model) solve(ctx context.Context, ms []solvers.Measurement) ([]solvers.Estimate, error) {
	searches := starts
	switch m.Prior.(type) {
	case priors.Affine, priors.Inferrer:
		searches = 1
	}
	all := make([]solvers.Measurement, 0, searches*len(ms))
	for start := range searches {
		for _, one := range ms {
			one.Signal = start
			all = append(all, one)
		}
	}
	estimates, err := solvers.Solve(ctx, m.Solver, priors.Scaled{Prior: m.Prior, Unit: 1}, all, m.Seed)
	if err != nil {
		return nil, err
	}
	best := estimates[:len(ms)]
	for k, e := range estimates[len(ms):] {
		if b := &best[k%len(ms)]; e.Status == solvers.OK && (b.Status != solvers.OK || loss(e) < loss(*b)) {
			*b = e
		}
	}
	return best, nil
}

// loss returns χ² of an estimate, or else its measurement loss.
func loss(e solvers.Estimate) float64 {
	if math.IsNaN(e.Chi2) {
		return e.Loss
	}
	return e.Chi2
}

// residuals sets Residual and Noise: robust variances over the signals, at each flux.
func (m *Model) residuals(ctx context.Context, v Signals, count int) error {
	n := len(m.Wavelength)
	m.Residual, m.Noise = slices.Repeat([]float64{1}, n), make([]float64, n)
	left, noise := make([][]float64, n), make([][]float64, n)
	var ms []solvers.Measurement
	var ps []*problem
	for i := range count {
		p := m.problemOf(v, i, nil)
		one := m.measurement(p, 1)
		one.Precision = nil // nothing is known yet
		ps, ms = append(ps, p), append(ms, one)
	}
	estimates, err := m.solve(ctx, ms)
	if err != nil {
		return err
	}
	for i, e := range estimates {
		if e.Status != solvers.OK {
			continue
		}
		residuals := ps[i].residuals(e)
		k := 0
		for j, ok := range ps[i].observed {
			if !ok {
				continue
			}
			left[j] = append(left[j], residuals[k])
			if ps[i].noise != nil {
				noise[j] = append(noise[j], ps[i].noise[k])
			}
			k++
		}
	}
	m.Residual = varianceAt(left)
	for j := range n {
		if len(noise[j]) > 0 {
			m.Noise[j] = quantile.MedianOf(noise[j])
		}
	}
	return nil
}

// varianceAt returns robust variances of lists of values, smoothed. For a list of few values it
// takes the variance of the values of all lists.
func varianceAt(lists [][]float64) []float64 {
	var all []float64
	for _, list := range lists {
		all = append(all, list...)
	}
	typical := robustVariance(all)
	if !(typical > 0) {
		typical = 1e-12
	}
	variance := make([]float64, len(lists))
	for j, list := range lists {
		variance[j] = typical
		if len(list) >= leastSignals {
			variance[j] = math.Max(robustVariance(list), 1e-3*typical)
		}
	}
	return averages(variance, 2)
}

// robustVariance returns the mean square of values within five robust standard deviations.
func robustVariance(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	size := make([]float64, len(values))
	for i, v := range values {
		size[i] = math.Abs(v)
	}
	limit := 5 * 1.4826 * quantile.MedianOf(size)
	sum, count := 0.0, 0
	for _, v := range size {
		if v <= limit {
			sum += v * v
			count++
		}
	}
	return sum / float64(count)
}

// residuals returns y/s − A x̂ of an estimate.
func (p *problem) residuals(e solvers.Estimate) []float64 {
	ax, r := make([]float32, len(p.y)), make([]float64, len(p.y))
	p.op.Apply(ax, e.X)
	for j, v := range ax {
		r[j] = p.y[j]/e.Scale - float64(v)
	}
	return r
}

// fractions are the shares of fluxes that are hidden to calibrate bands, in a window or
// at random.
var fractions = []float64{0.1, 0.4, 0.7}

// widths sets Widths: the 68 % quantiles of how many standard deviations hidden fluxes are from
// their reconstructions, for each class of distances from what was measured. The quantile is
// raised as in conformal prediction (Lei et al. 2018, JASA 113, 1094), because of the finite
// number of signals. Each is reconstructed under half of the hidings; few are under several of
// each kind.
func (m *Model) widths(ctx context.Context, v Signals, count int, done func(int)) error {
	off := make([][]float64, len(distances)+1)
	for k := range hidings(count) {
		var ms []solvers.Measurement
		var ps []*problem
		var ids []int
		for i := (k + k/2) % 2; i < count; i += 2 {
			p := m.problemOf(v, i, m.hide(k, i))
			if len(p.y) > 0 {
				ps, ms, ids = append(ps, p), append(ms, m.measurement(p, 1)), append(ids, i)
			}
		}
		estimates, err := m.solve(ctx, ms)
		if err != nil {
			return err
		}
		for at, e := range estimates {
			if e.Status != solvers.OK {
				continue
			}
			sigma, ok := m.spread(e, ms[at])
			if !ok {
				continue
			}
			i, far := ids[at], distancesTo(ps[at].observed)
			for j, flux := range v.Flux[i] {
				if v.Infilled[i] != nil && v.Infilled[i][j] {
					continue
				}
				class := classOf(far[j])
				off[class] = append(off[class], math.Abs(float64(flux)/e.Scale-float64(e.X[j]))/sigma[j])
			}
		}
		done((k + 1) * count / 2)
	}
	m.Widths = make([]float64, len(off))
	last, level := 1.0, math.Min(0.6827*float64(count+1)/float64(count), 1)
	for k, list := range off {
		if len(list) >= 100 {
			slices.Sort(list)
			last = quantile.Sorted(list, level)
		}
		m.Widths[k] = last
	}
	return nil
}

// hidings returns the number of hidings for a number of signals.
func hidings(count int) int { return 2 * len(fractions) * max(1, mostSignals/count) }

// hide returns which fluxes of signal i hiding k leaves observed.
func (m *Model) hide(k, i int) []bool {
	n := len(m.Wavelength)
	hidden := measure.Hidden(n, fractions[k/2%len(fractions)])
	if k%2 == 1 {
		return measure.Scattered(n, hidden, rng.New(m.Seed, "reconstruct/scattered", uint64(k)).Uint64(), i)
	}
	start := int(rng.Uniform(m.Seed, "reconstruct/window", uint64(k), uint64(i)) * float64(n-hidden+1))
	observed := make([]bool, n)
	for j := range observed {
		observed[j] = j < start || j >= start+hidden
	}
	return observed
}
