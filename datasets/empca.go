package datasets

import (
	"context"
	"runtime"

	"sedlab/internal/gappy"
)

// EMPCA fills gaps with components that take the errors of fluxes into account.
var EMPCA = StepKind{
	Name: "empca",
	Doc: "Replaces the infilled fluxes by the components of weighted expectation maximisation (Bailey 2012, PASP 124, 1015), fitted to the training signals. " +
		"The weights are the data's inverse variances, or equal if it has none.",
	Version: 1,
	New:     func() Step { return new(EMPCAConfig) },
}

// EMPCAConfig holds the keys of EMPCA.
type EMPCAConfig struct {
	Components int  `spec:"components" default:"10" range:"[1,50]" doc:"number of components, of which the first is much like a mean"`
	Iterations int  `spec:"iterations" default:"20" range:"[1,1000]" doc:"how often coefficients and components are fitted in turn"`
	Robust     bool `spec:"robust" default:"true" doc:"outliers get less weight, by Cauchy's function, and coefficients that a signal's gaps leave undetermined are kept near zero"`
}

// Check requires a flux for each component.
func (c *EMPCAConfig) Check(fluxes int) []KeyError { return checkComponents(c.Components, fluxes) }

// Fit fits components to the signals in train, nil for all. The mean is zero, and the
// coefficients are those of the signals in the order of train. An error is an *InputError or
// ctx's.
func (c *EMPCAConfig) Fit(ctx context.Context, s *Set, train []int) (*gappy.Fit, error) {
	fit, err := gappy.EM(ctx, s.gappy(train), c.options())
	return fit, s.gapError(ctx, err)
}

func (c *EMPCAConfig) options() gappy.Options {
	return gappy.Options{Components: c.Components, Iterations: c.Iterations, Robust: c.Robust, Workers: runtime.GOMAXPROCS(0)}
}

// Apply fills the training signals as the fit to them does, and each other signal with the
// same components. Signals of which nothing but zeros was measured become zero. Data
// without infilled fluxes stay as they are.
func (c *EMPCAConfig) Apply(ctx context.Context, s *Set, train []int, _ uint64) (*Set, error) {
	return s.fillGaps(ctx, train,
		func(train []int) (*gappy.Fit, error) { return c.Fit(ctx, s, train) },
		func(m *gappy.Model, d gappy.Data) (*gappy.Fit, error) { return m.FitWeighted(ctx, d, c.options()) })
}
