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
	var coarse, fine scan
	for u := low; u < high+pixel/2; u += pixel {
		m.try(&coarse, s, math.Expm1(math.Min(u, high)))
	}
	z, ok := coarse.best()
	if !ok {
		return nil
	}
	for k := -finer; k <= finer; k++ {
		if u := math.Log1p(z) + float64(k)*pixel*finerPart; u >= low && u <= high {
			m.try(&fine, s, math.Expm1(u))
		}
	}
	if _, ok := fine.best(); !ok {
		fine = coarse
	}
	return fine.posterior()
}

// scan is χ² per measurement at redshifts, with the number of measurements at each.
type scan struct {
	z, chi2 []float64
	count   []int
}

// leastCovered is the least number of measurements at a redshift, relative to the largest at
// any.
const leastCovered = 0.5

// best returns the redshift with the lowest χ² per measurement, of those that cover enough.
func (s *scan) best() (z float64, ok bool) {
	most, least := 0, math.Inf(1)
	for _, n := range s.count {
		most = max(most, n)
	}
	for i, chi2 := range s.chi2 {
		if float64(s.count[i]) >= leastCovered*float64(most) && chi2 < least {
			z, least, ok = s.z[i], chi2, true
		}
	}
	return z, ok
}

// posterior returns the redshift with the lowest χ², and quantiles of exp(−χ²/2) between
// linearly interpolated values. χ² is that per measurement times their number at the best
// redshift, because not all redshifts cover the same measurements.
func (s *scan) posterior() *redshift {
	z := &redshift{}
	z.best, _ = s.best()
	zs, chi2s := s.z, make([]float64, len(s.z))
	least, number := 0.0, 0.0
	for i, v := range s.z {
		if v == z.best {
			number = float64(s.count[i])
			least = s.chi2[i] * number
		}
	}
	for i, c := range s.chi2 {
		chi2s[i] = math.Max(c*number, least)
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

// try adds a redshift to a scan: χ² of the best combination of the training signals' mean and
// principal directions, whose coefficients are normal with the variances along these.
func (m *Model) try(to *scan, s *spectra.Spectrum, z float64) {
	p, ok := m.newProblem(at(s, z))
	if !ok {
		return
	}
	n := len(m.Wavelength)
	d := len(m.Basis)/n + 1
	rows, _ := p.op.Dims()
	if rows < 2*d {
		return
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
	for j, v := range p.y {
		target.SetVec(j, v/scale*weights[j])
	}
	to.z, to.count = append(to.z, z), append(to.count, rows)
	to.chi2 = append(to.chi2, m.penalized(design, target)/float64(rows))
}

// penalized returns ‖D c − t‖² + Σ_k c_k²/Spread_k at its minimum; the first coefficient, that
// of the mean, is free.
func (m *Model) penalized(design *mat.Dense, target *mat.VecDense) float64 {
	var gram mat.SymDense
	gram.SymOuterK(1, design.T())
	d := gram.SymmetricDim()
	for k := range d {
		add := 1e-9*gram.At(k, k) + 1e-30
		if k > 0 {
			add = 1 / math.Max(m.Spread[k-1], 1e-12)
		}
		gram.SetSym(k, k, gram.At(k, k)+add)
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
