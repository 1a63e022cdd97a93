package runner

import (
	"context"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/reports/scores"
)

// Gather returns what the cache has of a plan. It computes nothing and opens no data set.
// Cells that the cache lacks are missing in the result. If ctx ends, so are those that were not
// read yet, and the error is ctx's.
func Gather(ctx context.Context, p *plan.Plan, c *cache.Cache, scores []scores.Kind, opt Options) (*Result, error) {
	w := &run{Runner: &Runner{plan: p, cache: c, scores: scores}, opt: opt, result: &Result{}}
	w.jobs, w.jobOf = newJobs(p)
	for _, j := range w.jobs {
		if ctx.Err() != nil {
			break
		}
		var err error
		if j.have, err = w.recall(j); err != nil {
			return w.result, err
		}
	}
	for _, t := range p.Trainings {
		got, err := w.recallPrior(t)
		if err != nil {
			return w.result, err
		}
		w.log(t, got)
	}
	w.collect()
	return w.result, ctx.Err()
}
