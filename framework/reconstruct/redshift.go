package reconstruct

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"sedlab/datasets/spectra"
)

// redshift is a redshift that was solved for, with the 16 % and the 84 % of its posterior.
type redshift struct{ best, low, high float64 }

// finer is the number of steps around the best redshift, of which each is this part of one of
// the prior's pixels.
const (
	finer     = 20
	finerPart = 0.1
)

// findRedshift solves for the redshift between two values: χ² of the prior's linear approximation
// on a grid as fine as the prior's pixels, then on a finer one around its minimum. The posterior
// under a flat prior is exp(−χ²/2). It returns nil if nothing was measured within the prior's
// wavelengths at any redshift.
func (m *Model) findRedshift(s *spectra.Spectrum, between [2]float64) *redshift {
	if s.Rest { // as if observed
		moved := *s
		moved.Rest = false
		s = &moved
	}
	n := len(m.Wavelength)
	pixel := math.Log(m.Wavelength[n-1]/m.Wavelength[0]) / float64(n-1)
	low, high := math.Log1p(between[0]), math.Log1p(between[1])
	best, least := math.NaN(), math.Inf(1)
	for u := low; u <= high+pixel/2; u += pixel {
		if chi2, ok := m.chi2At(s, math.Expm1(math.Min(u, high))); ok && chi2 < least {
			best, least = math.Min(u, high), chi2
		}
	}
	if math.IsNaN(best) {
		return nil
	}
	var zs, chi2s []float64
	for k := -finer; k <= finer; k++ {
		u := best + float64(k)*pixel*finerPart
		if u < low || u > high {
			continue
		}
		if chi2, ok := m.chi2At(s, math.Expm1(u)); ok {
			zs, chi2s = append(zs, math.Expm1(u)), append(chi2s, chi2)
		}
	}
	return posterior(zs, chi2s)
}

// posterior returns the redshift with the lowest χ², and quantiles of exp(−χ²/2) between
// linearly interpolated values.
func posterior(zs, chi2s []float64) *redshift {
	least := math.Inf(1)
	z := &redshift{}
	for i, c := range chi2s {
		if c < least {
			least, z.best = c, zs[i]
		}
	}
	if len(zs) < 2 {
		z.low, z.high = z.best, z.best
		return z
	}
	total := make([]float64, len(zs))
	for i := 1; i < len(zs); i++ {
		mean := (math.Exp(-(chi2s[i]-least)/2) + math.Exp(-(chi2s[i-1]-least)/2)) / 2
		total[i] = total[i-1] + mean*(zs[i]-zs[i-1])
	}
	at := func(q float64) float64 {
		want := q * total[len(total)-1]
		for i := 1; i < len(zs); i++ {
			if total[i] >= want && total[i] > total[i-1] {
				return zs[i-1] + (want-total[i-1])/(total[i]-total[i-1])*(zs[i]-zs[i-1])
			}
		}
		return z.best
	}
	z.low, z.high = math.Min(at(0.16), z.best), math.Max(at(0.84), z.best)
	return z
}

// chi2At returns χ² of the best linear combination of mean and basis at a redshift, compared
// with that of a flat spectrum over the same pixels, so that covering less is no merit.
func (m *Model) chi2At(s *spectra.Spectrum, z float64) (chi2 float64, ok bool) {
	p, ok := m.newProblem(at(s, z))
	if !ok {
		return 0, false
	}
	n := len(m.Wavelength)
	d := len(m.Basis)/n + 1
	rows, _ := p.op.Dims()
	if rows < 2*d {
		return 0, false
	}
	scale := p.firstScale()
	design, target := mat.NewDense(rows, d, nil), mat.NewVecDense(rows, nil)
	column, measured := make([]float32, n), make([]float32, rows)
	weights := make([]float64, rows)
	for k := range d {
		source := m.Mean
		if k > 0 {
			source = m.Basis[(k-1)*n : k*n]
		}
		for i, v := range source {
			column[i] = float32(v)
		}
		p.op.Apply(measured, column)
		for j, v := range measured {
			if k == 0 {
				weights[j] = 1 / math.Sqrt(m.variance(p, j, scale))
			}
			design.Set(j, k, float64(v)*weights[j])
		}
	}
	flat := 0.0
	for j, v := range p.y {
		target.SetVec(j, v/scale*weights[j])
		flat += target.AtVec(j) * target.AtVec(j)
	}
	return leastSquares(design, target) - flat, true
}

// leastSquares returns ‖D c − t‖² at its minimum.
func leastSquares(design *mat.Dense, target *mat.VecDense) float64 {
	var gram mat.SymDense
	gram.SymOuterK(1, design.T())
	d := gram.SymmetricDim()
	for k := range d {
		gram.SetSym(k, k, gram.At(k, k)*(1+1e-9)+1e-30)
	}
	var chol mat.Cholesky
	tt := mat.Dot(target, target)
	if !chol.Factorize(&gram) {
		return tt
	}
	var b, c mat.VecDense
	b.MulVec(design.T(), target)
	if chol.SolveVecTo(&c, &b) != nil {
		return tt
	}
	return tt - mat.Dot(&b, &c)
}
