package datasets

import (
	"context"
	"fmt"

	"sedlab/datasets/spectra"
)

// Columner is a Config whose data may have further columns.
type Columner interface {
	Config
	// Column returns the texts of a column, one for each signal of a set that Load returned.
	// It is an error if the data have changed since.
	Column(ctx context.Context, name string, set *Set) ([]string, error)
}

// Load reads or makes the signals of a source. The steps are for the spectra of a Preparer.
// The side of each signal is from a column if f names one. Errors without a file have the
// given name. It finds the signals that are copies of others. What the source returns is
// checked; an error is an *InputError, or ctx's own.
func Load(ctx context.Context, name string, c Config, steps []spectra.Step, f Fractions, seed uint64) (set *Set, err error) {
	if p, ok := c.(Preparer); ok {
		set, err = p.Prepare(ctx, steps)
	} else {
		set, err = c.Load(ctx, seed)
	}
	if err != nil {
		return nil, err
	}
	if err := set.Check(); err != nil {
		return nil, &InputError{Source: name, Err: err}
	}
	if f.Column != "" {
		if err := set.setSides(ctx, name, c, f.Column); err != nil {
			return nil, err
		}
	}
	set.findCopies()
	return set, nil
}

// setSides takes each signal's side from a column.
func (s *Set) setSides(ctx context.Context, name string, c Config, column string) (err error) {
	columns, ok := c.(Columner)
	if !ok {
		return &InputError{Source: name, Err: fmt.Errorf("has no column %q; its data have no further columns", column)}
	}
	if s.Side, err = columns.Column(ctx, column, s); err != nil {
		return err
	}
	if err := s.checkSides(); err != nil {
		return &InputError{Source: name, Err: fmt.Errorf("column %q: %w", column, err)}
	}
	return nil
}

// Inherit takes over what a preprocessing step does not change from the set before it.
func (s *Set) Inherit(before *Set) {
	s.Group, s.Side, s.Scale, s.array, s.copyOf = before.Group, before.Side, before.Scale, before.array, before.copyOf
	s.Names, s.Dropped, s.Rest = before.Names, before.Dropped, before.Rest
}
