// Package operators holds the linear measurement operators A of y = A x + η (paper, eq.
// 1), each kind in its own file. Package operatortest is the contract that every kind
// must meet; operators in other modules can run it too.
package operators

import (
	"context"

	"sedlab/internal/kind"
)

// Operator is a linear map A from a signal of n fluxes to m measurements.
// Apply and Adjoint panic on slices of wrong length, do not keep their
// arguments, overwrite dst, and may be called from several goroutines at once.
type Operator interface {
	// Dims returns the number of measurements m and of fluxes n.
	Dims() (m, n int)
	// Apply sets dst[m] = A x[n].
	Apply(dst, x []float32)
	// Adjoint sets dst[n] = Aᵀ y[m].
	Adjoint(dst, y []float32)
}

// Selector is an operator whose measurements are some of the fluxes themselves.
// Observed has n entries, true where the flux is measured; it must not be changed.
type Selector interface {
	Operator
	Observed() []bool
}

// Sampler is an operator whose measurements are fluxes of its own at other wavelengths
// than the signal's: for example, those of coarser pixels. Wavelengths has m entries [Å];
// it must not be changed.
type Sampler interface {
	Operator
	Wavelengths() []float64
}

// Propagator is an operator that propagates variances: Variance sets dst[m] to those of A x
// for independent fluxes x with the given ones [n]: Σ_i A_ji² variance_i.
type Propagator interface {
	Operator
	Variance(dst, variance []float32)
}

// Family returns the operator that measures the signal with the given identity. Several
// goroutines may call it at once.
type Family func(signal int) Operator

// Kind is a kind of operator that a spec can name.
type Kind = kind.Kind[Config]

// KeyError is a problem with one key of an operator.
type KeyError = kind.KeyError

// Config is an operator's keys in a spec's problem section: a pointer to a tagged
// struct.
type Config interface {
	// Check returns what is wrong with the operator for signals on a grid of wavelengths
	// [Å]. The grid is nil while it is unknown.
	Check(grid []float64) []KeyError
	// Family returns the operators for signals on a grid. All randomness comes from
	// streams named by seed and signal. It returns an error for what Check refuses, and
	// ctx's if ctx ends first.
	Family(ctx context.Context, grid []float64, seed uint64) (Family, error)
}

// Sized is a Config whose operators hold more than a few numbers for each flux. Memory
// returns the memory [bytes] of a family for signals of n fluxes.
type Sized interface {
	Config
	Memory(n int) float64
}

// Seedless is a Config whose operators draw no random numbers: they do not depend on the
// seed.
type Seedless interface {
	Config
	Seedless()
}

// Propagating is a Config whose operators are Propagators.
type Propagating interface {
	Config
	Propagates()
}

// Leveler is a Config that knows how hard its problems are, on its own scale. For other
// operators the level is the amount of noise.
type Leveler interface {
	Config
	Level() float64
}
