package operators

import (
	"context"
	"fmt"
	"slices"
)

// Denoising is the identity: every flux is measured, and only noise is left to remove
// (paper, §3.3).
var Denoising = Kind{
	Name:    "denoising",
	Doc:     "measures every flux; only the noise is to be removed",
	Version: 1,
	New:     func() Config { return new(DenoisingConfig) },
}

// DenoisingConfig has a missing fraction, so that a sweep over operators can set it for
// each of them. Here it must be 0.
type DenoisingConfig struct {
	MissingFraction float64 `spec:"missing_fraction" default:"0" range:"[0,1)" doc:"hides no flux: must be 0"`
}

// Check refuses to hide fluxes.
func (c *DenoisingConfig) Check([]float64) []KeyError {
	if c.MissingFraction != 0 {
		return []KeyError{{Key: "missing_fraction", Problem: fmt.Sprintf("got %g, but denoising hides no flux; expected 0", c.MissingFraction)}}
	}
	return nil
}

// Propagates says that the identity is a Propagator.
func (c *DenoisingConfig) Propagates() {}

// Seedless says that the identity is the same for any seed.
func (c *DenoisingConfig) Seedless() {}

// Family returns the identity for every signal.
func (c *DenoisingConfig) Family(_ context.Context, grid []float64, seed uint64) (Family, error) {
	identity := newSelection(slices.Repeat([]bool{true}, len(grid)))
	return func(int) Operator { return identity }, nil
}
