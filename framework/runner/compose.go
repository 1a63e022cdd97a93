package runner

import (
	"context"
	"fmt"
	"slices"

	"sedlab/datasets"
	"sedlab/framework/plan"
	"sedlab/internal/kind"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/solvers"
)

// priorFor returns the prior that a cell solves with: that of its training, with the cell's own
// search, or, made of those of several, a prior that fits the cell's problem.
func (r *run) priorFor(ctx context.Context, c *cell) (priors.Prior, error) {
	var members []priors.Inferrer
	for k, part := range c.job.Prior.Parts() {
		t := r.trained[r.plan.Trainings[c.job.Trainings[k]].Key]
		if t.err != nil {
			return nil, t.err
		}
		own, err := kind.Try("kind "+part.Kind.Name, func() (priors.Prior, error) { return part.WithSearch(t.prior), nil })
		if c.job.Prior.Composer() == nil || err != nil {
			return own, err
		}
		members = append(members, solvers.Inferrer(part.Solver.Config, own))
	}
	return kind.Try("kind "+c.job.Prior.Kind.Name, func() (priors.Prior, error) {
		whole := c.job.Prior.Composer().Compose(members)
		f, fits := whole.(priors.Fitter)
		if !fits || c.job.Prior.Validates() == "" || len(c.ids) == 0 {
			return whole, nil
		}
		fitted, err := solvers.Fit(ctx, f, c.data.unit, c.known(), c.job.Point.Spec.Seeds.Solver)
		if err != nil {
			return nil, fmt.Errorf("prior %s: %w", c.job.Prior.Name, err)
		}
		r.logFit(c, fitted)
		return fitted, nil
	})
}

// logFit logs the weights of the members of a fitted prior, if it has some.
func (r *run) logFit(c *cell, fitted priors.Prior) {
	w, ok := fitted.(interface{ Weights() []float64 })
	if !ok {
		return
	}
	weights := map[string]float64{}
	for k, v := range w.Weights() {
		weights[c.job.Prior.Members[k].Name] = v
	}
	r.opt.Log.Info("fitted", "cell", c.job.ID(), "prior", c.job.Prior.Name, "weights", weights)
}

// known measures usable validation signals under the cell's problem: the first in ranked order.
func (c *cell) known() (list []solvers.Known) {
	set := c.data.set
	for _, id := range datasets.Ranked(c.data.split.Validation, c.job.Point.Spec.Seeds.Split) {
		if set.Bad(id) != "" {
			continue
		}
		if len(list) == plan.FittingSignals {
			break
		}
		m, _ := c.measure(id)
		measured, _ := datasets.Damage{}.Left(set.InfilledRow(id), set.IvarRow(id), set.Dim())
		list = append(list, solvers.Known{Measurement: m, Flux: set.Signal(id), Counts: judged(m.Op, measured)})
	}
	return list
}

// judged returns the fluxes in which reconstructions are judged: of those that the data set
// measured the ones that the operator hides, or all if it hides none.
func judged(op operators.Operator, measured []bool) []bool {
	s, ok := op.(operators.Selector)
	if !ok {
		return measured
	}
	hidden := slices.Clone(measured)
	for j, observed := range s.Observed() {
		hidden[j] = hidden[j] && !observed
	}
	if !slices.Contains(hidden, true) {
		return measured
	}
	return hidden
}
