package nn

import (
	"fmt"
	"strconv"

	"sedlab/internal/safetensors"
)

// array is a parameter or running statistic of a network, with its name and shape in
// the state_dict of
//
//	torch.nn.Sequential(Linear(bias=False), BatchNorm1d, LeakyReLU, …, Linear)
//
// or, without BatchNorm, of Sequential(Linear, LeakyReLU, …, Linear).
type array struct {
	name  string
	shape []int
	data  *[]float32
}

func (a array) tensor() safetensors.Tensor {
	return safetensors.Tensor{Name: a.name, Shape: a.shape, Data: *a.data}
}

// arrays lists the arrays of layer i, parameters first and in the order of
// trainLayer.moments.
func (net *MLP) arrays(i int) []array {
	l, linear := &net.Layers[i], strconv.Itoa(i*net.modules())
	list := []array{{linear + ".weight", []int{l.Out, l.In}, &l.W}}
	if l.Norm == nil {
		return append(list, array{linear + ".bias", []int{l.Out}, &l.Bias})
	}
	norm, features := net.normName(i), []int{l.Out}
	return append(list,
		array{norm + ".weight", features, &l.Norm.Gamma},
		array{norm + ".bias", features, &l.Norm.Beta},
		array{norm + ".running_mean", features, &l.Norm.RunMean},
		array{norm + ".running_var", features, &l.Norm.RunVar})
}

// modules returns the number of PyTorch modules in a hidden layer.
func (c Config) modules() int {
	if c.BatchNorm {
		return 3
	}
	return 2
}

func (c Config) normName(i int) string { return strconv.Itoa(i*c.modules() + 1) }

// State returns the network as the tensors of PyTorch's state_dict, which share its
// memory. steps is the number of training steps so far; it becomes each BatchNorm1d's
// num_batches_tracked.
func (net *MLP) State(steps int64) []safetensors.Tensor {
	var state []safetensors.Tensor
	for i := range net.Layers {
		for _, a := range net.arrays(i) {
			state = append(state, a.tensor())
		}
		if net.Layers[i].Norm != nil {
			state = append(state, safetensors.Tensor{
				Name: net.normName(i) + ".num_batches_tracked", Shape: []int{}, Data: []int64{steps},
			})
		}
	}
	return state
}

// Load returns the network of shape c whose State is among the tensors of f, and the
// number of its training steps. Without BatchNorm that number is 0, because only
// BatchNorm counts steps. The network shares memory with f. Other tensors are ignored.
func Load(c Config, f *safetensors.File) (net *MLP, steps int64, err error) {
	net = &MLP{Config: c}
	in := c.In
	for i, out := range append(append([]int{}, c.Hidden...), c.Out) {
		l := Layer{In: in, Out: out}
		if hidden := i < len(c.Hidden); hidden && c.BatchNorm {
			l.Norm = new(Norm)
		}
		net.Layers = append(net.Layers, l)
		in = out
		for _, a := range net.arrays(i) {
			if *a.data, err = f.Float32s(a.name, a.shape...); err != nil {
				return nil, 0, err
			}
		}
		if l.Norm == nil {
			continue
		}
		name := net.normName(i) + ".num_batches_tracked"
		n, err := f.Int64s(name)
		if err != nil {
			return nil, 0, err
		}
		if i > 0 && n[0] != steps {
			return nil, 0, fmt.Errorf("tensor %q: %d, expected %d as in the layers before it", name, n[0], steps)
		}
		steps = n[0]
	}
	return net, steps, nil
}
