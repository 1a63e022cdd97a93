package vad

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"sedlab/internal/nn"
	"sedlab/priors"
	"sedlab/priors/gaussian"
)

// member is a trained generator G(z) = μ + Wz + √Ψ₀·f(z), with z ~ N(0, I), and the noise of data.
// Without a linear part it has no Wz.
type member struct {
	linear gaussian.Model // μ, W and Ψ₀; inferences begin at its posteriors in any case
	net    *nn.MLP        // f
	noise  []float32      // Ψ, n variances
	frozen *nn.Frozen     // G
}

// newMember returns a generator with Wz or without.
func newMember(linear gaussian.Model, wz bool, net *nn.MLP, noise []float32) *member {
	part := linear
	if !wz {
		part.Basis = nil
	}
	return &member{linear: linear, net: net, noise: noise, frozen: combined(part, net).Freeze(1, make([]float32, net.Out))}
}

// Prior is a trained generator, or several.
type Prior struct {
	groups []group // at least one, each with at least one generator
	search Search
	linear bool   // whether they have a linear part
	chosen string // see Chosen
}

// combined returns G as one network. If it has a linear part, codes pass through its hidden layers
// beside f: with the slope a of a leaky ReLU φ, z = (φ(z) − φ(−z))/(1 + a).
func combined(linear gaussian.Model, net *nn.MLP) *nn.MLP {
	d, last := linear.CodeDim(), len(net.Layers)-1
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
			addLinear(l, linear, passed)
		}
		whole.Layers[i] = l
	}
	return whole
}

// addLinear makes the last layer that of G: times √Ψ₀, plus μ and W times the code that is passed.
func addLinear(l nn.Layer, linear gaussian.Model, passed func(row []float32, k int, c float32)) {
	n := linear.Dim()
	for j := range n {
		row, sigma := l.W[j*l.In:(j+1)*l.In], float32(math.Sqrt(float64(linear.Noise[j])))
		for o := range row {
			row[o] *= sigma
		}
		for k := range linear.CodeDim() {
			passed(row, k, linear.Basis[k*n+j])
		}
		l.Bias[j] = sigma*l.Bias[j] + linear.Mean[j]
	}
}

// Chosen returns how the number of classes was chosen; "" if there was no choice.
func (p *Prior) Chosen() string { return p.chosen }

// Dim returns n, the number of fluxes of a signal.
func (p *Prior) Dim() int { return p.groups[0].members[0].net.Out }

// AtRandom says that inference draws random numbers.
func (p *Prior) AtRandom() bool { return true }

// about is what a file says of a prior besides its tensors, in JSON.
type about struct {
	CodeDims []int       `json:"code_dims"`
	Shares   [][]float32 `json:"shares,omitempty"` // of the classes, for each code_dim; without them there is one class
	Chosen   string      `json:"chosen,omitempty"`
	Hidden   []int       `json:"hidden"`
	NoLinear bool        `json:"no_linear,omitempty"` // older files have a linear part
	Slope    float64     `json:"leaky_relu"`
}

// aboutKey is the metadata that holds it.
const aboutKey = "vad"

// prefix returns what the names of a generator's tensors begin with.
func prefix(i int) string { return fmt.Sprintf("%d/", i) }

// State returns, for generator i, the tensors "i/mean" [n], "i/basis" [d × n] and
// "i/first_noise" [n] of its linear part, "i/noise" [n], "i/power" [2], and the network's, named "i/" and as in
// PyTorch's state_dict. Generators of the classes of one ensemble's member follow one another.
func (p *Prior) State() *priors.State {
	first := p.groups[0].members[0].net
	n, a := p.Dim(), about{Chosen: p.chosen, Hidden: first.Hidden, NoLinear: !p.linear, Slope: float64(first.Slope)}
	var all []priors.Tensor
	i, classes := 0, false
	for _, g := range p.groups {
		a.CodeDims, a.Shares = append(a.CodeDims, g.members[0].net.In), append(a.Shares, g.shares)
		classes = classes || len(g.shares) > 1
		for _, m := range g.members {
			for _, t := range append(m.net.State(0),
				priors.Tensor{Name: "mean", Shape: []int{n}, Data: m.linear.Mean},
				priors.Tensor{Name: "basis", Shape: []int{m.net.In, n}, Data: m.linear.Basis},
				priors.Tensor{Name: "first_noise", Shape: []int{n}, Data: m.linear.Noise},
				priors.Tensor{Name: "noise", Shape: []int{n}, Data: m.noise},
				priors.Tensor{Name: "power", Shape: []int{2}, Data: m.linear.Power[:]}) {
				t.Name = prefix(i) + t.Name
				all = append(all, t)
			}
			i++
		}
	}
	if !classes {
		a.Shares = nil
	}
	s := priors.NewState(name, all...)
	text, err := json.Marshal(a)
	if err != nil {
		panic(err) // a slope that is not finite
	}
	s.Metadata[aboutKey] = string(text)
	return s
}

