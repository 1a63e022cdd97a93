package spectra

import "sedlab/internal/kind"

// StepKind is a step that a spec can name.
type StepKind = kind.Kind[Step]

// KeyError is a problem with one key of a step.
type KeyError = kind.KeyError

// Step prepares single spectra: a pointer to a struct with the tags of package yamlpos.
type Step interface {
	// Check returns what is wrong with the keys.
	Check() []KeyError
	// Apply changes a spectrum in place. A *Drop as an error leaves the spectrum out of
	// the data set; any other error ends the conversion.
	Apply(s *Spectrum) error
}

// Drop is the reason why a spectrum is left out.
type Drop struct{ Reason string }

// Error returns the reason.
func (d *Drop) Error() string { return d.Reason }
