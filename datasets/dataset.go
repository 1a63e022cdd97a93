// Package datasets holds the signals that experiments work on: the sources that
// they come from, the steps that prepare them, how each signal is normalised, and
// which signals train a prior and which evaluate it. Package datasettest is the
// contract that sources and steps are held to.
//
// A fault in a file is an InputError that names the file and the array. A signal
// that cannot be used keeps its row, and Set.Bad says why.
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
	Wavelength []float64 // n, Å, in vacuum or air as the source has it, ascending
	Flux       []float32 // N×n, one signal a row
	Infilled   []bool    // N×n: fluxes that the data set did not measure; nil if it measured all
	Redshift   []float64 // N, NaN where unknown; nil if the data set has none
	Norm       []float64 // N, what Normalize divided each signal by; nil before
	SHA256     string    // hex, as the source loads it: of the file, or of the fluxes where there is no file

	bad map[int]string
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

// InfilledRow returns which fluxes of signal i are infilled, sharing memory
// with s, or nil if the data set measured all.
func (s *Set) InfilledRow(i int) []bool {
	if s.Infilled == nil {
		return nil
	}
	n := s.Dim()
	return s.Infilled[i*n : (i+1)*n : (i+1)*n]
}

// Bad returns why signal i cannot be used, such as "zero norm", or "".
func (s *Set) Bad(i int) string { return s.bad[i] }

// InputError is a data set that cannot be used through no fault of the spec: its
// file is missing, broken or of another format. A missing file's error wraps
// fs.ErrNotExist.
type InputError struct {
	Source    string // its name; empty where it is not known
	Path      string // the file; empty where there is none
	Fetchable bool   // the source is a Fetcher
	Err       error
}

// Error names the file, or the source where there is none.
func (e *InputError) Error() string {
	name := e.Path
	if name == "" {
		name = e.Source
	}
	return fmt.Sprintf("dataset %s: %v", name, e.Err)
}

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

// inputError makes err, unless nil, a data set's fault, or ctx's own if the load
// was called off. It leaves out a path that the cause repeats.
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
