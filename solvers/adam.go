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
	Restarts int     `spec:"restarts" default:"1" example:"3" range:"[1,1000]" doc:"number of searches, each from another first code; the one with the lowest measurement loss is kept"`
	Schedule string  `spec:"schedule" default:"constant" enum:"constant|cosine" doc:"learning rate over the steps"`
	Tol      float64 `spec:"tol" default:"0" example:"0.01" range:"[0,1)" doc:"a search ends when 50 steps lower its objective by no more than this share of it; 0: never"`
	Init     string  `spec:"init" default:"random" enum:"random|mean|linear|nearest" doc:"where searches start: a code in a random direction; the mean of the training codes; what a linear model of the generator infers from the measurement; or the training code, among at most 512, whose signal fits best. Restarts after mean and linear are random; after nearest they take the next-best codes"`
}

// CheckPrior refuses priors that are neither generators nor affine, and those without codes to
// start from.
func (a *Adam) CheckPrior(p priors.Config) []KeyError { return checkPrior(p, a.Init) }

// Ignores returns the keys and the seed of the search for affine priors, which need no
// search, and the seed where first codes are not random.
func (a *Adam) Ignores(p priors.Config) []string {
	if _, affine := p.Blank().(priors.Affine); affine {
		return []string{"steps", "lr", "restarts", "schedule", "tol", "init", Seed}
	}
	if startsAlone(a.Init, a.Restarts) {
		return []string{Seed}
	}
	return nil
}

// Cost returns the operations of all iterations of a search, which tol may make fewer, or of the
// closed form.
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
		t.start()
		for k := first; k < min(first+size, len(ms)*restarts); k++ {
			if err := t.place(ctx, k/restarts, ms[k/restarts], k%restarts); err != nil {
				return nil, err
			}
		}
		walks, err := t.run(ctx)
		if err != nil {
			return nil, err
		}
		for c, w := range walks {
			x := t.x[c*t.n : (c+1)*t.n]
			if loss := w.misfit.gradient(t.dx[:t.n], x); loss < best[w.index] {
				best[w.index] = loss
				e := &estimates[w.index]
				copy(e.X, x)
				e.Scale, e.Code, e.Iterations, e.Converged = w.unit*w.misfit.scale(x), w.bestZ, w.steps, w.converged
			}
		}
	}
	return estimates, nil
}
