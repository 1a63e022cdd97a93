package glo

import (
	"math"

	"sedlab/internal/nn"
	"sedlab/priors"
)

// Model is the result of a training: G(z) = Mean + Scale·Net(z).
type Model struct {
	Net   *nn.MLP
	Codes []float32 // [N × d], the training signals' codes
	Mean  []float32 // [n], of the training signals
	Scale float64
	Steps int64 // of the training; files hold them only with BatchNorm, which counts them
}

// Prior is a trained generator. It implements priors.CodeScaler.
type Prior struct {
	model    Model
	frozen   *nn.Frozen
	codeNorm float64
}

// New returns the prior of a model, which must not change afterwards.
func New(m Model) *Prior {
	return &Prior{model: m, frozen: m.Net.Freeze(m.Scale, m.Mean), codeNorm: rmsNorm(m.Codes, m.Net.In)}
}

// Model returns the prior's model. It must not be changed.
func (p *Prior) Model() Model { return p.model }

// Dim returns n, the number of fluxes of a signal.
func (p *Prior) Dim() int { return p.frozen.Dim() }

// CodeDim returns d, the length of a code.
func (p *Prior) CodeDim() int { return p.frozen.CodeDim() }

// Codes returns the training signals' codes, N×d.
func (p *Prior) Codes() []float32 { return p.model.Codes }

// CodeNorm returns the root mean square of the codes' norms, exactly 1 if the codes are on
// the unit sphere.
func (p *Prior) CodeNorm() float64 { return p.codeNorm }

// onSphere bounds the distance from 1 of norms on the sphere, due to rounding in float32.
const onSphere = 1e-6

// rmsNorm returns the root mean square of the norms of codes [N × dim], or 1 if a search
// could not begin there.
func rmsNorm(codes []float32, dim int) float64 {
	var sq float64
	for _, v := range codes {
		sq += float64(v) * float64(v)
	}
	norm := math.Sqrt(sq * float64(dim) / float64(len(codes)))
	if !(norm > 0) || math.IsInf(norm, 0) || math.Abs(norm-1) < onSphere {
		return 1
	}
	return norm
}

// NewTape returns working memory for up to batch codes at once.
func (p *Prior) NewTape(batch int) priors.Tape { return p.frozen.NewTape(batch) }

// State returns the network's tensors, named as in PyTorch's state_dict, with "codes"
// [N × code_dim], "mean" [n] and the number "scale". docs/trained-priors.md shows how to load
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
