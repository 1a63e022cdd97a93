package solvers

import (
	"context"

	"sedlab/priors"
)

// Projection minimises ‖A G(z) − y‖²/m with z on the unit sphere (paper, eq. 3).
// For affine priors it is plain least squares.
var Projection = Kind{
	Name:    "projection",
	Doc:     "minimises ‖A G(z) − y‖²/m with z on the unit sphere (paper, eq. 3); plain least squares for affine priors",
	Version: 1,
	New:     func() Config { return new(ProjectionConfig) },
}

// ProjectionConfig holds the keys of Projection.
type ProjectionConfig struct{ Adam }

var _ Penalizer = (*ProjectionConfig)(nil)

// CheckPrior also refuses generators whose codes may have left the sphere.
func (c *ProjectionConfig) CheckPrior(p priors.Config) []KeyError {
	if free, ok := p.(priors.FreeCoder); ok && free.FreeCodes() != "" {
		return []KeyError{{Key: free.FreeCodes(), Problem: "lets codes leave the unit sphere, on which solver.method: " + Projection.Name +
			" searches; expected solver.method: " + Regularization.Name}}
	}
	return c.Adam.CheckPrior(p)
}

// Solve minimises the objective for each measurement.
func (c *ProjectionConfig) Solve(ctx context.Context, prior priors.Prior, ms []Measurement, seed uint64) ([]Estimate, error) {
	return c.solve(ctx, prior, ms, objective{seed: seed, project: true})
}

// Penalty says that codes are on the unit sphere.
func (c *ProjectionConfig) Penalty() (lambda float64, sphere bool) { return 0, true }
