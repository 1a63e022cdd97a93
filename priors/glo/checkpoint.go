package glo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sedlab/internal/nn"
	"sedlab/priors"
)

// checkpointMetadata returns the metadata of checkpoints of a network of shape c. No
// prior's Open takes this format.
func checkpointMetadata(c nn.Config) map[string]string {
	return map[string]string{"format": "sedlab checkpoint 1", "kind": name, architectureKey: describe(c)}
}

// history is what a training has reported, by epoch.
type history struct {
	loss    []float64 // in the units of the data
	seconds []float64 // since the training began

	validation []float64 // the loss of each validation
}

// state returns everything that later epochs depend on, and the history. There is no
// random state: orders and initial codes come from streams named by seed and epoch. Some
// of the state shares the training's memory.
func (t *loop) state() *priors.State {
	c, net := t.codes, t.trainer.Network()
	shape := []int{len(c.steps), c.dim}
	s := &priors.State{Metadata: checkpointMetadata(net.Config)}
	s.Tensors = append(net.State(t.trainer.Steps()), t.trainer.State()...)
	s.Tensors = append(s.Tensors,
		priors.Tensor{Name: "codes", Shape: shape, Data: c.z},
		priors.Tensor{Name: "codes.exp_avg", Shape: shape, Data: c.m},
		priors.Tensor{Name: "codes.exp_avg_sq", Shape: shape, Data: c.v},
		priors.Tensor{Name: "codes.step", Shape: shape[:1], Data: c.steps},
		priors.Tensor{Name: "loss", Shape: []int{len(t.loss)}, Data: t.loss},
		priors.Tensor{Name: "seconds", Shape: []int{len(t.seconds)}, Data: t.seconds})
	if t.validates {
		s.Tensors = append(s.Tensors, priors.Tensor{Name: "validation_loss", Shape: []int{len(t.validation)}, Data: t.validation})
	}
	if t.best != nil {
		for _, tensor := range t.best.State().Tensors {
			tensor.Name = bestPrefix + tensor.Name
			s.Tensors = append(s.Tensors, tensor)
		}
	}
	return s
}

// bestPrefix is what the names of the best generator's tensors begin with.
const bestPrefix = "best/"

// save keeps the training in keep, if not nil, when a checkpoint is due or this is the
// last chance.
func (t *loop) save(ctx context.Context, keep priors.Checkpoint) error {
	if keep == nil || !keep.Due() && ctx.Err() == nil {
		return nil
	}
	if err := keep.Save(t.state()); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// resume returns the training that goes on from a state. It shares memory with std.
func (c *Config) resume(s *priors.State, std standard, workers int) (*loop, error) {
	shape := c.network(len(std.mean))
	want := checkpointMetadata(shape)
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if got := s.Metadata[key]; got != want[key] {
			return nil, fmt.Errorf("metadata %q: %.200q, expected %q", key, got, want[key])
		}
	}
	codes, err := loadCodes(s, len(std.flux)/len(std.mean), c)
	if err != nil {
		return nil, err
	}
	past, err := loadHistory(s, c.Training)
	if err != nil {
		return nil, err
	}
	net, counted, err := nn.Load(shape, s)
	if err != nil {
		return nil, err
	}
	t := newLoop(c, net, codes, std, workers)
	t.history = past
	if err = t.trainer.Restore(s); err == nil && c.Training.Validation.Patience > 0 && len(past.validation) > 0 {
		t.best, err = c.loadBest(s, shape, len(codes.steps))
	}
	if err == nil {
		err = s.Only(tensorNames(t.state())...)
	}
	if steps := t.trainer.Steps(); err == nil && shape.BatchNorm && len(shape.Hidden) > 0 && counted != steps {
		err = fmt.Errorf("BatchNorm counts %d steps, Adam %d", counted, steps)
	}
	if err != nil {
		t.trainer.Close()
		return nil, err
	}
	return t, nil
}

func loadCodes(s *priors.State, n int, config *Config) (c *codes, err error) {
	dim := config.CodeDim
	c = &codes{dim: dim, sphere: config.Sphere}
	for _, a := range []struct {
		name string
		data *[]float32
	}{{"codes", &c.z}, {"codes.exp_avg", &c.m}, {"codes.exp_avg_sq", &c.v}} {
		if *a.data, err = s.Float32s(a.name, n, dim); err != nil {
			return nil, err
		}
	}
	if c.steps, err = s.Int64s("codes.step", n); err == nil && slices.Min(c.steps) < 0 {
		err = fmt.Errorf(`tensor "codes.step": %d, expected numbers of steps`, slices.Min(c.steps))
	}
	return c, err
}

// loadBest returns the best generator of a training of n signals.
func (c *Config) loadBest(s *priors.State, shape nn.Config, n int) (*Prior, error) {
	best := priors.NewState(name)
	best.Metadata[architectureKey] = describe(shape)
	for _, t := range s.Tensors {
		if rest, ok := strings.CutPrefix(t.Name, bestPrefix); ok {
			t.Name = rest
			best.Tensors = append(best.Tensors, t)
		}
	}
	p, err := c.Open(best)
	if err == nil && len(p.(*Prior).Codes()) != n*c.CodeDim {
		err = fmt.Errorf("%d codes, expected %d", len(p.(*Prior).Codes())/c.CodeDim, n)
	}
	if err != nil {
		return nil, fmt.Errorf("the best generator: %w", err)
	}
	return p.(*Prior), nil
}

func loadHistory(s *priors.State, c Training) (h history, err error) {
	if h.loss, err = s.Float64s("loss", -1); err != nil {
		return h, err
	}
	if len(h.loss) > c.Epochs {
		return h, fmt.Errorf("has %d epochs, the training %d", len(h.loss), c.Epochs)
	}
	if h.seconds, err = s.Float64s("seconds", len(h.loss)); err == nil && c.Validation.Every > 0 {
		h.validation, err = s.Float64s("validation_loss", c.Validation.Count(len(h.loss)))
	}
	return h, err
}
