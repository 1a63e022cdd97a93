package nn

import (
	"fmt"
	"slices"

	"sedlab/internal/f32"
	"sedlab/internal/safetensors"
)

// Adam's moments are named by their parameter, followed by torch.optim.Adam's names.
const (
	meanSuffix   = ".exp_avg"
	squareSuffix = ".exp_avg_sq"
	stepName     = "step"
)

// Steps returns the number of steps taken.
func (t *Trainer) Steps() int64 { return int64(t.steps) }

// State returns a copy of the state that the next step needs in addition to the network:
// Adam's moments and the number of steps taken.
func (t *Trainer) State() []safetensors.Tensor {
	state := []safetensors.Tensor{{Name: stepName, Shape: []int{}, Data: []int64{t.Steps()}}}
	for m := range t.moments {
		var data []float32
		if m.strips {
			data = make([]float32, m.shape[0]*m.shape[1])
			f32.UnpackStrips(data, m.data, m.shape[0], m.shape[1])
		} else {
			data = slices.Clone(m.data)
		}
		state = append(state, safetensors.Tensor{Name: m.name, Shape: m.shape, Data: data})
	}
	return state
}

// Restore takes over the State of another trainer of the same network, which must be
// among the tensors of f. The next steps are then bit for bit those of that trainer.
func (t *Trainer) Restore(f *safetensors.File) error {
	steps, err := f.Int64s(stepName)
	if err != nil {
		return err
	}
	if steps[0] < 0 || int64(int(steps[0])) != steps[0] {
		return fmt.Errorf("tensor %q: %d, expected a number of steps", stepName, steps[0])
	}
	t.steps = int(steps[0])
	for m := range t.moments {
		data, err := f.Float32s(m.name, m.shape...)
		if err != nil {
			return err
		}
		if m.strips {
			f32.PackStrips(m.data, data, m.shape[0], m.shape[1])
		} else {
			copy(m.data, data)
		}
	}
	return nil
}

// moment is one of the two moments of a parameter.
type moment struct {
	name   string
	shape  []int
	data   []float32 // the trainer's own
	strips bool      // data holds the strips of a matrix of that shape
}

// moments yields the moments of every parameter.
func (t *Trainer) moments(yield func(moment) bool) {
	for i, l := range t.layers {
		params := t.net.arrays(i)
		for k, mo := range l.moments() {
			p := params[k]
			if !yield(moment{p.name + meanSuffix, p.shape, mo.m, k == 0}) ||
				!yield(moment{p.name + squareSuffix, p.shape, mo.v, k == 0}) {
				return
			}
		}
	}
}

// moments returns the moments of the layer's parameters, in the order of MLP.arrays:
// the weights' come first.
func (l *trainLayer) moments() []moments {
	if l.Norm != nil {
		return []moments{l.weights, l.gamma, l.beta}
	}
	return []moments{l.weights, l.bias}
}
