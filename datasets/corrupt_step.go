package datasets

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Corrupt damages training signals before other steps see them.
var Corrupt = StepKind{
	Name:    "corrupt",
	Doc:     "Damages training signals, as dataset.corrupt does but before the next steps, which see what was hidden as not measured.",
	Version: 1,
	New:     func() Step { return new(CorruptConfig) },
}

// CorruptConfig holds the keys of Corrupt. Noise is in units of each signal's root mean square.
type CorruptConfig struct{ Corruption }

// Check refuses a corruption that leaves nothing.
func (c *CorruptConfig) Check(fluxes int) []KeyError {
	if fluxes == 0 {
		return nil
	}
	if _, err := c.Corruptor(fluxes, 0); err != nil {
		return []KeyError{{Key: "missing_fraction", Problem: err.Error()}}
	}
	return nil
}

// Apply damages copies of the signals in train. Hidden fluxes are infilled with the mean of the
// others. The noise adds to the variances, if these are known.
func (c *CorruptConfig) Apply(ctx context.Context, s *Set, train []int, seed uint64) (*Set, error) {
	n := s.Dim()
	corrupt, err := c.Corruptor(n, seed)
	if err != nil {
		return nil, inputError(ctx, InputError{Path: s.Name}, fmt.Errorf("step corrupt: missing_fraction: %w", err))
	}
	out := *s
	out.Flux, out.Ivar, out.Infilled = slices.Clone(s.Flux), slices.Clone(s.Ivar), make([]bool, len(s.Flux))
	copy(out.Infilled, s.Infilled)
	for _, i := range train {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x := out.Signal(i)
		size := rms(x)
		if !(size > 0) || math.IsInf(size, 0) {
			continue // it cannot be used
		}
		for j, v := range x {
			x[j] = float32(float64(v) / size)
		}
		damage := corrupt(x, i)
		damage.Variance *= size * size
		for j, v := range x {
			x[j] = float32(float64(v) * size)
		}
		damage.mark(out.InfilledRow(i), out.IvarRow(i))
	}
	if !slices.Contains(out.Infilled, true) {
		out.Infilled = s.Infilled
	}
	return &out, nil
}
