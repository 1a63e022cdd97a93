package operators

import (
	"context"

	"sedlab/internal/measure"
)

// SuperResolution hides fluxes chosen at random throughout the signal (paper, §3.3). For
// one signal the hidden sets at growing fractions are nested.
var SuperResolution = Kind{
	Name:    "super_resolution",
	Doc:     "hides fluxes chosen at random throughout the signal, for each signal anew",
	Version: 1,
	New:     func() Config { return new(SuperResolutionConfig) },
}

// SuperResolutionConfig holds the keys of SuperResolution.
type SuperResolutionConfig struct{ Hiding }

// Family returns the operators of Config.
func (c *SuperResolutionConfig) Family(_ context.Context, grid []float64, seed uint64) (Family, error) {
	n := len(grid)
	return func(signal int) Operator {
		return newSelection(measure.Scattered(n, c.hidden(n), seed, signal))
	}, c.refused()
}
