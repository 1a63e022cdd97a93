// Package gaussian holds priors under which signals are normal: x = μ + Wz + ε, with codes
// z ~ N(0, I) and independent noise ε ~ N(0, Ψ), Ψ diagonal. The posterior of a signal after a
// linear measurement has a closed form.
package gaussian

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"sedlab/priors"
)

// Model is the distribution of signals of n fluxes.
type Model struct {
	Mean  []float32 // μ, n
	Basis []float32 // Wᵀ, d×n; d may be 0
	Noise []float32 // the diagonal of Ψ, n variances above 0
	// Power is the mean of the logarithm of a signal's mean square, and its standard deviation. By
	// it a free scale is found: signals that were normalised have one power.
	Power [2]float32
}

// leastPowerSpread is the least standard deviation of the logarithm of the power.
const leastPowerSpread = 0.02

// PowerPenalty returns −log p of a power, up to a constant, and its derivative by the logarithm of
// the power.
func (g *Model) PowerPenalty(power float64) (penalty, derivative float64) {
	spread := math.Max(float64(g.Power[1]), leastPowerSpread)
	off := (math.Log(power) - float64(g.Power[0])) / spread
	return off * off / 2, off / spread
}

// Dim returns n.
func (g *Model) Dim() int { return len(g.Mean) }

// CodeDim returns d.
func (g *Model) CodeDim() int { return len(g.Basis) / len(g.Mean) }

// AtRandom says that inference draws no random numbers.
func (g *Model) AtRandom() bool { return false }

// Posterior is what is known of a code after a measurement.
type Posterior struct {
	Code     []float64     // its mean, d
	Factor   *mat.TriDense // L, lower, with the covariance (LLᵀ)⁻¹; nil if d is 0
	Scale    float64       // s of y ≈ s·A x
	Extra    float64       // the variance of the noise besides Ψ, of y/s
	Evidence float64       // log p(y)
}

// Infer returns the closed-form posterior of each signal; see Posterior.
func (g *Model) Infer(ctx context.Context, ms []priors.Measurement, seed uint64) ([]priors.Inferred, error) {
	return g.alone().Infer(ctx, ms, seed)
}

// alone returns the mixture that has no other component.
func (g *Model) alone() *MixtureModel { return &MixtureModel{Shares: []float32{1}, Parts: []*Model{g}} }

// signal returns the mean and the standard deviations of μ + Wz.
func (g *Model) signal(p Posterior) (x, sigma []float32) {
	n, d := g.Dim(), g.CodeDim()
	mean := make([]float64, n)
	for i, v := range g.Mean {
		mean[i] = float64(v)
	}
	rows := mat.NewDense(max(d, 1), n, nil)
	for k := range d {
		for i, v := range g.Basis[k*n : (k+1)*n] {
			mean[i] += p.Code[k] * float64(v)
			rows.Set(k, i, float64(v))
		}
	}
	x, sigma = make([]float32, n), make([]float32, n)
	for i, v := range mean {
		x[i] = float32(v)
	}
	if d == 0 {
		for i, v := range g.Noise {
			sigma[i] = float32(math.Sqrt(float64(v)))
		}
		return x, sigma
	}
	var half mat.Dense // L⁻¹ Wᵀ, whose columns' squares sum to the variances
	if p.Factor == nil || half.Solve(p.Factor, rows) != nil {
		return x, sigma
	}
	variance := make([]float64, n)
	for k := range d {
		for i, v := range half.RawRowView(k) {
			variance[i] += v * v
		}
	}
	for i, v := range variance {
		sigma[i] = float32(math.Sqrt(v))
	}
	return x, sigma
}

// Posterior returns that of a code. Measurement j has the variance of Aε, or 1/Precision if that
// is larger, and an extra one that all have in common, which maximises the evidence: so noise
// of unknown strength is recognised. A free scale maximises the
// evidence too, together with the probability of the power that the signal then has.
func (g *Model) Posterior(m priors.Measurement) Posterior {
	return g.alone().posterior(m).parts[0]
}

// Code returns mean and standard deviations of the posterior of a code, without any extra noise.
func (g *Model) Code(m priors.Measurement) (mean []float32, sigma []float64) {
	p := g.problem(m).at(1, 0)
	return narrow(p.Code), p.Deviations()
}

// Deviations returns the standard deviations of the code.
func (p Posterior) Deviations() []float64 {
	d := len(p.Code)
	sigma, unit := make([]float64, d), mat.NewDense(d, d, nil)
	for k := range d {
		unit.Set(k, k, 1)
	}
	var inverse mat.Dense // L⁻¹, whose columns' squares sum to the variances
	if p.Factor == nil || inverse.Solve(p.Factor, unit) != nil {
		return sigma
	}
	for k := range d {
		for i := range d {
			sigma[k] += inverse.At(i, k) * inverse.At(i, k)
		}
		sigma[k] = math.Sqrt(sigma[k])
	}
	return sigma
}

// Precisions returns, for each measurement, the inverse variance of its noise in y/s, with an
// extra variance besides Ψ, and 0 for those that do not count.
func (g *Model) Precisions(m priors.Measurement, scale, extra float64) []float32 {
	rows, _ := m.Op.Dims()
	noise, out := make([]float32, rows), make([]float32, rows)
	variances(noise, m.Op, g.Noise)
	for j, v := range noise {
		if !m.Counts(j) {
			continue
		}
		variance := math.Max(float64(v), leastNoise)
		if m.Precision != nil {
			variance = math.Max(variance, 1/float64(m.Precision[j])/scale/scale)
		}
		out[j] = float32(1 / (variance + extra))
	}
	return out
}
