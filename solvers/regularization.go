package solvers

import (
	"context"

	"sedlab/priors"
)

// Regularization minimises ‖A G(z) − y‖²/m + λ‖z‖² (paper, eq. 4). For affine priors it
// does so exactly.
var Regularization = Kind{
	Name:    "regularization",
	Doc:     "minimises ‖A G(z) − y‖²/m + λ‖z‖² (paper, eq. 4); exactly, for affine priors",
	Version: 1,
	New:     func() Config { return new(RegularizationConfig) },
}

// RegularizationConfig holds the keys of Regularization.
type RegularizationConfig struct {
	Adam
	Lambda float64 `spec:"lambda" default:"0.001" example:"0.01" range:"[0,inf)" doc:"weight λ of the penalty λ‖z‖²; the misfit beside it is a mean over measurements. Not comparable between priors: ‖z‖² is about 1 for a generator on the sphere, and about code_dim for pca, whose z are coefficients in units of their standard deviations"`
}

var (
	_ Penalizer   = (*RegularizationConfig)(nil)
	_ Unpenalizer = (*RegularizationConfig)(nil)
)

// Solve minimises the objective for each measurement.
func (c *RegularizationConfig) Solve(ctx context.Context, prior priors.Prior, ms []Measurement, seed uint64) ([]Estimate, error) {
	return c.solve(ctx, prior, ms, objective{seed: seed, lambda: c.Lambda})
}

// Penalty returns λ.
func (c *RegularizationConfig) Penalty() (lambda float64, sphere bool) { return c.Lambda, false }

// Unpenalized returns the method with λ = 0.
func (c *RegularizationConfig) Unpenalized() Config {
	free := *c
	free.Lambda = 0
	return &free
}
