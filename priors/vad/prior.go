package vad

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"

	"sedlab/internal/nn"
	"sedlab/priors"
	"sedlab/priors/gaussian"
)

// Prior is a trained generator G(z) = μ + Wz + √Ψ₀·f(z), with z ~ N(0, I), and the noise of data.
type Prior struct {
	linear gaussian.Model // μ, W and Ψ₀
	net    *nn.MLP        // f
	noise  []float32      // Ψ, n variances
	search Search
	frozen *nn.Frozen // G
}

func newPrior(linear gaussian.Model, net *nn.MLP, noise []float32, search Search) *Prior {
	return &Prior{linear: linear, net: net, noise: noise, search: search, frozen: combined(linear, net).Freeze(1, make([]float32, net.Out))}
}

// combined returns G as one network. Codes pass through its hidden layers beside f: with the
// slope a of a leaky ReLU φ, z = (φ(z) − φ(−z))/(1 + a).
func combined(linear gaussian.Model, net *nn.MLP) *nn.MLP {
	d, n, last := net.In, net.Out, len(net.Layers)-1
	shape := net.Config
	shape.Hidden = append([]int(nil), net.Hidden...)
	for i := range shape.Hidden {
		shape.Hidden[i] += 2 * d
	}
	whole := &nn.MLP{Config: shape, Layers: make([]nn.Layer, len(net.Layers))}
	part := 1 / (1 + net.Slope)
	for i := range net.Layers {
		from := net.Layers[i]
		l := nn.Layer{In: from.In, Out: from.Out}
		if i > 0 {
			l.In += 2 * d
		}
		if i < last {
			l.Out += 2 * d
		}
		l.W, l.Bias = make([]float32, l.In*l.Out), make([]float32, l.Out)
		for o := range from.Out {
			copy(l.W[o*l.In:], from.W[o*from.In:(o+1)*from.In])
			l.Bias[o] = from.Bias[o]
		}
		// passed sets the weights by which a row has c times element k of the code.
		passed := func(row []float32, k int, c float32) {
			if i == 0 {
				row[k] += c
				return
			}
			row[from.In+k], row[from.In+d+k] = c*part, -c*part
		}
		if i < last {
			for k := range d {
				passed(l.W[(from.Out+k)*l.In:][:l.In], k, 1)
				passed(l.W[(from.Out+d+k)*l.In:][:l.In], k, -1)
			}
		} else {
			for j := range n {
				row, sigma := l.W[j*l.In:(j+1)*l.In], float32(math.Sqrt(float64(linear.Noise[j])))
				for o := range row {
					row[o] *= sigma
				}
				for k := range d {
					passed(row, k, linear.Basis[k*n+j])
				}
				l.Bias[j] = sigma*l.Bias[j] + linear.Mean[j]
			}
		}
		whole.Layers[i] = l
	}
	return whole
}

// Dim returns n, the number of fluxes of a signal.
func (p *Prior) Dim() int { return p.net.Out }

// CodeDim returns d, the length of a code.
func (p *Prior) CodeDim() int { return p.net.In }

// NewTape returns working memory for up to batch codes at once.
func (p *Prior) NewTape(batch int) priors.Tape { return p.frozen.NewTape(batch) }

// AtRandom says that inference draws random numbers.
func (p *Prior) AtRandom() bool { return true }

// about is what a file says of a prior besides its tensors, in JSON.
type about struct {
	Hidden []int   `json:"hidden"`
	Slope  float32 `json:"leaky_relu"`
	Search Search  `json:"search"`
}

// aboutKey is the metadata that holds it.
const aboutKey = "vad"

// State returns the network's tensors, named as in PyTorch's state_dict, with "mean" [n],
// "basis" [d × n] and "first_noise" [n] of the linear part, and "noise" [n].
func (p *Prior) State() *priors.State {
	n, d := p.Dim(), p.CodeDim()
	s := priors.NewState(name, append(p.net.State(0),
		priors.Tensor{Name: "mean", Shape: []int{n}, Data: p.linear.Mean},
		priors.Tensor{Name: "basis", Shape: []int{d, n}, Data: p.linear.Basis},
		priors.Tensor{Name: "first_noise", Shape: []int{n}, Data: p.linear.Noise},
		priors.Tensor{Name: "noise", Shape: []int{n}, Data: p.noise})...)
	text, err := json.Marshal(about{p.net.Hidden, p.net.Slope, p.search})
	if err != nil {
		panic(err) // a slope that is not finite
	}
	s.Metadata[aboutKey] = string(text)
	return s
}

// Open returns the prior of a state, whose memory it shares.
func (*Config) Open(s *priors.State) (priors.Prior, error) {
	if err := priors.CheckState(s, name); err != nil {
		return nil, err
	}
	var a about
	if err := json.Unmarshal([]byte(s.Metadata[aboutKey]), &a); err != nil {
		return nil, fmt.Errorf("metadata %q: %w", aboutKey, err)
	}
	g, noise, err := openNoise(s)
	if err != nil {
		return nil, err
	}
	c := Config{CodeDim: g.CodeDim(), Hidden: a.Hidden, Slope: float64(a.Slope)}
	if errs := c.Check(0, g.Dim()); len(errs) > 0 || a.Search.Steps < 1 || a.Search.Samples < 2 || a.Search.Samples > 100000 || !(a.Slope >= 0 && a.Slope < 1) {
		return nil, fmt.Errorf("metadata %q: %.200q: expected the shape of a network and the settings of a search", aboutKey, s.Metadata[aboutKey])
	}
	for _, width := range a.Hidden {
		if width < 1 || width > 65536 {
			return nil, fmt.Errorf("metadata %q: a width of %d; expected one in [1, 65536]", aboutKey, width)
		}
	}
	net, _, err := nn.Load(c.network(g.Dim()), s)
	if err != nil {
		return nil, err
	}
	p := newPrior(g, net, noise, a.Search)
	var names []string
	for _, t := range p.State().Tensors {
		names = append(names, t.Name)
	}
	if err := s.Only(names...); err != nil {
		return nil, err
	}
	return p, nil
}

// openNoise returns the linear part and the noise.
func openNoise(s *priors.State) (g gaussian.Model, noise []float32, err error) {
	mean, noMean := s.Float32s("mean", -1)
	n := len(mean)
	basis, noBasis := s.Float32s("basis", -1, n)
	first, noFirst := s.Float32s("first_noise", n)
	noise, noNoise := s.Float32s("noise", n)
	if err := cmp.Or(noMean, noBasis, noFirst, noNoise); err != nil {
		return g, nil, err
	}
	if n < 2 || len(basis) == 0 {
		return g, nil, fmt.Errorf("%d fluxes and a basis of %d numbers; expected at least 2 and 1", n, len(basis))
	}
	for j := range n {
		if !(first[j] > 0) || !(noise[j] > 0) {
			return g, nil, fmt.Errorf("the noise of flux %d has variances %g and %g; expected numbers above 0", j, first[j], noise[j])
		}
	}
	return gaussian.Model{Mean: mean, Basis: basis, Noise: first}, noise, nil
}
