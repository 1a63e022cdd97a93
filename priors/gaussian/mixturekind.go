package gaussian

import (
	"cmp"
	"context"
	"fmt"

	"sedlab/internal/gappy"
	"sedlab/priors"
)

// Mixture is the kind of a mixture of factor analyses.
var Mixture = priors.Kind{
	Name: "mixture", Version: 1, New: func() priors.Config { return new(MixtureConfig) },
	Doc: "mixture of factor analyses (Ghahramani and Hinton 1996): several classes of signals, each with a mean, factors and noise of its own; the posterior has a closed form",
}

// MixtureConfig is the section of a mixture in a spec.
type MixtureConfig struct {
	Components int `spec:"components" default:"2" example:"3" range:"[1,100]" doc:"maximum number of components; one left with too few signals is removed"`
	Factors
}

// Check returns what is wrong with the numbers of components and factors for n signals of dim fluxes.
func (c *MixtureConfig) Check(n, dim int) []priors.KeyError {
	_, dims := c.codeDims()
	if errs := c.Factors.Check(n, dim); errs != nil {
		return errs
	}
	for _, d := range dims {
		if n > 0 && c.Components*(d+2) > n {
			return []priors.KeyError{{Key: "components", Problem: fmt.Sprintf("%d components with %d factors need %d training signals or more; there are %d", c.Components, d, c.Components*(d+2), n)}}
		}
	}
	return nil
}

// Train fits the model by expectation maximisation.
func (c *MixtureConfig) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	for _, e := range c.Check(data.Len(), data.Dim) {
		return nil, fmt.Errorf("%s: %s", e.Key, e.Problem)
	}
	if err := data.Check(); err != nil {
		return nil, err
	}
	m, chosen, err := c.choose(ctx, data, func(o gappy.FactorOptions) (*MixtureModel, error) {
		o.Workers = data.Workers
		f, err := gappy.Mixture(ctx, gappy.Data{Flux: data.Flux, Weight: data.Weight, Dim: data.Dim},
			gappy.MixtureOptions{FactorOptions: o, Components: c.Components, Seed: data.Seed})
		if err != nil {
			return nil, err
		}
		m, power := &MixtureModel{Shares: narrow(f.Shares)}, powerOf(data)
		for _, part := range f.Parts {
			m.Parts = append(m.Parts, newModel(part, power))
		}
		return m, nil
	})
	if err != nil {
		return nil, err
	}
	return &MixturePrior{*m, chosen}, nil
}

// Blank returns a *MixturePrior.
func (*MixtureConfig) Blank() priors.Prior { return new(MixturePrior) }

// Cost is that of a factor analysis for each component, and of finding which it is. The fit computes
// moments twice, for memberships and for the components.
func (c *MixtureConfig) Cost(n, dim int) priors.Cost {
	one, k := c.Factors.Cost(n, dim), float64(c.Components)
	one.Training *= 2 * k
	one.Closed *= k
	one.Memory *= (k + 16) / 16
	return one
}

// MixturePrior is a mixture that was fitted.
type MixturePrior struct {
	MixtureModel
	chosen string // see Chosen
}

// Chosen returns which number of factors a training with code_dims chose; see Prior.Chosen.
func (p *MixturePrior) Chosen() string { return p.chosen }

// Evident says that the evidence of a measurement has a closed form.
func (*MixturePrior) Evident() {}

var (
	_ priors.Evident   = (*MixturePrior)(nil)
	_ priors.Keeper    = (*MixturePrior)(nil)
	_ priors.Chooser   = (*MixturePrior)(nil)
	_ priors.Opener    = (*MixtureConfig)(nil)
	_ priors.Weigher   = (*MixtureConfig)(nil)
	_ priors.Coster    = (*MixtureConfig)(nil)
	_ priors.Validator = (*MixtureConfig)(nil)
)

// State returns the tensors "shares" [components], "mean" and "noise" [components × n], "basis"
// [components × code_dim × n] and "power" [2].
func (p *MixturePrior) State() *priors.State {
	k, n, d := len(p.Parts), p.Dim(), p.Parts[0].CodeDim()
	var mean, noise, basis []float32
	for _, g := range p.Parts {
		mean, noise, basis = append(mean, g.Mean...), append(noise, g.Noise...), append(basis, g.Basis...)
	}
	return newState(Mixture.Name, p.chosen,
		priors.Tensor{Name: "shares", Shape: []int{k}, Data: p.Shares},
		priors.Tensor{Name: "mean", Shape: []int{k, n}, Data: mean},
		priors.Tensor{Name: "noise", Shape: []int{k, n}, Data: noise},
		priors.Tensor{Name: "basis", Shape: []int{k, d, n}, Data: basis},
		priors.Tensor{Name: "power", Shape: []int{2}, Data: p.Parts[0].Power[:]})
}

// Open returns the prior of a state, whose memory it shares.
func (c *MixtureConfig) Open(s *priors.State) (priors.Prior, error) {
	shares, noShares := s.Float32s("shares", -1)
	k := len(shares)
	mean, noMean := s.Float32s("mean", k, -1)
	n := len(mean) / max(k, 1)
	noise, noNoise := s.Float32s("noise", k, n)
	basis, noBasis := s.Float32s("basis", k, -1, n)
	power, noPower := s.Float32s("power", 2)
	err := cmp.Or(priors.CheckState(s, Mixture.Name), s.Only("shares", "mean", "noise", "basis", "power"), noShares, noMean, noNoise, noBasis, noPower, checkNoise(noise))
	if err != nil {
		return nil, err
	}
	p := &MixturePrior{MixtureModel{Shares: shares}, s.Metadata[chosenKey]}
	d := len(basis) / k / n
	for c, share := range shares {
		if !(share > 0 && share <= 1) {
			return nil, fmt.Errorf(`tensor "shares": component %d has %g; expected a number above 0, at most 1`, c, share)
		}
		p.Parts = append(p.Parts, &Model{mean[c*n : (c+1)*n], basis[c*d*n : (c+1)*d*n], noise[c*n : (c+1)*n], [2]float32(power)})
	}
	return p, nil
}
