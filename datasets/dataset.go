// Package datasets holds the signals that experiments work on: the sources that they come
// from, the steps that prepare them, how each signal is normalised, and which signals
// train a prior and which evaluate it. Package datasettest is the contract that sources
// and steps must meet.
//
// A fault in a file is an InputError that names the file and the array. An unusable
// signal keeps its row, and Set.Bad says why it is unusable.
package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Set is a data set of N signals on one wavelength grid of n fluxes. A signal's
// identity is its row, from 0.
type Set struct {
	Name       string
	Wavelength []float64 // n, Å, ascending, in vacuum or air as in the source
	Rest       bool      // Wavelength is that at rest, and not as observed
	Flux       []float32 // N×n, one signal a row
	Scale      []float64 // N, so that signal i is Flux·Scale[i] in the source's units; nil: all 1. See SetFluxes
	Infilled   []bool    // N×n: fluxes that the data set did not measure; nil if it measured all
	Ivar       []float32 // N×n, inverse variances 1/σ² of Flux, in its unit, and 0 where infilled; nil if the errors are unknown
	Truth      []float32 // N×n, the signals without noise, in the unit of Flux; nil if they are unknown
	Names      []string  // N, the names of the spectra that signals are from; nil if they have none
	Redshift   []float64 // N, NaN where unknown; nil if the data set has none
	Group      []string  // N, what signals are of, such as the object observed; "" where unknown; nil if nothing is known
	Side       []string  // N, a given split: train, validation, test, or "" for none of them; nil if none is given
	Norm       []float64 // N, what Normalize divided each signal by; nil before
	SHA256     string    // hex, of the source's file, or of its fluxes if it has no file
	Dropped    []Dropped // spectra that were left out

	array  string // the array of a file that the fluxes are from; empty if there is none
	bad    map[int]string
	copyOf map[int]int // of copies, the first signal with the same fluxes; see CopyOf
}

// Len returns N, the number of signals.
func (s *Set) Len() int { return len(s.Flux) / s.Dim() }

// Dim returns n, the number of fluxes of a signal.
func (s *Set) Dim() int { return len(s.Wavelength) }

// Signal returns the n fluxes of signal i, sharing memory with s.
func (s *Set) Signal(i int) []float32 {
	n := s.Dim()
	return s.Flux[i*n : (i+1)*n : (i+1)*n]
}

// InfilledRow returns which fluxes of signal i are infilled, sharing memory with s. It
// returns nil if the data set measured all.
func (s *Set) InfilledRow(i int) []bool {
	if s.Infilled == nil {
		return nil
	}
	n := s.Dim()
	return s.Infilled[i*n : (i+1)*n : (i+1)*n]
}

// IvarRow returns the inverse variances of signal i, sharing memory with s. It returns nil
// if they are unknown.
func (s *Set) IvarRow(i int) []float32 {
	if s.Ivar == nil {
		return nil
	}
	n := s.Dim()
	return s.Ivar[i*n : (i+1)*n : (i+1)*n]
}

// TruthRow returns signal i without noise, sharing memory with s. It returns nil if that is
// unknown.
func (s *Set) TruthRow(i int) []float32 {
	if s.Truth == nil {
		return nil
	}
	n := s.Dim()
	return s.Truth[i*n : (i+1)*n : (i+1)*n]
}

// Bad returns why signal i cannot be used, such as "zero norm", or "".
func (s *Set) Bad(i int) string { return s.bad[i] }

// InputError is an unusable data set that the spec is not to blame for: the file is
// missing, broken or of another format. The error of a missing file wraps fs.ErrNotExist.
type InputError struct {
	Source    string // its name; empty if unknown
	Path      string // of the file; empty if there is none
	Fetchable bool   // the source is a Fetcher
	Err       error
}

// Error names the file, or the source if there is no file.
func (e *InputError) Error() string {
	name := e.Path
	if name == "" {
		name = e.Source
	}
	return fmt.Sprintf("dataset %s: %v", name, e.Err)
}

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

// inputError returns err, unless it is nil, as an InputError without a path that the
// cause repeats, or ctx's own error if the load was called off.
func inputError(ctx context.Context, e InputError, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if pathErr := new(fs.PathError); errors.As(err, &pathErr) && pathErr.Path == e.Path {
		err = pathErr.Err
	}
	e.Err = err
	return &e
}
