package reconstruct

import (
	"context"
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"sedlab/internal/eigen"
	"sedlab/internal/quantile"
	"sedlab/internal/rng"
)

// Spectra unlike the training spectra are found by a model of these that does not depend on the
// prior: probabilistic PCA (Tipping and Bishop 1999). It is fitted to what was measured, and the
// test is how large the residuals are, compared with those of training spectra under
// cross-validation.

const (
	// linearRank is the number of principal directions.
	linearRank = 20
	// mostLearned bounds the training signals that are used.
	mostLearned = 1000
	// folds is the number of parts of the cross-validation.
	folds = 5
	// evidence is the number of independent measurements that those of a spectrum count as.
	// Residuals of galaxies are smooth; if each pixel counted, the fit would go to where no
	// galaxy is (a coarsened posterior: Miller and Dunson 2019).
	evidence = 10
	// reach is the number of neighbours on each side over which residuals are averaged. That
	// reduces noise, and keeps what the directions cannot follow.
	reach = 5
	// noiseReach is the same for the averages about which residuals scatter by noise alone.
	noiseReach = 3
	// worst bounds what one flux adds to the misfit, so that a few artefacts do not make a
	// galaxy unlike others.
	worst = 50
	// leastJudged is the least number of measurements that a spectrum is judged by.
	leastJudged = 30
	// unlikely is the p-value below which a spectrum counts as unlike the training spectra.
	unlikely = 0.005
)

// population is a Gaussian model of signals [n].
type population struct {
	Mean   []float64 // n
	Basis  []float64 // k×n, the principal directions
	Spread []float64 // k, the variances along these
	Left   []float64 // 1, the mean variance of a flux about them
}

// Learn sets what is known of the training signals as a whole.
func (m *Model) Learn(ctx context.Context, s Signals) error {
	s = s.atMost(mostLearned)
	count := len(s.Flux)
	if count < leastSignals {
		return errors.New("too few training signals to tell which spectra are unlike them; expected at least 10")
	}
	gram := eigen.Gram(s.Flux)
	left := make([]leftOver, count)
	for fold := range folds {
		var in []int
		for i := range count {
			if m.fold(i) != fold {
				in = append(in, i)
			}
		}
		part, err := populationOf(s.Flux, gram, in)
		if err != nil {
			return err
		}
		for i := range count {
			if err := ctx.Err(); err != nil {
				return err
			}
			if m.fold(i) == fold {
				left[i] = part.leftOver(m.problemOf(s, i, nil))
			}
		}
	}
	var err error
	if m.population, err = populationOf(s.Flux, gram, rangeOf(count)); err != nil {
		return err
	}
	m.Misfit = misfits(left, len(m.Wavelength))
	m.Scores = nil
	for _, l := range left {
		if score := m.score(l); !math.IsNaN(score) {
			m.Scores = append(m.Scores, score)
		}
	}
	slices.Sort(m.Scores)
	return nil
}

// fold returns the part of the cross-validation that signal i is in.
func (m *Model) fold(i int) int {
	return int(rng.Uniform(m.Seed, "reconstruct/fold", uint64(i)) * folds)
}

