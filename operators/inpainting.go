package operators

import (
	"context"

	"sedlab/internal/rng"
)

// Inpainting hides one contiguous window of fluxes (paper, §3.3). Every position of the
// window is equally likely. For one signal the windows at growing fractions are nested.
var Inpainting = Kind{
	Name:    "inpainting",
	Doc:     "hides one contiguous window of fluxes, at a random place for each signal",
	Version: 1,
	New:     func() Config { return new(InpaintingConfig) },
}

// InpaintingConfig holds the keys of Inpainting.
type InpaintingConfig struct{ Hiding }

// Family returns the operators of Config.
func (c *InpaintingConfig) Family(_ context.Context, grid []float64, seed uint64) (Family, error) {
	n := len(grid)
	k := c.hidden(n)
	return func(signal int) Operator {
		// ⌊u·(n−k+1)⌋ falls by at most 1 when k grows by 1, so windows nest.
		u := rng.Uniform(seed, "operators/inpainting", uint64(signal))
		start := int(u * float64(n-k+1))
		observed := make([]bool, n)
		for i := range observed {
			observed[i] = i < start || i >= start+k
		}
		return newSelection(observed)
	}, c.refused()
}
