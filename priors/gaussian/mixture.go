package gaussian

import (
	"context"
	"math"

	"sedlab/priors"
)

// MixtureModel is the distribution of signals of which each is from one of several models.
type MixtureModel struct {
	Shares []float32 // the probabilities of the components, above 0; their sum is 1
	Parts  []*Model  // the components; the first one's Power is that of all signals
}

// Dim returns n.
func (x *MixtureModel) Dim() int { return x.Parts[0].Dim() }

// AtRandom says that inference draws no random numbers.
func (x *MixtureModel) AtRandom() bool { return false }

// leastMembership is the probability of a component below which it does not count.
const leastMembership = 1e-9

// Infer returns the posterior of each signal in closed form: the means of the components' posteriors,
// weighted by how probable the measurement makes each component. Deviations include the differences between
// components. Extra variance and scale are as in Model.Posterior, common to all components.
func (x *MixtureModel) Infer(ctx context.Context, ms []priors.Measurement, _ uint64) ([]priors.Inferred, error) {
	out := make([]priors.Inferred, len(ms))
	for i, m := range ms {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p := x.posterior(m)
		out[i] = x.signal(p)
		if len(x.Parts) == 1 {
			for _, v := range p.parts[0].Code {
				out[i].Code = append(out[i].Code, float32(v))
			}
		}
	}
	return out, nil
}

// posterior returns the posterior of codes and components; see Model.Posterior.
func (x *MixtureModel) posterior(m priors.Measurement) mixed { return x.problems(m).solve(m.FreeScale) }

// Posterior returns the posterior of the code under each component, with a scale and an extra
// variance that are common to all, and the probabilities of the components; see Model.Posterior.
func (x *MixtureModel) Posterior(m priors.Measurement) (parts []Posterior, members []float64) {
	p := x.posterior(m)
	return p.parts, p.members
}

// Members returns the probabilities of the components after a measurement without any extra noise.
func (x *MixtureModel) Members(m priors.Measurement) []float64 { return x.problems(m).at(1, 0).members }

func (x *MixtureModel) problems(m priors.Measurement) problems {
	q := problems{power: func(p mixed) float64 {
		penalty, _ := x.Parts[0].PowerPenalty(x.power(p))
		return penalty
	}}
	for c, g := range x.Parts {
		q.logs = append(q.logs, math.Log(float64(x.Shares[c])))
		q.parts = append(q.parts, g.problem(m))
	}
	return q
}

// power returns the mean square of the posterior's signals.
func (x *MixtureModel) power(p mixed) (power float64) {
	for c, g := range x.Parts {
		if p.members[c] < leastMembership {
			continue
		}
		mean, sigma := g.signal(p.parts[c])
		sum := 0.0
		for i, v := range mean {
			sum += float64(v)*float64(v) + float64(g.Noise[i])
			if g.CodeDim() > 0 {
				sum += float64(sigma[i]) * float64(sigma[i])
			}
		}
		power += p.members[c] * sum / float64(len(mean))
	}
	return power
}

// signal returns mean and standard deviations of signals, and what else is known.
func (x *MixtureModel) signal(p mixed) priors.Inferred {
	n := x.Dim()
	mean, square, noise := make([]float64, n), make([]float64, n), make([]float64, n)
	total := 0.0
	for c, g := range x.Parts {
		share := p.members[c]
		if share < leastMembership {
			continue
		}
		own, sigma := g.signal(p.parts[c])
		// Mean and squares about it are updated (West 1979), so that one component alone is
		// exactly itself.
		total += share
		for i, v := range own {
			off := float64(v) - mean[i]
			mean[i] += off * share / total
			square[i] += share * (float64(sigma[i])*float64(sigma[i]) + off*(float64(v)-mean[i]))
			noise[i] += share * float64(g.Noise[i])
		}
	}
	r := priors.Inferred{X: narrow(mean), Sigma: make([]float32, n), Scale: p.scale, Evidence: p.evidence, Iterations: 1, Converged: true}
	for i, v := range square {
		r.Sigma[i] = float32(math.Sqrt(v / total))
	}
	if x.Parts[0].CodeDim() > 0 {
		r.Noise = make([]float32, n)
		for i, v := range noise {
			r.Noise[i] = float32(math.Sqrt(v / total))
		}
	}
	return r
}
