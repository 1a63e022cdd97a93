package gappy

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"sedlab/internal/f32"
)

// FactorOptions says what Factors fits.
type FactorOptions struct {
	Factors    int     // k, from 0 to MaxComponents
	Iterations int     // at most
	Tolerance  float64 // of the mean log likelihood of a signal: the fit ends when it grows by less
	Isotropic  bool    // all columns have the same noise: probabilistic PCA
	Workers    int     // goroutines; 0 counts as 1
}

// Factored is the model x = μ + Wz + ε of signals of n values, with k factors z ~ N(0, I) and
// independent noise ε ~ N(0, Ψ), Ψ diagonal.
type Factored struct {
	Mean     []float64 // μ, n
	Loadings []float64 // Wᵀ, k×n
	Noise    []float64 // diagonal of Ψ, n
	// LogLikelihood is the mean log p(x) of what was measured of a signal, before each iteration.
	LogLikelihood []float64
}

// Factors fits a factor analysis by expectation maximisation (Rubin and Thayer 1982,
// Psychometrika 47, 69) to what was measured of the signals. If o.Isotropic, it is probabilistic
// PCA (Tipping and Bishop 1999, J. R. Stat. Soc. B 61, 611). Weights divide the noise of single
// values. It starts from iterative PCA. An error is an *UnmeasuredError, ErrEmpty or ctx's.
func Factors(ctx context.Context, d Data, o FactorOptions) (*Factored, error) {
	f, err := newFactors(ctx, d, o)
	if err != nil {
		return nil, err
	}
	defer f.crew.Close()
	for range o.Iterations {
		if err := f.improve(ctx); err != nil {
			return nil, err
		}
		f.out.LogLikelihood = append(f.out.LogLikelihood, floats.Sum(f.likelihoods)/float64(d.Len()))
		if l := f.out.LogLikelihood; len(l) > 1 && l[len(l)-1]-l[len(l)-2] < o.Tolerance {
			break
		}
	}
	return f.out, nil
}

// factors is the state of Factors.
type factors struct {
	k, n        int
	data        Data
	isotropic   bool
	least       float64 // of a column's noise
	out         *Factored
	crew        *crew
	likelihoods []float64 // N
	shares      []float64 // N, how much each signal counts
	fewest      float64   // values of a column by which it is fitted; of fewer, it stays as it is
	counts      []float64 // n, of such values

	// Panels [n × ld]: products of loadings, and loadings.
	squares, loadings     []float64
	squaresLd, loadingsLd int
	logs                  []float64 // n, of a value's precision/2π
}

func newFactors(ctx context.Context, d Data, o FactorOptions) (*factors, error) {
	n, k := d.Dim, o.Factors
	f := &factors{k: k, n: n, data: d, isotropic: o.Isotropic, squaresLd: f32.Pad64(pairs(k + 1)), loadingsLd: f32.Pad64(k + 1)}
	start, err := Iterative(ctx, Data{Flux: d.Flux, Missing: unweighted(d), Dim: n, Rows: d.Rows}, Options{Components: max(1, k), Iterations: 5, Workers: o.Workers})
	if err != nil {
		return nil, err
	}
	f.begin(start)
	f.likelihoods, f.shares = make([]float64, d.Len()), slices.Repeat([]float64{1}, d.Len())
	f.crew = newCrew(o.Workers, 3*n+f.squaresLd+f.loadingsLd)
	return f, nil
}

// unweighted returns what is missing or has no weight, nil for nothing.
func unweighted(d Data) []bool {
	if d.Weight == nil {
		return d.Missing
	}
	missing := make([]bool, len(d.Flux))
	for i, w := range d.Weight {
		missing[i] = w == 0 || d.Missing != nil && d.Missing[i]
	}
	return missing
}

// begin sets the model from a fit by iterative PCA.
func (f *factors) begin(start *Fit) {
	n := f.n
	norms, used := 0.0, 0.0
	for _, v := range start.Norms {
		if norms += v; v > 0 {
			used++
		}
	}
	norm := norms / used
	f.out = &Factored{Mean: make([]float64, n), Loadings: make([]float64, f.k*n), Noise: make([]float64, n)}
	floats.ScaleTo(f.out.Mean, norm, start.Mean)
	for k := range f.k {
		floats.ScaleTo(f.out.Loadings[k*n:(k+1)*n], norm*start.Values[k]/math.Sqrt(used), start.Basis[k*n:(k+1)*n])
	}
	missing := unweighted(f.data)
	count, total := make([]float64, n), 0.0
	for i := range f.data.Len() {
		at := f.data.row(i)
		for j, v := range f.data.flux(i) {
			if missing != nil && missing[at+j] {
				continue
			}
			r := start.Mean[j]
			for k := range f.k {
				r += start.Coeffs[i*max(1, f.k)+k] * start.Basis[k*n+j]
			}
			off := float64(v) - start.Norms[i]*r
			f.out.Noise[j] += off * off
			total += float64(v) * float64(v)
			count[j]++
		}
	}
	f.least = 1e-7 * total / floats.Sum(count)
	floats.Div(f.out.Noise, count)
	f.level()
}

// level keeps noise from vanishing and, if it is isotropic, the same.
func (f *factors) level() {
	if f.isotropic {
		mean := floats.Sum(f.out.Noise) / float64(f.n)
		for j := range f.out.Noise {
			f.out.Noise[j] = mean
		}
	}
	for j, v := range f.out.Noise {
		f.out.Noise[j] = math.Max(v, f.least)
	}
}

