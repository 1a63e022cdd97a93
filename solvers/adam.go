package solvers

import (
	"context"
	"fmt"
	"math"
	"slices"

	"sedlab/priors"
)

// Adam holds the keys of methods that search a generator's code by Adam. They solve for
// the coefficients of an affine prior in closed form.
type Adam struct {
	Steps    int     `spec:"steps" default:"1000" example:"300" range:"[1,10000000]" doc:"gradient steps"`
	LR       float64 `spec:"lr" default:"0.01" example:"0.03" range:"(0,inf)" doc:"Adam's learning rate"`
	Restarts int     `spec:"restarts" default:"1" example:"3" range:"[1,1000]" doc:"number of searches, each from a random first code; the one with the lowest measurement loss is kept"`
	Schedule string  `spec:"schedule" default:"constant" enum:"constant|cosine" doc:"learning rate over the steps"`
}

// CheckPrior refuses priors that are neither generators nor affine.
func (a *Adam) CheckPrior(p priors.Config) []KeyError {
	switch prior := p.Blank().(type) {
	case priors.Affine, priors.Generator:
		return nil
	default:
		return []KeyError{{Key: "kind", Problem: fmt.Sprintf("trains a %T, which is neither a generator nor affine; no solver can use it", prior)}}
	}
}

// Ignores returns the keys and the seed of the search for affine priors, which need no
// search.
func (a *Adam) Ignores(p priors.Config) []string {
	if _, affine := p.Blank().(priors.Affine); affine {
		return []string{"steps", "lr", "restarts", "schedule", Seed}
	}
	return nil
}

// Cost returns the operations of all iterations of a search, or of the closed form.
func (a *Adam) Cost(c priors.Cost) float64 {
	return float64(a.Steps*a.Restarts)*c.Iteration + c.Closed
}

// tileSize is the number of codes that are searched together, enough for the kernels to
// reach full speed.
const tileSize = 64

// Tile returns how many signals fill a tile of codes.
func (a *Adam) Tile() int { return max(1, tileSize/max(1, a.Restarts)) }

// objective is the function to minimise: ‖A G(z) − y‖²/m + λ‖z‖², with z on the unit
// sphere if project is set.
type objective struct {
	seed    uint64 // names the streams of the first codes
	lambda  float64
	project bool
}

// solve minimises the objective for each measurement.
func (a *Adam) solve(ctx context.Context, prior priors.Prior, ms []Measurement, o objective) ([]Estimate, error) {
	switch prior := prior.(type) {
	case priors.Affine:
		return solveAffine(ctx, prior, ms, o.lambda)
	case priors.Generator:
		return a.search(ctx, prior, ms, o)
	}
	return nil, fmt.Errorf("prior %T is neither a generator nor affine; no solver can use it", prior)
}

// search looks for the codes of all restarts of the measurements, tile by tile. For
// each measurement it keeps the restart with the lowest measurement loss.
func (a *Adam) search(ctx context.Context, g priors.Generator, ms []Measurement, o objective) ([]Estimate, error) {
	restarts := max(1, a.Restarts)
	size := min(tileSize, len(ms)*restarts)
	t := newSearch(g, size, a, o)
	estimates, best := make([]Estimate, len(ms)), make([]float64, len(ms))
	for i := range ms {
		best[i] = math.Inf(1)
		estimates[i].X = slices.Repeat([]float32{float32(math.NaN())}, g.Dim()) // until a search has found better
	}
	for first := 0; first < len(ms)*restarts; first += size {
		count := min(size, len(ms)*restarts-first)
		t.start(count)
		for c := range count {
			t.place(c, ms[(first+c)/restarts], (first+c)%restarts)
		}
		if err := t.run(ctx); err != nil {
			return nil, err
		}
		for c := range count {
			i := (first + c) / restarts
			x := t.x[c*t.n : (c+1)*t.n]
			if loss := t.misfit[c].gradient(t.dx[:t.n], x); loss < best[i] {
				best[i] = loss
				copy(estimates[i].X, x)
				estimates[i].Scale = t.unit[c] * t.misfit[c].scale(x)
				estimates[i].Code = slices.Clone(t.bestZ[c*t.d : (c+1)*t.d])
				estimates[i].Iterations, estimates[i].Converged = a.Steps, t.converged(c)
			}
		}
	}
	return estimates, nil
}
