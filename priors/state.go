package priors

import (
	"fmt"

	"sedlab/internal/safetensors"
)

// State is a prior, or a training under way, as a file keeps it: arrays by name,
// and metadata, in the safetensors format.
type State = safetensors.File

// Tensor is a named array of a State.
type Tensor = safetensors.Tensor

// Keeper is a prior that can be kept in a file. Its config's Open restores it, bit
// for bit.
type Keeper interface {
	Prior
	// State returns what the prior is made of. It shares the prior's memory and
	// must not be changed.
	State() *State
}

// Checkpoint keeps the state of a training, so that it can go on where it was
// interrupted. It belongs to one training: of one config, version and data.
type Checkpoint interface {
	// Restore returns what was saved last, or nil where nothing was. The training
	// takes over its memory. Train returns an error for a state that does not fit
	// config and data.
	Restore() *State
	// Due reports whether it is time to save. It is asked after every epoch. An
	// interrupted training saves what it has even if none is due.
	Due() bool
	// Save writes the state before it returns, because the training goes on to
	// change its memory. An error ends the training.
	Save(*State) error
}

// The keys of a state's metadata and the format of a prior's.
const (
	formatKey   = "format"
	kindKey     = "kind"
	priorFormat = "sedlab prior 1"
)

// NewState returns the state of a prior of the kind of that name.
func NewState(kind string, tensors ...Tensor) *State {
	return &State{Metadata: map[string]string{formatKey: priorFormat, kindKey: kind}, Tensors: tensors}
}

// CheckState returns an error unless s is the state of a prior of the kind of
// that name. It does not look at the tensors: State.Only and Float32s do that.
func CheckState(s *State, kind string) error {
	for _, want := range []struct{ key, value string }{{formatKey, priorFormat}, {kindKey, kind}} {
		if got := s.Metadata[want.key]; got != want.value {
			return fmt.Errorf("metadata %q: %.60q, expected %q", want.key, got, want.value)
		}
	}
	return nil
}
