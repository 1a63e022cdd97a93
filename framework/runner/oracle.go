package runner

import (
	"context"
	"fmt"
	"math"
	"sync"

	"sedlab/framework/cache"
	"sedlab/framework/spec"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/reports/scores"
	"sedlab/solvers"
)

// oracle keeps the errors of best representations, which are the same for all problems. Two
// workers that miss the same one both find it.
type oracle struct {
	sync.Mutex
	known map[representation]float64
}

// representation is what the error of a best representation depends on.
type representation struct {
	trainings string      // of the plan
	prior     *spec.Prior // with its solver
	seed      uint64      // of the solver
	scale     string
	fitted    cache.Key // of the cell, if the prior was fitted to its problem
	signal    int
}

// represent returns the mean squared errors of the best representations of the measured signals:
// of what the cell's solver, without a penalty, finds if it is given all of their fluxes without
// noise. They are NaN unless the spec asks for them.
func (c *cell) represent(ctx context.Context, ms []solvers.Measurement) ([]float64, error) {
	errors, s := make([]float64, len(ms)), c.job.Point.Spec
	if !s.Evaluate.Oracle {
		for k := range errors {
			errors[k] = math.NaN()
		}
		return errors, nil
	}
	identity, err := new(operators.DenoisingConfig).Family(ctx, c.data.set.Wavelength, 0)
	if err != nil {
		return nil, err
	}
	var missing []int
	var complete []solvers.Measurement
	for k, m := range ms {
		var known bool
		if errors[k], known = c.oracle.find(c.representation(m.Signal)); known {
			continue
		}
		missing = append(missing, k)
		complete = append(complete, solvers.Measurement{Signal: m.Signal, Op: identity(m.Signal), Y: c.clean(m.Signal), FreeScale: m.FreeScale})
	}
	solver := solvers.Unpenalized(c.job.Prior.Solver.Config)
	estimates, err := solvers.Solve(ctx, solver, priors.Scaled{Prior: c.prior, Unit: c.data.unit}, complete, s.Seeds.Solver)
	if err != nil {
		return nil, err
	}
	for i, e := range estimates {
		if m := complete[i]; e.X != nil {
			mse := scores.MSE.Score(scores.Case{Truth: m.Y, Estimate: priors.Scale(e.X, 1/e.Scale)})
			errors[missing[i]] = mse
			c.oracle.keep(c.representation(m.Signal), mse)
		}
	}
	return errors, nil
}

func (c *cell) representation(signal int) representation {
	s := c.job.Point.Spec
	var fitted cache.Key
	if c.job.Prior.Composer() != nil && c.job.Prior.Validates() != "" {
		fitted = c.job.Key
	}
	return representation{fmt.Sprint(c.job.Trainings), c.job.Prior, s.Seeds.Solver, s.Evaluate.Scale, fitted, signal}
}

// clean returns a signal without noise, or as the data have it if that is unknown.
func (c *cell) clean(signal int) []float32 {
	if truth := c.data.set.TruthRow(signal); truth != nil {
		return truth
	}
	return c.data.set.Signal(signal)
}

// find returns the error of a best representation, NaN if it is not known.
func (o *oracle) find(of representation) (mse float64, known bool) {
	o.Lock()
	defer o.Unlock()
	if mse, known = o.known[of]; !known {
		mse = math.NaN()
	}
	return mse, known
}

func (o *oracle) keep(of representation, mse float64) {
	o.Lock()
	defer o.Unlock()
	if o.known == nil {
		o.known = map[representation]float64{}
	}
	o.known[of] = mse
}
