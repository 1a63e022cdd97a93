// Package zero is the prior that knows nothing: every signal is zero. Under
// rms normalisation its error is 1, which the other priors are read against.
package zero

import (
	"context"

	"sedlab/priors"
)

// Kind is the entry of this prior in the list of kinds.
var Kind = priors.Kind{
	Name: "zero",
	Doc:  "every signal is zero: the error that the other priors are read against",
	New:  func() priors.Config { return new(Config) },
}

// Config is a zero prior's section of a spec. There is nothing to choose.
type Config struct{}

// Check finds nothing wrong.
func (*Config) Check(n, dim int) []priors.KeyError { return nil }

// Train returns a Prior; there is nothing to train.
func (*Config) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return Prior{dim: data.Dim}, nil
}

// Prior is the zero signal. It implements priors.Affine with an empty basis.
type Prior struct{ dim int }

var _ priors.Affine = Prior{}

// Dim returns n, the number of fluxes of a signal.
func (p Prior) Dim() int { return p.dim }

// Mean returns n zeros.
func (p Prior) Mean() []float32 { return make([]float32, p.dim) }

// Basis returns no rows.
func (p Prior) Basis() []float32 { return nil }
