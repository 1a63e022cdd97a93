package pca

import (
	"cmp"

	"sedlab/priors"
)

// State returns the tensors "mean" [n] and "basis" [code_dim × n].
func (p *Prior) State() *priors.State {
	n := len(p.mean)
	return priors.NewState(name,
		priors.Tensor{Name: "mean", Shape: []int{n}, Data: p.mean},
		priors.Tensor{Name: "basis", Shape: []int{len(p.basis) / n, n}, Data: p.basis})
}

// Open returns the prior of a state, whose memory it shares.
func (*Config) Open(s *priors.State) (priors.Prior, error) {
	mean, noMean := s.Float32s("mean", -1)
	basis, noBasis := s.Float32s("basis", -1, len(mean))
	if err := cmp.Or(priors.CheckState(s, name), s.Only("mean", "basis"), noMean, noBasis); err != nil {
		return nil, err
	}
	return &Prior{mean: mean, basis: basis}, nil
}
