// Package nn is the multilayer perceptron that generates signals. It follows
// PyTorch's definitions of torch.nn.Linear, BatchNorm1d, LeakyReLU and
// torch.optim.Adam. A Trainer changes a network step by step. Freeze turns it into
// the function that a solver evaluates and differentiates.
package nn

import (
	"math"
	"math/rand/v2"
	"slices"

	"sedlab/internal/f32"
)

// Config is the shape of a network. Each hidden layer is Linear → BatchNorm1d (if
// BatchNorm) → LeakyReLU; the output layer is Linear.
type Config struct {
	In        int
	Hidden    []int // widths of the hidden layers; may be empty
	Out       int
	BatchNorm bool
	Slope     float32 // of the leaky ReLU for negative values, in [0, 1)
}

// Weights returns the number of weights in the Linear layers. It predicts the memory and
// time that a network of this shape costs.
func (c Config) Weights() int {
	n, in := 0, c.In
	for _, out := range c.Hidden {
		n += in * out
		in = out
	}
	return n + in*c.Out
}

// Stored returns the number of weights including padding, as training and
// reconstruction store them.
func (c Config) Stored() int {
	n, in := 0, c.In
	for _, out := range c.Hidden {
		n += f32.StripsLen(out, in)
		in = out
	}
	return n + f32.StripsLen(c.Out, in)
}

// Features returns the number of values that the network computes per code.
func (c Config) Features() int {
	n := c.Out
	for _, out := range c.Hidden {
		n += out
	}
	return n
}

// MLP is a network and its parameters.
type MLP struct {
	Config
	Layers []Layer // the hidden layers, then the output layer
}

// Layer is y = W x + Bias, followed by Norm unless that is nil. The leaky ReLU after
// every layer but the last has no parameters.
type Layer struct {
	In, Out int
	W       []float32 // [Out × In]
	// Bias is nil before a BatchNorm, which would cancel it by subtracting the batch's
	// mean; Norm.Beta takes its place.
	Bias []float32
	Norm *Norm // nil on the output layer and in a network without BatchNorm
}

// Norm holds the parameters and running statistics of a BatchNorm1d.
type Norm struct {
	Gamma, Beta     []float32
	RunMean, RunVar []float32
}

// New returns a network with PyTorch's initial parameters: weights and biases
// uniform in ±1/√fan_in, BatchNorm as the identity.
func New(c Config, rnd *rand.Rand) *MLP {
	net := &MLP{Config: c}
	in := c.In
	for _, out := range c.Hidden {
		net.Layers = append(net.Layers, newLayer(in, out, c.BatchNorm, rnd))
		in = out
	}
	net.Layers = append(net.Layers, newLayer(in, c.Out, false, rnd))
	return net
}

func newLayer(in, out int, norm bool, rnd *rand.Rand) Layer {
	l := Layer{In: in, Out: out, W: uniform(in*out, in, rnd)}
	if norm {
		l.Norm = newNorm(out)
	} else {
		l.Bias = uniform(out, in, rnd)
	}
	return l
}

func newNorm(features int) *Norm {
	one := []float32{1}
	return &Norm{
		Gamma: slices.Repeat(one, features), Beta: make([]float32, features),
		RunMean: make([]float32, features), RunVar: slices.Repeat(one, features),
	}
}

// Clone returns a copy that shares no memory with the network.
func (net *MLP) Clone() *MLP {
	c := *net
	c.Hidden, c.Layers = slices.Clone(net.Hidden), slices.Clone(net.Layers)
	for i := range c.Layers {
		l := &c.Layers[i]
		l.W, l.Bias = slices.Clone(l.W), slices.Clone(l.Bias)
		if l.Norm != nil {
			l.Norm = &Norm{slices.Clone(l.Norm.Gamma), slices.Clone(l.Norm.Beta), slices.Clone(l.Norm.RunMean), slices.Clone(l.Norm.RunVar)}
		}
	}
	return &c
}

// uniform draws n values in ±1/√fanIn. It is PyTorch's kaiming_uniform with
// a = √5, which torch.nn.Linear uses.
func uniform(n, fanIn int, rnd *rand.Rand) []float32 {
	bound := 1 / math.Sqrt(float64(fanIn))
	w := make([]float32, n)
	for i := range w {
		w[i] = float32(bound * (2*rnd.Float64() - 1))
	}
	return w
}
