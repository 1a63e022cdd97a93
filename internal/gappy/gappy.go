// Package gappy finds the principal components of signals with gaps, and fills the gaps
// with them. Iterative fits them by astroML's iterative PCA, EM by Bailey's weighted
// expectation maximisation.
//
// Results do not depend on the number of workers, to the bit.
package gappy

import (
	"context"
	"errors"
	"fmt"
	"math"

	"sedlab/internal/f32"
)

// Data are signals of Dim values each. Only what was measured is read.
type Data struct {
	Flux    []float32 // rows of Dim values, finite where measured
	Missing []bool    // rows of Dim: what was not measured; nil if all was
	Weight  []float32 // rows of Dim inverse variances ≥ 0, for EM alone; nil if they are unknown
	Dim     int
	Rows    []int // the N rows that are meant; nil for all
}

// Len returns N, the number of signals.
func (d Data) Len() int {
	if d.Rows != nil {
		return len(d.Rows)
	}
	return len(d.Flux) / d.Dim
}

// row returns where signal i begins in Flux.
func (d Data) row(i int) int {
	if d.Rows != nil {
		i = d.Rows[i]
	}
	return i * d.Dim
}

func (d Data) flux(i int) []float32 { return d.Flux[d.row(i):][:d.Dim] }

// Options says what is fitted.
type Options struct {
	Components int // k, at least 1; astroML's n_ev
	Iterations int // at least 1; astroML's n_iter
	Workers    int // goroutines; 0 counts as 1

	// For EM alone.
	Centered bool // the components are about a mean, as in PCA; Bailey's are not
	Robust   bool // outliers get less weight; see EM
}

// Model is a mean and components, for signals of n values.
type Model struct {
	Mean  []float64 // n; zeros if the components are about zero
	Basis []float64 // k×n, orthonormal rows. A row is zero where the data have no further direction
	// Values are astroML's evals, k: the singular values of the normalised, filled signals
	// about their mean. After EM they are the square roots of Σ over signals of each
	// coefficient's square.
	Values []float64

	penalty []float64 // of coefficients' squares, in the unit of weights; EM's, else nil
}

// Fit is a model with what it says of N signals: signal i is about
// Norms[i]·(Mean + Σ_k Coeffs[i,k]·Basis[k]). A signal of which nothing but zeros was
// measured has zeros.
type Fit struct {
	*Model
	Norms  []float64 // N
	Coeffs []float64 // N×k
}

// UnmeasuredError says that a column was measured in no signal, signals of zeros aside.
type UnmeasuredError struct{ Column int }

// Error names the column.
func (e *UnmeasuredError) Error() string {
	return fmt.Sprintf("column %d was measured in no signal", e.Column)
}

// ErrEmpty says that no signal has a measured value other than zero.
var ErrEmpty = errors.New("no signal has a measured value other than zero")

// Fill replaces what is missing in dst by what the fit says. dst has the shape of d.Flux, and
// may be d.Flux itself; d are the signals that f was fitted to. Values beyond the range of
// float32 become its largest. The only error is ctx's.
func (f *Fit) Fill(ctx context.Context, dst []float32, d Data, workers int) error {
	if d.Missing == nil {
		return nil
	}
	gaps, n, k := findGaps(d), d.Dim, len(f.Values)
	basis, ld := paddedRows(f.Basis, k, n)
	c := newCrew(workers, ld)
	defer c.Close()
	return c.eachBlock(ctx, d.Len(), func(model []float64, lo, hi int) {
		f32.Product64(model, f.Coeffs[lo*k:], basis, hi-lo, k, ld, k, 1, false)
		for i := lo; i < hi; i++ {
			row := dst[d.row(i):][:n]
			for _, g := range gaps.of(i) {
				for j := g.lo; j < g.hi; j++ {
					row[j] = clip(f.Norms[i] * (f.Mean[j] + model[(i-lo)*ld+int(j)]))
				}
			}
		}
	})
}

func clip(v float64) float32 {
	return float32(max(-math.MaxFloat32, min(v, math.MaxFloat32)))
}

// paddedRows returns rows [k × n] as a panel [k × ld].
func paddedRows(rows []float64, k, n int) (panel []float64, ld int) {
	ld = f32.Pad64(n)
	panel = make([]float64, k*ld)
	for a := range k {
		copy(panel[a*ld:], rows[a*n:(a+1)*n])
	}
	return panel, ld
}

// fixSigns makes the entry of largest magnitude of each row of the basis positive, and
// returns the factors ±1 that do so.
func (m *Model) fixSigns() (signs []float64) {
	n := len(m.Mean)
	for a := range m.Values {
		row, largest := m.Basis[a*n:(a+1)*n], 0.0
		for _, v := range row {
			if math.Abs(v) > math.Abs(largest) {
				largest = v
			}
		}
		sign := math.Copysign(1, largest)
		for j := range row {
			row[j] *= sign
		}
		signs = append(signs, sign)
	}
	return signs
}
