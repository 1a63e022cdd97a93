// Package figures has the kinds of figure that a report can show, one a file: the
// keys that it has in a spec, what can be wrong with them, and how it is drawn.
package figures

import (
	"sedlab/internal/kind"
	"sedlab/reports"
)

// Kind is one kind of figure.
type Kind = kind.Kind[Config]

// Config is the keys of one figure of a spec, but for the one that names its kind.
type Config interface {
	// Check returns what is wrong with the figure in a spec of a sweep.
	Check(Sweep) []KeyError
	// Draw makes the figure from a run's rows. An error says why they do not give one.
	Draw(reports.Run) (*reports.Drawn, error)
}

// KeyError is a problem with one key of a figure.
type KeyError = kind.KeyError

// Figure is one figure of a spec.
type Figure struct {
	Kind string
	Config
}

// Name returns the name of the figure's kind.
func (f Figure) Name() string { return f.Kind }
