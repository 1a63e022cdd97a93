package solvers

import (
	"context"
	"fmt"

	"sedlab/priors"
)

// GaussNewton minimises the objective of Projection (paper, eq. 3) or of Regularization (eq. 4)
// by damped Gauss-Newton steps (Levenberg 1944; Marquardt 1963). For affine priors it has their
// closed form.
var GaussNewton = Kind{
	Name:    "gauss_newton",
	Doc:     "minimises the objective of projection or regularization by damped Gauss-Newton steps (Levenberg-Marquardt), in far fewer steps than Adam; exactly, for affine priors",
	Version: 1,
	New:     func() Config { return new(GaussNewtonConfig) },
}

// GaussNewtonConfig holds the keys of GaussNewton.
type GaussNewtonConfig struct {
	Constraint string  `spec:"constraint" default:"projection" enum:"projection|regularization" doc:"whose objective is minimised: with codes on the unit sphere (paper, eq. 3), or with a penalty λ‖z‖² (eq. 4)"`
	Lambda     float64 `spec:"lambda" default:"0.001" example:"0.01" range:"[0,inf)" doc:"weight λ of the penalty λ‖z‖²; no effect with constraint: projection"`
	Steps      int     `spec:"steps" default:"100" example:"30" range:"[1,10000000]" doc:"steps at most, counting those that are refused"`
	Tol        float64 `spec:"tol" default:"1e-4" example:"1e-6" range:"[0,1)" doc:"a search ends when a step lowers the objective by less than this share of it"`
	Restarts   int     `spec:"restarts" default:"1" example:"3" range:"[1,1000]" doc:"number of searches, each from another first code; the one with the lowest objective is kept"`
	Hops       int     `spec:"hops" default:"0" example:"5" range:"[0,1000]" doc:"each search goes on from so many random places near its best code, which costs about a quarter of a restart each"`
	Init       string  `spec:"init" default:"random" enum:"random|mean|linear|nearest" doc:"where searches start: see init of projection"`
}

var (
	_ Penalizer   = (*GaussNewtonConfig)(nil)
	_ Unpenalizer = (*GaussNewtonConfig)(nil)
)

// Penalty returns λ, or that codes are on the unit sphere.
func (c *GaussNewtonConfig) Penalty() (lambda float64, sphere bool) {
	if c.Constraint == Projection.Name {
		return 0, true
	}
	return c.Lambda, false
}

// Unpenalized returns the method with λ = 0.
func (c *GaussNewtonConfig) Unpenalized() Config {
	free := *c
	free.Lambda = 0
	return &free
}

// CheckPrior refuses priors that are neither generators nor affine; with codes on the sphere,
// generators whose codes may have left it; and those without codes to start from.
func (c *GaussNewtonConfig) CheckPrior(p priors.Config) []KeyError {
	_, sphere := c.Penalty()
	if free, ok := p.(priors.FreeCoder); ok && sphere && free.FreeCodes() != "" {
		return []KeyError{{Key: free.FreeCodes(), Problem: "lets codes leave the unit sphere, on which solver.constraint: " + Projection.Name +
			" searches; expected solver.constraint: " + Regularization.Name}}
	}
	return checkPrior(p, c.Init)
}

// Ignores returns λ on the sphere, and what affine priors do not need: the keys and the seed of
// a search.
func (c *GaussNewtonConfig) Ignores(p priors.Config) (keys []string) {
	if _, sphere := c.Penalty(); sphere {
		keys = append(keys, "lambda")
	}
	if _, affine := p.Blank().(priors.Affine); affine {
		return append(keys, "steps", "tol", "restarts", "hops", "init", Seed)
	}
	if startsAlone(c.Init, c.Restarts) && c.Hops == 0 {
		keys = append(keys, Seed)
	}
	return keys
}

// What a search takes, about, before it ends by itself, and what a hop takes.
const (
	usualSteps = 50
	hopSteps   = 18
)

// Cost returns the operations of a usual search, or of the closed form.
func (c *GaussNewtonConfig) Cost(cost priors.Cost) float64 {
	steps := min(c.Steps, usualSteps) + c.Hops*min(c.Steps, hopSteps)
	search := float64(steps)*cost.Iteration + float64(min(c.Steps, exactSteps))*cost.Jacobian
	return float64(c.Restarts)*search + cost.Closed
}

// Tile returns how many signals keep a batch of searches full.
func (c *GaussNewtonConfig) Tile() int { return max(1, tileSize/max(1, c.Restarts)) }

// Solve minimises the objective for each measurement.
func (c *GaussNewtonConfig) Solve(ctx context.Context, prior priors.Prior, ms []Measurement, seed uint64) ([]Estimate, error) {
	o := objective{seed: seed}
	o.lambda, o.project = c.Penalty()
	switch prior := prior.(type) {
	case priors.Affine:
		return solveAffine(ctx, prior, ms, o.lambda)
	case priors.Generator:
		return newNewton(prior, c, o).solve(ctx, ms)
	}
	return nil, fmt.Errorf("prior %T is neither a generator nor affine; no solver can use it", prior)
}
