package reconstruct

import (
	"context"
	"errors"
	"math"
	"slices"

	"sedlab/internal/eigen"
	"sedlab/internal/gappy"
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

// Learn sets what is known of the training signals as a whole.
func (m *Model) Learn(ctx context.Context, s Signals) error {
	s = s.atMost(mostLearned)
	count := len(s.Flux)
	if count < leastSignals {
		return errors.New("too few training signals to tell which spectra are unlike them; expected at least 10")
	}
	s, err := s.filled(ctx, len(m.Wavelength))
	if err != nil {
		return err
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

// filled returns signals whose infilled fluxes follow from what others have there, by iterative
// PCA: the source may have filled them with anything. If it cannot, they stay.
func (s Signals) filled(ctx context.Context, n int) (Signals, error) {
	data := gappy.Data{Dim: n, Missing: make([]bool, 0, len(s.Flux)*n)}
	for i, flux := range s.Flux {
		data.Flux = append(data.Flux, flux...)
		if s.Infilled[i] == nil {
			data.Missing = append(data.Missing, make([]bool, n)...)
		}
		data.Missing = append(data.Missing, s.Infilled[i]...)
	}
	if !slices.Contains(data.Missing, true) {
		return s, nil
	}
	fit, err := gappy.Iterative(ctx, data, gappy.Options{Components: min(10, len(s.Flux)-1, n-1), Iterations: 10})
	if err == nil {
		err = fit.Fill(ctx, data.Flux, data, 1)
	}
	if err != nil {
		return s, ctx.Err()
	}
	out := s
	out.Flux = nil
	for i := range s.Flux {
		out.Flux = append(out.Flux, data.Flux[i*n:(i+1)*n])
	}
	return out, nil
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
			out[i] = math.Max(quantile.MedianOf(at[i]), leastModel*quantile.MedianOf(all[i])) / medianOfChi2
		}
	}
	typical := math.Max(quantile.MedianOf(out), 1e-12)
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
