package priors

import (
	"fmt"

	"sedlab/internal/safetensors"
)

// State is a prior, or a training under way, as files hold it: named arrays and metadata
// in the safetensors format.
type State = safetensors.File

// Tensor is a named array of a State.
type Tensor = safetensors.Tensor

// Keeper is a prior that a file can hold. Its config's Open restores it bit for bit.
type Keeper interface {
	Prior
	// State returns everything the prior consists of. It shares the prior's memory and
	// must not be changed.
	State() *State
}

// Checkpoint keeps the state of a training, so that it can go on after an interruption.
// It belongs to a single training, with one config, version and data set.
type Checkpoint interface {
	// Restore returns what was saved last, or nil if nothing was. The training takes over
	// its memory. Train returns an error for a state that does not fit config and data.
	Restore() *State
	// Due reports whether it is time to save. Trainings call it after every epoch. When
	// interrupted, they save even if no checkpoint is due.
	Due() bool
	// Save writes the state before it returns, because the training then changes its
	// memory. An error ends the training.
	Save(*State) error
}

// The keys of a state's metadata and the format of a prior's.
const (
	formatKey   = "format"
	kindKey     = "kind"
	priorFormat = "sedlab prior 1"
)

// NewState returns the state of a prior of a kind.
func NewState(kind string, tensors ...Tensor) *State {
	return &State{Metadata: map[string]string{formatKey: priorFormat, kindKey: kind}, Tensors: tensors}
}

// CheckState returns an error unless s is the state of a prior of a kind. State.Only and
// Float32s check the tensors.
func CheckState(s *State, kind string) error {
	for _, want := range []struct{ key, value string }{{formatKey, priorFormat}, {kindKey, kind}} {
		if got := s.Metadata[want.key]; got != want.value {
			return fmt.Errorf("metadata %q: %.60q, expected %q", want.key, got, want.value)
		}
	}
	return nil
}