// Open returns the prior of a state, whose memory it shares, with the search of c.
func (c *Config) Open(s *priors.State) (priors.Prior, error) {
	if err := priors.CheckState(s, name); err != nil {
		return nil, err
	}
	var a about
	if err := json.Unmarshal([]byte(s.Metadata[aboutKey]), &a); err != nil {
		return nil, fmt.Errorf("metadata %q: %w", aboutKey, err)
	}
	found := Config{Ensemble: a.CodeDims, Classes: []int{1}, Hidden: a.Hidden, Linear: !a.NoLinear, Slope: a.Slope}
	if a.Shares == nil {
		a.Shares = slices.Repeat([][]float32{{1}}, min(len(a.CodeDims), mostMembers))
	}
	if !found.sound() || !soundShares(a) {
		return nil, fmt.Errorf("metadata %q: %.200q: expected the shapes of networks and the shares of classes", aboutKey, s.Metadata[aboutKey])
	}
	p := &Prior{search: c.Search, linear: found.Linear, chosen: a.Chosen}
	var names []string
	i := 0
	for at, d := range a.CodeDims {
		var members []*member
		for range a.Shares[at] {
			own := &priors.State{Metadata: s.Metadata}
			for _, t := range s.Tensors {
				if rest, ok := strings.CutPrefix(t.Name, prefix(i)); ok {
					names = append(names, t.Name)
					t.Name = rest
					own.Tensors = append(own.Tensors, t)
				}
			}
			m, err := found.openMember(own, d)
			if err != nil {
				return nil, fmt.Errorf("generator %d: %w", i, err)
			}
			members = append(members, m)
			i++
		}
		p.groups = append(p.groups, newGroup(a.Shares[at], members))
		for _, m := range members {
			if m.net.Out != p.Dim() {
				return nil, fmt.Errorf("generator %d: %d fluxes, but others have %d", i-1, m.net.Out, p.Dim())
			}
		}
	}
	if err := s.Only(names...); err != nil {
		return nil, err
	}
	return p, nil
}

// soundShares reports whether there are shares of classes for each code_dim.
func soundShares(a about) bool {
	count := 0
	for _, shares := range a.Shares {
		count += len(shares)
		if len(shares) == 0 || slices.ContainsFunc(shares, func(v float32) bool { return !(v > 0 && v <= 1) }) {
			return false
		}
	}
	return len(a.Shares) == len(a.CodeDims) && count <= mostMembers
}

// sound reports whether settings from a file are within the ranges of a spec's.
func (c *Config) sound() bool {
	wide := func(w int) bool { return w < 1 || w > 1<<16 }
	if len(c.Ensemble) < 1 || len(c.Ensemble) > mostMembers || slices.ContainsFunc(c.Ensemble, wide) || slices.ContainsFunc(c.Hidden, wide) {
		return false
	}
	return len(c.Check(0, 0)) == 0 && c.Slope >= 0 && c.Slope < 1
}

// openMember returns the generator of a state.
func (c *Config) openMember(s *priors.State, d int) (*member, error) {
	mean, noMean := s.Float32s("mean", -1)
	n := len(mean)
	basis, noBasis := s.Float32s("basis", d, n)
	first, noFirst := s.Float32s("first_noise", n)
	noise, noNoise := s.Float32s("noise", n)
	power, noPower := s.Float32s("power", 2)
	if err := cmp.Or(noMean, noBasis, noFirst, noNoise, noPower); err != nil {
		return nil, err
	}
	for j := range n {
		if !(first[j] > 0) || !(noise[j] > 0) {
			return nil, fmt.Errorf("the noise of flux %d has variances %g and %g; expected numbers above 0", j, first[j], noise[j])
		}
	}
	net, _, err := nn.Load(c.network(d, n), s)
	if err != nil {
		return nil, err
	}
	m := newMember(gaussian.Model{Mean: mean, Basis: basis, Noise: first, Power: [2]float32(power)}, c.Linear, net, noise)
	return m, s.Only(tensorNames(m)...)
}

// tensorNames returns the names of a generator's tensors.
func tensorNames(m *member) []string {
	names := []string{"mean", "basis", "first_noise", "noise", "power"}
	for _, t := range m.net.State(0) {
		names = append(names, t.Name)
	}
	return names
}
