package datasets

import (
	"context"

	"sedlab/internal/kind"
)

// StepKind is a preprocessing step that a spec can name.
type StepKind = kind.Kind[Step]

// Step is a preprocessing step with its own keys: a pointer to a struct with the
// tags of package yamlpos. Steps prepare signals before they are normalised.
type Step interface {
	// Check returns what is wrong with the keys for signals with a number of fluxes, 0
	// if unknown.
	Check(fluxes int) []KeyError
	// Apply returns the data after the step, with the same signals in the same rows. It
	// learns from the signals in train alone; any other signal affects only itself. It
	// does not change s, but the result may share memory with s. seed names the step's
	// random streams. An error is an *InputError about data that do not suit the step,
	// or ctx's own.
	Apply(ctx context.Context, s *Set, train []int, seed uint64) (*Set, error)
}
