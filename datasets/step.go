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
	// Check returns what is wrong with the keys for signals of so many fluxes, 0
	// where that is not known.
	Check(fluxes int) []KeyError
	// Apply returns the data after the step, with the same signals in the same rows.
	// What it learns from the data, it learns from the signals in train alone, and
	// from each other signal for that signal alone. It does not change s, but what
	// it returns may share memory with s. seed names the step's random streams. Its
	// error is an *InputError where the data do not suit the step, or ctx's own.
	Apply(ctx context.Context, s *Set, train []int, seed uint64) (*Set, error)
}
