package operators

import "fmt"

// Denoising is the identity: every flux is measured, and only noise is left to remove
// (paper, §3.3).
var Denoising = Kind{
	Name:    "denoising",
	Doc:     "measures every flux; only the noise is to be removed",
	Version: 1,
	New:     func() Config { return new(DenoisingConfig) },
}

// DenoisingConfig has a missing fraction, so that sweeps over operators can give it to
// each. It must be 0.
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

// Family returns the identity for every signal.
func (c *DenoisingConfig) Family(grid []float64, seed uint64) (Family, error) {
	observed := make([]bool, len(grid))
	for i := range observed {
		observed[i] = true
	}
	identity := newSelection(observed)
	return func(int) Operator { return identity }, nil
}
