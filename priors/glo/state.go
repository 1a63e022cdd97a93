package glo

import (
	"sedlab/internal/nn"
	"sedlab/priors"
)

// State returns the network's tensors, named as in PyTorch's state_dict, with "codes"
// [N × code_dim], "mean" [n] and the number "scale". docs/priors.md shows how to load
// them in PyTorch.
func (p *Prior) State() *priors.State {
	m := p.model
	d := m.Net.In
	s := priors.NewState(name, append(m.Net.State(m.Steps),
		priors.Tensor{Name: "codes", Shape: []int{len(m.Codes) / d, d}, Data: m.Codes},
		priors.Tensor{Name: "mean", Shape: []int{len(m.Mean)}, Data: m.Mean},
		priors.Tensor{Name: "scale", Shape: []int{}, Data: []float64{m.Scale}})...)
	s.Metadata[architectureKey] = describe(m.Net.Config)
	return s
}

// Open returns the prior of a state, whose memory it shares.
func (*Config) Open(s *priors.State) (priors.Prior, error) {
	if err := priors.CheckState(s, name); err != nil {
		return nil, err
	}
	c, err := stateNetwork(s)
	if err != nil {
		return nil, err
	}
	var m Model
	if m.Net, m.Steps, err = nn.Load(c, s); err != nil {
		return nil, err
	}
	if m.Codes, err = s.Float32s("codes", -1, c.In); err != nil {
		return nil, err
	}
	if m.Mean, err = s.Float32s("mean", c.Out); err != nil {
		return nil, err
	}
	scale, err := s.Float64s("scale")
	if err != nil {
		return nil, err
	}
	m.Scale = scale[0]
	p := New(m)
	if err := s.Only(tensorNames(p.State())...); err != nil {
		return nil, err
	}
	return p, nil
}

func tensorNames(s *priors.State) []string {
	var list []string
	for _, t := range s.Tensors {
		list = append(list, t.Name)
	}
	return list
}