// prepare sets the panels from the model.
func (f *factors) prepare() {
	f.squares, f.loadings = make([]float64, f.n*f.squaresLd), make([]float64, f.n*f.loadingsLd)
	f.logs = make([]float64, f.n)
	for j := range f.n {
		f.logs[j] = math.Log(1 / f.out.Noise[j] / 2 / math.Pi)
		square, loadings := f.squares[j*f.squaresLd:], f.loadings[j*f.loadingsLd:]
		for a := range f.k {
			v := f.out.Loadings[a*f.n+j]
			loadings[a] = v
			for b := range a + 1 {
				square[pairs(a)+b] = v * f.out.Loadings[b*f.n+j]
			}
		}
	}
}

// load sets rows of signals [lo, hi): weights, these over the noise, and what is left of the
// signals after the mean.
func (f *factors) load(w, over, rest []float64, lo, hi int) {
	for i := lo; i < hi; i++ {
		at := f.data.row(i)
		for j, v := range f.data.flux(i) {
			to, weight := (i-lo)*f.n+j, 1.0
			if f.data.Weight != nil {
				weight = float64(f.data.Weight[at+j])
			}
			if f.data.Missing != nil && f.data.Missing[at+j] {
				weight = 0
			}
			w[to], over[to], rest[to] = weight, weight/f.out.Noise[j], 0
			if weight > 0 {
				rest[to] = float64(v) - f.out.Mean[j]
			}
		}
	}
}

// sums are what an iteration needs of all signals, for each column.
type factorSums struct {
	moments []float64 // n×squaresLd, Σ w E[hhᵀ] for h = (z, 1), packed
	along   []float64 // n×loadingsLd, Σ w x E[h], for x about the mean
	squares []float64 // n, Σ w x²
	counts  []float64 // n, the number of values
}

// sumsOf parts one slice into sums.
func (f *factors) sumsOf(all []float64) (s factorSums) {
	s.moments, all = cut(all, f.n*f.squaresLd)
	s.along, all = cut(all, f.n*f.loadingsLd)
	s.squares, s.counts = cut(all, f.n)
	return s
}

// improve is one iteration.
func (f *factors) improve(ctx context.Context) error {
	f.prepare()
	all := make([]float64, f.n*(f.squaresLd+f.loadingsLd+2))
	err := f.crew.accumulate(ctx, all, f.data.Len(), func(room, all []float64, lo, hi int) {
		f.add(f.sumsOf(all), f.expectation(room, lo, hi))
	})
	if err != nil {
		return err
	}
	return f.maximize(f.sumsOf(all))
}

// factorBlock is what a block of signals has.
type factorBlock struct {
	lo, hi         int
	w, over, rest  []float64 // see load
	moments, along []float64 // of factors; see expect
}

// expectation sets the likelihoods of signals [lo, hi) and the moments of their factors.
func (f *factors) expectation(room []float64, lo, hi int) factorBlock {
	rows, n, b := hi-lo, f.n, factorBlock{lo: lo, hi: hi}
	b.w, room = cut(room, rows*n)
	b.over, room = cut(room, rows*n)
	b.rest, room = cut(room, rows*n)
	b.moments, b.along = cut(room, rows*f.squaresLd)
	f.load(b.w, b.over, b.rest, lo, hi)
	f32.Product64(b.moments, b.over, f.squares, rows, n, f.squaresLd, n, 1, false)
	f.likelihood(b.over, b.rest, b.w, lo, hi)
	floats.Mul(b.over, b.rest)
	f32.Product64(b.along, b.over, f.loadings, rows, n, f.loadingsLd, n, 1, false)
	for i := range rows {
		f.expect(b.moments[i*f.squaresLd:][:f.squaresLd], b.along[i*f.loadingsLd:][:f.loadingsLd], lo+i)
	}
	return b
}

// add adds a block to sums.
func (f *factors) add(s factorSums, b factorBlock) {
	rows, n := b.hi-b.lo, f.n
	for i, share := range f.shares[b.lo:b.hi] {
		for j, v := range b.rest[i*n : (i+1)*n] {
			weight := share * b.w[i*n+j]
			b.w[i*n+j], b.over[i*n+j] = weight, weight*v
			s.squares[j] += weight * v * v
			if weight > 0 {
				s.counts[j] += share
			}
		}
	}
	f32.Product64(s.moments, b.w, b.moments, n, rows, f.squaresLd, 1, n, true)
	f32.Product64(s.along, b.over, b.along, n, rows, f.loadingsLd, 1, n, true)
}

// maximize sets the model: for each column, a regression on the factors.
func (f *factors) maximize(s factorSums) error {
	k, solver := f.k, newNormal(f.k+1)
	f.counts = make([]float64, f.n)
	for j := range f.n {
		if s.counts[j] < f.fewest {
			continue
		}
		if f.counts[j] = s.counts[j]; f.counts[j] == 0 {
			return &UnmeasuredError{j}
		}
		along := s.along[j*f.loadingsLd:][:k+1]
		beta := append([]float64(nil), along...)
		solver.factor(s.moments[j*f.squaresLd:][:pairs(k+1)])
		solver.solve(beta)
		for a := range k {
			f.out.Loadings[a*f.n+j] = beta[a]
		}
		f.out.Mean[j] += beta[k]
		f.out.Noise[j] = (s.squares[j] - floats.Dot(beta, along)) / s.counts[j]
	}
	f.level()
	return nil
}

// likelihood sets those of signals [lo, hi) as far as they do not depend on factors.
func (f *factors) likelihood(over, rest, w []float64, lo, hi int) {
	for i := lo; i < hi; i++ {
		sum, at := 0.0, (i-lo)*f.n
		for j, log := range f.logs {
			if w[at+j] > 0 {
				if w[at+j] != 1 {
					log = math.Log(over[at+j] / 2 / math.Pi)
				}
				sum += log - over[at+j]*rest[at+j]*rest[at+j]
			}
		}
		f.likelihoods[i] = sum / 2
	}
}
