// Package operators holds the linear measurement operators A of y = A x + η
// (paper, eq. 1) and the noise η. One file holds one operator; Kinds lists them.
package operators

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
