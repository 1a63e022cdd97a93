package priors

import "context"

// Inferrer is a prior that infers signals from measurements by itself. Solvers leave that to
// it, whatever their method.
type Inferrer interface {
	Prior
	// Infer returns what is known of each signal after its measurement, on the calling
	// goroutine. No result depends, in any bit, on other measurements. All randomness comes from
	// streams named by seed and Measurement.Signal. Infer returns ctx's error soon after ctx is
	// done.
	Infer(ctx context.Context, ms []Measurement, seed uint64) ([]Inferred, error)
	// AtRandom reports whether Infer reads its seed. It may be asked of a zero value.
	AtRandom() bool
}

// Evident is an Inferrer that knows Inferred.Evidence.
type Evident interface {
	Inferrer
	// Evident does nothing. It may be called on a zero value.
	Evident()
}

// Fitter is a prior that is fitted to the problem at hand, before it infers signals.
type Fitter interface {
	Inferrer
	// Fit returns the prior for problems such as those of known signals, on the calling
	// goroutine. seed names the same streams as in Infer.
	Fit(ctx context.Context, known []Known, seed uint64) (Inferrer, error)
}

// Known is a measurement of a signal that is known.
type Known struct {
	Measurement
	Flux   []float32 // n, the signal in the scale of the measurement
	Counts []bool    // n, the fluxes in which errors count
}

// Linear is an m×n matrix A, as operators are.
type Linear interface {
	Dims() (m, n int)
	Apply(dst, x []float32)   // dst[m] = A x[n]
	Adjoint(dst, y []float32) // dst[n] = Aᵀ y[m]
}

// Measurement is what is known about one signal: y = A x + η, or s·A x + η with an unknown
// scale s > 0.
type Measurement struct {
	Signal    int // identity, which names random streams
	Op        Linear
	Y         []float32 // m measurements; what does not count may be anything
	Precision []float32 // m inverse variances 1/σ² of Y, 0 for those that do not count; nil if unknown
	FreeScale bool
}

// Counts reports whether measurement j counts.
func (m Measurement) Counts(j int) bool { return m.Precision == nil || m.Precision[j] > 0 }

// Inferred is what is known of one signal after a measurement.
type Inferred struct {
	X     []float32 // n, the posterior mean
	Sigma []float32 // n, the posterior standard deviations of the signal without noise; nil if there are none
	// Noise is the standard deviation of the noise of n fluxes of such signals in the data,
	// which Sigma does not include; nil if it is unknown.
	Noise      []float32
	Code       []float32 // the posterior mean of the code; nil if there is none
	Scale      float64   // s; 1 if it is not free
	Evidence   float64   // log p(y), NaN if unknown
	Iterations int
	Converged  bool
}
