package reconstruct

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"sedlab/internal/eigen"
	"sedlab/internal/quantile"
)

// population is a Gaussian model of signals [n].
type population struct {
	Mean   []float64 // n
	Basis  []float64 // k×n, the principal directions
	Spread []float64 // k, the variances along these
	Left   []float64 // 1, the mean variance of a flux about them
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
	sigma := 1.4826 * quantile.MedianOf(scatter)
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
	return math.Max(quantile.MedianOf(steps), fine)
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
