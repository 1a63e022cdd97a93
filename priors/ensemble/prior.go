package ensemble

import (
	"context"
	"fmt"
	"math"
	"slices"

	"sedlab/priors"
)

// Prior averages what its members infer.
type Prior struct {
	members  []priors.Inferrer
	weights  []float64 // of the members, from 0; their sum is 1
	evidence bool      // the weights of each measurement follow from its evidence
}

// Dim returns n.
func (p *Prior) Dim() int { return p.members[0].Dim() }

// AtRandom reports whether any member infers at random.
func (p *Prior) AtRandom() bool {
	return slices.ContainsFunc(p.members, func(m priors.Inferrer) bool { return m.AtRandom() })
}

// Weights returns the weights of the members, in their order.
func (p *Prior) Weights() []float64 { return slices.Clone(p.weights) }

// Infer returns the mixture of what the members infer; see mix. A member without weight is not
// asked. A signal that a member cannot reconstruct has no finite mixture.
func (p *Prior) Infer(ctx context.Context, ms []priors.Measurement, seed uint64) ([]priors.Inferred, error) {
	found, err := p.inferEach(ctx, ms, seed)
	if err != nil {
		return nil, err
	}
	out := make([]priors.Inferred, len(ms))
	for i := range ms {
		of, weights := make([]priors.Inferred, len(found)), p.weights
		for k := range found {
			if found[k] != nil {
				of[k] = found[k][i]
			}
		}
		if p.evidence {
			if weights, err = byEvidenceOf(of); err != nil {
				return nil, fmt.Errorf("signal %d: %w", ms[i].Signal, err)
			}
		}
		out[i] = mix(of, weights)
	}
	return out, nil
}

// inferEach returns what each member infers; nil for those without weight.
func (p *Prior) inferEach(ctx context.Context, ms []priors.Measurement, seed uint64) ([][]priors.Inferred, error) {
	found := make([][]priors.Inferred, len(p.members))
	for k, m := range p.members {
		if p.weights[k] == 0 {
			continue
		}
		var err error
		if found[k], err = m.Infer(ctx, ms, seed); err != nil {
			return nil, err
		}
		if len(found[k]) != len(ms) {
			return nil, fmt.Errorf("%T returned %d results for %d measurements", m, len(found[k]), len(ms))
		}
	}
	return found, nil
}

// byEvidenceOf returns the posterior probabilities of members that are equally probable before a
// measurement: the softmax of log p(y).
func byEvidenceOf(found []priors.Inferred) ([]float64, error) {
	most, sum := math.Inf(-1), 0.0
	for k, f := range found {
		if math.IsNaN(f.Evidence) {
			return nil, fmt.Errorf("member %d of the ensemble cannot compute the evidence", k+1)
		}
		most = math.Max(most, f.Evidence)
	}
	weights := make([]float64, len(found))
	for k, f := range found {
		weights[k] = 1 // of all, if none is possible
		if !math.IsInf(most, 0) {
			weights[k] = math.Exp(f.Evidence - most)
		}
		sum += weights[k]
	}
	for k := range weights {
		weights[k] /= sum
	}
	return weights, nil
}

// mix returns mean and deviation of the mixture of what members found of one signal. Members have
// scales of their own: s·X is their mean of s_k·X_k, and s that of the s_k. A member without
// deviations adds only its distance from the mean; the mixture has none if no member has. Noise
// is averaged over the members that know it.
func mix(found []priors.Inferred, weights []float64) priors.Inferred {
	out := priors.Inferred{Evidence: math.NaN(), Converged: true}
	deviates, heard := false, 0.0 // heard: the weight of members that know the noise
	for k, w := range weights {
		if w == 0 {
			continue
		}
		out.Scale += w * found[k].Scale
		out.Iterations += found[k].Iterations
		out.Converged = out.Converged && found[k].Converged
		deviates = deviates || found[k].Sigma != nil
		if found[k].Noise != nil {
			heard += w
		}
	}
	mean := meanOf(found, weights, out.Scale)
	out.X = make([]float32, len(mean))
	for j, v := range mean {
		out.X[j] = float32(v)
	}
	if deviates {
		out.Sigma = rootOf(found, weights, len(mean), func(f priors.Inferred, j int) float64 {
			ratio := f.Scale / out.Scale
			off := ratio*float64(f.X[j]) - mean[j]
			if f.Sigma == nil {
				return off * off
			}
			return off*off + square(ratio*float64(f.Sigma[j]))
		})
	}
	if heard > 0 {
		out.Noise = rootOf(found, weights, len(mean), func(f priors.Inferred, j int) float64 {
			if f.Noise == nil {
				return 0
			}
			return square(f.Scale/out.Scale*float64(f.Noise[j])) / heard
		})
	}
	return out
}

// meanOf returns Σ w_k s_k X_k/s.
func meanOf(found []priors.Inferred, weights []float64, s float64) (mean []float64) {
	for k, w := range weights {
		if w == 0 {
			continue
		}
		if mean == nil {
			mean = make([]float64, len(found[k].X))
		}
		for j, v := range found[k].X {
			mean[j] += w * found[k].Scale / s * float64(v)
		}
	}
	return mean
}

// rootOf returns √(Σ w_k v(f_k, j)) for n fluxes j.
func rootOf(found []priors.Inferred, weights []float64, n int, v func(f priors.Inferred, j int) float64) []float32 {
	root := make([]float32, n)
	for j := range root {
		sum := 0.0
		for k, w := range weights {
			if w > 0 {
				sum += w * v(found[k], j)
			}
		}
		root[j] = float32(math.Sqrt(sum))
	}
	return root
}

func square(v float64) float64 { return v * v }
