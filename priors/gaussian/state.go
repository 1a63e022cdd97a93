package gaussian

import (
	"cmp"
	"errors"
	"fmt"

	"sedlab/priors"
)

// Prior is a model that was fitted.
type Prior struct {
	Model
	kind   string
	chosen string // see Chosen
}

// Chosen returns which number of factors a training with code_dims chose, and how large the
// errors of others were; "" without code_dims.
func (p *Prior) Chosen() string { return p.chosen }

// Evident says that the evidence of a measurement has a closed form.
func (*Prior) Evident() {}

var (
	_ priors.Evident  = (*Prior)(nil)
	_ priors.Keeper   = (*Prior)(nil)
	_ priors.Opener   = (*MeanConfig)(nil)
	_ priors.Opener   = (*PPCAConfig)(nil)
	_ priors.Opener   = (*FactorAnalysisConfig)(nil)
	_ priors.Weigher  = (*FactorAnalysisConfig)(nil)
	_ priors.Coster   = (*FactorAnalysisConfig)(nil)
	_ priors.Seedless = (*FactorAnalysisConfig)(nil)

	_ priors.Validator = (*FactorAnalysisConfig)(nil)
	_ priors.Chooser   = (*Prior)(nil)
)

// State returns the tensors "mean" [n], "noise" [n], "power" [2] and, unless there are no factors, "basis"
// [code_dim × n].
func (p *Prior) State() *priors.State {
	n := p.Dim()
	tensors := []priors.Tensor{
		{Name: "mean", Shape: []int{n}, Data: p.Mean}, {Name: "noise", Shape: []int{n}, Data: p.Noise},
		{Name: "power", Shape: []int{2}, Data: p.Power[:]},
	}
	if d := p.CodeDim(); d > 0 {
		tensors = append(tensors, priors.Tensor{Name: "basis", Shape: []int{d, n}, Data: p.Basis})
	}
	return newState(p.kind, p.chosen, tensors...)
}

// chosenKey is the metadata that hold Chosen, if a training chose.
const chosenKey = "chosen"

func newState(kind, chosen string, tensors ...priors.Tensor) *priors.State {
	s := priors.NewState(kind, tensors...)
	if chosen != "" {
		s.Metadata[chosenKey] = chosen
	}
	return s
}

// Open returns the prior of a state, whose memory it shares.
func (c *MeanConfig) Open(s *priors.State) (priors.Prior, error) { return open(Mean.Name, s) }

// Open returns the prior of a state, whose memory it shares.
func (c *PPCAConfig) Open(s *priors.State) (priors.Prior, error) { return open(PPCA.Name, s) }

// Open returns the prior of a state, whose memory it shares.
func (c *FactorAnalysisConfig) Open(s *priors.State) (priors.Prior, error) {
	return open(FactorAnalysis.Name, s)
}

func open(kind string, s *priors.State) (priors.Prior, error) {
	mean, noMean := s.Float32s("mean", -1)
	noise, noNoise := s.Float32s("noise", len(mean))
	power, noPower := s.Float32s("power", 2)
	names := []string{"mean", "noise", "power"}
	var basis []float32
	var noBasis error
	if kind != Mean.Name {
		names = append(names, "basis")
		basis, noBasis = s.Float32s("basis", -1, len(mean))
	}
	if err := cmp.Or(priors.CheckState(s, kind), s.Only(names...), noMean, noNoise, noPower, noBasis); err != nil {
		return nil, err
	}
	if err := checkNoise(noise); err != nil {
		return nil, err
	}
	return &Prior{Model{mean, basis, noise, [2]float32(power)}, kind, s.Metadata[chosenKey]}, nil
}

// checkNoise refuses no fluxes, and variances that are not above 0.
func checkNoise(noise []float32) error {
	if len(noise) == 0 {
		return errors.New(`tensor "mean" is empty`)
	}
	for i, v := range noise {
		if !(v > 0) {
			return fmt.Errorf(`tensor "noise": variance %d is %g; expected a number above 0`, i, v)
		}
	}
	return nil
}