func rangeOf(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// populationOf returns the model of some of the signals, given the inner products of all.
func populationOf(flux [][]float32, gram *mat.SymDense, in []int) (p population, err error) {
	n := len(flux[0])
	k := max(1, min(linearRank, len(in)/5, n/5))
	p.Mean = make([]float64, n)
	for _, i := range in {
		for j, v := range flux[i] {
			p.Mean[j] += float64(v) / float64(len(in))
		}
	}
	values, weights, total, err := eigen.LeadingOfGram(gram, in, k)
	if err != nil {
		return p, err
	}
	p.Spread, p.Basis = values, make([]float64, k*n)
	for d := range k {
		row := p.Basis[d*n : (d+1)*n]
		for at, i := range in {
			for j, v := range flux[i] {
				row[j] += weights[d*len(in)+at] * (float64(v) - p.Mean[j])
			}
		}
		total -= values[d]
	}
	p.Left = []float64{math.Max(total/float64(n-k), 1e-12)}
	return p, nil
}

// leftOver describes the residuals of a spectrum.
type leftOver struct {
	bin   []float64 // where each measurement is on the prior's grid
	means []float64 // of residuals over neighbours
	noise float64   // the variance of these that is due to noise
}

// leftOver fits the population to a problem. Its fields are nil if it cannot be scaled to the
// problem's measurements.
func (p *population) leftOver(q *problem) (l leftOver) {
	r := p.residuals(q)
	if r == nil {
		return l
	}
	width := pixelWidth(q.bin)
	near := int(math.Round(reach / width))
	l.bin, l.means = q.bin, averages(r, near)
	scatter, around := make([]float64, len(r)), averages(r, max(1, int(math.Round(noiseReach/width))))
	for j := range r {
		scatter[j] = math.Abs(r[j] - around[j])
	}
	sigma := 1.4826 * median(scatter)
	l.noise = sigma * sigma / float64(2*near+1)
	return l
}

// residuals returns y/s − A x for the most probable signal x and scale s: those that minimise
// (evidence/m) Σ(y/s − A x)²/σ² + Σ aₖ²/λₖ for x = mean + Σ aₖ·direction k, with σ² what a flux
// varies about the directions. It returns nil if there is no such scale above 0.
func (p *population) residuals(q *problem) []float64 {
	m, n, k := len(q.y), len(p.Mean), len(p.Spread)
	design, x, ax := mat.NewDense(m, k+1, nil), make([]float32, n), make([]float32, m)
	for d := range k + 1 {
		from := p.Mean
		if d > 0 {
			from = p.Basis[(d-1)*n : d*n]
		}
		for i, v := range from {
			x[i] = float32(v)
		}
		q.op.Apply(ax, x)
		for j, v := range ax {
			design.Set(j, d, float64(v))
		}
	}
	var normal mat.SymDense
	normal.SymOuterK(1, design.T())
	for d, v := range p.Spread {
		normal.SetSym(d+1, d+1, normal.At(d+1, d+1)+p.Left[0]*float64(m)/evidence/math.Max(v, 1e-12))
	}
	scale := q.firstScale()
	y := mat.NewVecDense(m, nil)
	for j, v := range q.y {
		y.SetVec(j, v/scale)
	}
	var right, a, fitted mat.VecDense
	right.MulVec(design.T(), y)
	var chol mat.Cholesky
	if !chol.Factorize(&normal) || chol.SolveVecTo(&a, &right) != nil || !(a.AtVec(0) > 0) {
		return nil
	}
	fitted.MulVec(design, &a)
	r := make([]float64, m)
	for j := range r {
		r[j] = (y.AtVec(j) - fitted.AtVec(j)) / a.AtVec(0)
	}
	return r
}

// pixelWidth returns the typical distance between measurements, in pixels of the prior's grid.
func pixelWidth(bin []float64) float64 {
	if len(bin) < 2 {
		return 1
	}
	steps := make([]float64, len(bin)-1)
	for j := range steps {
		steps[j] = bin[j+1] - bin[j]
	}
	return math.Max(median(steps), fine)
}

// averages returns the means of values over as many neighbours on each side.
func averages(values []float64, near int) []float64 {
	sums, out := make([]float64, len(values)+1), make([]float64, len(values))
	for j, v := range values {
		sums[j+1] = sums[j] + v
	}
	for j := range values {
		lo, hi := max(0, j-near), min(len(values), j+near+1)
		out[j] = (sums[hi] - sums[lo]) / float64(hi-lo)
	}
	return out
}

// misfits returns, for each of n fluxes, the robust variance of averaged residuals, without
// noise.
func misfits(left []leftOver, n int) []float64 {
	at, all := make([][]float64, n), make([][]float64, n)
	for _, l := range left {
		for j, v := range l.means {
			i := int(l.bin[j])
			at[i], all[i] = append(at[i], v*v-l.noise), append(all[i], v*v)
		}
	}
	const medianOfChi2 = 0.4549 // of one degree of freedom
	out := make([]float64, n)
	for i := range n {
		if len(at[i]) > 0 {
			out[i] = math.Max(median(at[i]), leastModel*median(all[i])) / medianOfChi2
		}
	}
	typical := math.Max(median(out), 1e-12)
	for i, list := range at {
		if len(list) < leastSignals {
			out[i] = typical
		}
		out[i] = math.Max(out[i], 1e-3*typical)
	}
	return averages(out, reach)
}

// score returns how badly the population fits a spectrum: the mean over the measurements of
// the squares of averaged residuals over their variance, each at most worst. It is NaN if too
// little was measured, and infinite if the population cannot be scaled to it.
func (m *Model) score(l leftOver) float64 {
	sum := 0.0
	for j, v := range l.means {
		sum += math.Min(worst, v*v/(interpolate(m.Misfit, l.bin[j])+l.noise))
	}
	return sum / float64(len(l.means))
}

// pValue returns the probability that a spectrum like the training spectra fits as badly: a
// predictive test after Gelman, Meng and Stern (1996), with the distribution of the misfit from
// cross-validation. It is NaN if too little was measured.
func (m *Model) pValue(p *problem) float64 {
	if len(p.y) < leastJudged {
		return math.NaN()
	}
	l := m.leftOver(p)
	if l.means == nil {
		return 0
	}
	return tail(m.Scores, m.score(l))
}

// tail returns the probability of values of at least t, given a sample in ascending order.
// Above the median, logarithms are taken as normal, with the largest standard deviation that
// quantiles of the upper half imply, because the sample is too small to count rare values.
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
