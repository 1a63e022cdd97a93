package reconstruct

import (
	"cmp"
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"sedlab/datasets/spectra"
	"sedlab/internal/quantile"
)

// redshift is a redshift that was solved for, with the 16th and 84th percentiles of its
// posterior.
type redshift struct{ best, low, high float64 }

// finer is the number of finer steps on either side of the best redshift, and finerPart the size
// of each, in pixels of the prior.
const (
	finer     = 20
	finerPart = 0.1
)

// mostMinima is the number of minima of χ² that are looked at closely.
const mostMinima = 3

// redshiftRank is the number of principal directions by which redshifts are found.
const redshiftRank = 10

// findRedshift solves for the redshift between two values: χ² of the prior's linear approximation
// on a grid as fine as the prior's pixels, then on finer ones around its lowest minima. The
// posterior under a flat prior is exp(−χ²/2T), where T (Tempering) makes it as wide as the errors
// of validation signals. It returns nil if nothing was measured within the prior's wavelengths at
// any redshift.
func (m *Model) findRedshift(s *spectra.Spectrum, between [2]float64) *redshift {
	if s.Rest { // as if observed
		moved := *s
		moved.Rest = false
		s = &moved
	}
	pixel := m.pixel()
	low, high := math.Log1p(between[0]), math.Log1p(between[1])
	var scan scan
	for u := low; u < high+pixel/2; u += pixel {
		m.try(&scan, s, math.Expm1(math.Min(u, high)))
	}
	if len(scan) == 0 {
		return nil
	}
	for _, z := range scan.minima() {
		for k := -finer; k <= finer; k++ {
			if u := math.Log1p(z) + float64(k)*pixel*finerPart; k != 0 && u >= low && u <= high {
				m.try(&scan, s, math.Expm1(u))
			}
		}
	}
	slices.SortFunc(scan, func(a, b trial) int { return cmp.Compare(a.z, b.z) })
	return scan.posterior(m.Tempering[0])
}

// pixel returns the mean width of the prior's pixels in ln λ.
func (m *Model) pixel() float64 {
	n := len(m.Wavelength)
	return math.Log(m.Wavelength[n-1]/m.Wavelength[0]) / float64(n-1)
}

// AtEdge reports whether a redshift that was solved for between two values is at one of them, so
// that the true one may lie beyond.
func (m *Model) AtEdge(z float64, between [2]float64) bool {
	step, u := m.pixel()*finerPart, math.Log1p(z)
	return u-math.Log1p(between[0]) < step || math.Log1p(between[1])-u < step
}

// trial is χ² per measurement at a redshift, and the number of measurements there.
type trial struct {
	z, chi2 float64
	count   int
}

// scan is trials at rising redshifts.
type scan []trial

// leastCovered is the least number of measurements at a redshift, relative to the largest at
// any.
const leastCovered = 0.5

// covering returns the trials that have enough measurements.
func (s scan) covering() (some scan) {
	most := 0
	for _, t := range s {
		most = max(most, t.count)
	}
	for _, t := range s {
		if float64(t.count) >= leastCovered*float64(most) {
			some = append(some, t)
		}
	}
	return some
}

// minima returns the redshifts of the lowest minima of χ².
func (s scan) minima() (z []float64) {
	some := s.covering()
	var low scan
	for i, t := range some {
		if (i == 0 || t.chi2 <= some[i-1].chi2) && (i == len(some)-1 || t.chi2 < some[i+1].chi2) {
			low = append(low, t)
		}
	}
	slices.SortStableFunc(low, func(a, b trial) int { return cmp.Compare(a.chi2, b.chi2) })
	for _, t := range low[:min(len(low), mostMinima)] {
		z = append(z, t.z)
	}
	return z
}

// posterior returns the redshift with the lowest χ², and quantiles of exp(−χ²/2T) between
// linearly interpolated values. χ² is that per measurement times their number at the best
// redshift, because not all redshifts cover the same measurements.
func (s scan) posterior(tempering float64) *redshift {
	some := s.covering()
	best := slices.MinFunc(some, func(a, b trial) int { return cmp.Compare(a.chi2, b.chi2) })
	likelihood := func(t trial) float64 {
		return math.Exp(-(t.chi2 - best.chi2) * float64(best.count) / 2 / tempering)
	}
	total := make([]float64, len(some))
	for i := 1; i < len(some); i++ {
		total[i] = total[i-1] + (likelihood(some[i])+likelihood(some[i-1]))/2*(some[i].z-some[i-1].z)
	}
	at := func(q float64) float64 {
		want := q * total[len(total)-1]
		for i := 1; i < len(some); i++ {
			if total[i] >= want && total[i] > total[i-1] {
				return some[i-1].z + (want-total[i-1])/(total[i]-total[i-1])*(some[i].z-some[i-1].z)
			}
		}
		return best.z
	}
	return &redshift{best: best.z, low: math.Min(at(0.16), best.z), high: math.Max(at(0.84), best.z)}
}

// mostShifted and shifts bound the validation signals, and the redshifts on each side of the true
// one, by which redshifts are calibrated.
const (
	mostShifted = 60
	shifts      = 0.01
)

// temper sets Tempering: posteriors of the redshifts of validation signals, which are at rest,
// become as much wider as it takes for 68 % of them to cover 0.
func (m *Model) temper(ctx context.Context, v Signals) error {
	v = v.atMost(mostShifted)
	m.Tempering = []float64{1}
	var off []float64
	for i, flux := range v.Flux {
		if err := ctx.Err(); err != nil {
			return err
		}
		s := spectra.New("validation")
		s.Wavelength = m.Wavelength
		for j, f := range flux {
			s.Flux = append(s.Flux, float64(f))
			if v.Ivar[i] != nil {
				s.Ivar = append(s.Ivar, float64(v.Ivar[i][j]))
			}
		}
		for j, infilled := range v.Infilled[i] {
			if infilled {
				s.Leave(j)
			}
		}
		if z := m.findRedshift(s, [2]float64{-shifts, shifts}); z != nil && z.high > z.low {
			off = append(off, math.Abs(z.best)/((z.high-z.low)/2))
		}
	}
	if len(off) >= leastSignals {
		slices.Sort(off)
		stretch := math.Max(1, quantile.Sorted(off, 0.6827))
		m.Tempering[0] = stretch * stretch
	}
	return nil
}

// try adds a redshift to a scan: χ² of the best combination of the training signals' mean and
// principal directions, whose coefficients have Gaussian priors with the variances along these.
func (m *Model) try(to *scan, s *spectra.Spectrum, z float64) {
	p, ok := m.newProblem(at(s, z))
	if !ok {
		return
	}
	n := len(m.Wavelength)
	d := min(len(m.Spread), redshiftRank) + 1
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
	*to = append(*to, trial{z: z, chi2: m.penalized(design, target) / float64(rows), count: rows})
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
