// Package zero is the prior without knowledge: every signal is zero. Under rms
// normalisation its error is 1, the reference for all other priors.
package zero

import (
	"cmp"
	"context"
	"fmt"

	"sedlab/priors"
)

const name = "zero"

// Kind is this prior's entry in the catalogue.
var Kind = priors.Kind{
	Name:    name,
	Doc:     "every signal is zero: the error that the other priors are read against",
	Version: 1,
	New:     func() priors.Config { return new(Config) },
}

// Config is a zero prior's section of a spec. There is nothing to choose.
type Config struct{}

// Check finds nothing wrong.
func (*Config) Check(n, dim int) []priors.KeyError { return nil }

// Seedless says that zero needs no random numbers.
func (*Config) Seedless() {}

// Train returns a Prior; there is nothing to train.
func (*Config) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return Prior{dim: data.Dim}, nil
}

// Blank returns a Prior.
func (*Config) Blank() priors.Prior { return Prior{} }

// Prior is the zero signal. It implements priors.Affine with an empty basis.
type Prior struct{ dim int }

var (
	_ priors.Opener = (*Config)(nil)
	_ priors.Affine = Prior{}
	_ priors.Keeper = Prior{}
)

// Dim returns n, the number of fluxes of a signal.
func (p Prior) Dim() int { return p.dim }

// Mean returns n zeros.
func (p Prior) Mean() []float32 { return make([]float32, p.dim) }

// Basis returns no rows.
func (p Prior) Basis() []float32 { return nil }

// State returns the tensor "mean" [n].
func (p Prior) State() *priors.State {
	return priors.NewState(name, priors.Tensor{Name: "mean", Shape: []int{p.dim}, Data: p.Mean()})
}

// Open returns the prior of a state.
func (*Config) Open(s *priors.State) (priors.Prior, error) {
	mean, noMean := s.Float32s("mean", -1)
	if err := cmp.Or(priors.CheckState(s, name), s.Only("mean"), noMean); err != nil {
		return nil, err
	}
	for i, v := range mean {
		if v != 0 {
			return nil, fmt.Errorf(`tensor "mean": flux %d is %g, expected 0`, i, v)
		}
	}
	return Prior{dim: len(mean)}, nil
}
