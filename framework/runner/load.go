package runner

import (
	"context"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/priors"
	"sedlab/reports/scores"
)

// Load takes a plan's cells with the given scores from the cache, reads the data sets for the rest,
// and lets operators and priors check them. Its error is a *datasets.InputError, a *plan.FileError,
// a *spec.Errors, ctx's, the cache's, or a *kind.PanicError. If the cache has every cell, no data
// set is opened.
func Load(ctx context.Context, p *plan.Plan, c *cache.Cache, scores []scores.Kind, progress Progress) (*Runner, error) {
	r := newRunner(p, c, scores)
	return r, r.load(ctx, progress, r.recall)
}

func newRunner(p *plan.Plan, c *cache.Cache, scores []scores.Kind) *Runner {
	return &Runner{
		plan: p, cache: c, scores: scores,
		sets: map[setKey]*datasets.Set{}, data: map[cache.Key]*data{}, trained: map[cache.Key]trained{},
	}
}

// LoadShare is Load for Work, which needs no rows: it takes none from the cache. What has been
// read and trained for another part of the same run, by before, is not read again; before may be
// nil.
func LoadShare(ctx context.Context, p *plan.Plan, c *cache.Cache, scores []scores.Kind, progress Progress, before *Runner) (*Runner, error) {
	r := newRunner(p, c, scores)
	if before != nil {
		r.inherit(before)
	}
	found := NewLookup(c, scores)
	return r, r.load(ctx, progress, func(j *job) (*outcome, error) {
		if j.absent = !c.Has(cache.Cells, j.Key); !j.absent && found.covers(j.Key, j.want) {
			return &outcome{coverage: j.want}, nil
		}
		return nil, nil
	})
}

// inherit takes what another part of the run has of the trainings of this one.
func (r *Runner) inherit(before *Runner) {
	for _, t := range r.plan.Trainings {
		if set := before.sets[setOf(t)]; set != nil {
			r.sets[setOf(t)] = set
		}
		if d := before.data[t.Key]; d != nil {
			r.data[t.Key] = d
		}
		if got, known := before.trained[t.Key]; known {
			r.trained[t.Key] = got
		}
	}
}

// load fills a runner; recall returns what the cache has of a job.
func (r *Runner) load(ctx context.Context, progress Progress, recall func(*job) (*outcome, error)) error {
	r.jobs, r.jobOf = newJobs(r.plan)
	started := map[cache.Key]bool{} // trainings whose start was read
	for _, j := range r.jobs {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if j.have, err = recall(j); err != nil {
			return err
		}
		if j.done() {
			continue
		}
		for _, t := range j.Trainings {
			if _, err := r.dataOf(ctx, r.plan.Trainings[t], progress); err != nil {
				return err
			}
		}
		for _, t := range j.Trainings {
			if t := r.plan.Trainings[t]; !started[t.Key] {
				started[t.Key] = true
				if _, err := r.startOf(t); err != nil {
					return err
				}
			}
		}
		d := r.dataFor(j)
		if how, key := fluxesOf(j.Prior); how == priors.WeightedFluxes && d.set.Ivar == nil && j.Point.Spec.Dataset.Corrupt.Noise.Amount() == 0 {
			return r.refused("priors."+j.Prior.Name+"."+key, "got "+how+", but the data set has no errors, and dataset.corrupt no noise; expected "+priors.AllFluxes+" or "+priors.MeasuredFluxes)
		}
		if key := j.Prior.Validates(); key != "" && len(d.split.Validation) == 0 {
			return r.refused("priors."+j.Prior.Name+"."+key, "needs validation signals, but the split has none; expected dataset.split.validation above 0")
		}
		if j.Prior.Calibrated(j.Point.Spec.Evaluate) > 0 && d.usable(d.split.Validation) == 0 {
			return r.refused("evaluate.calibrate", "the split has no validation signals that can be used; expected dataset.split.validation above 0")
		}
		if j.Point.Spec.Problem.Precision == spec.PrecisionData && d.set.Ivar == nil {
			return r.refused("problem.precision", "got "+spec.PrecisionData+", but the data set has no errors; expected "+spec.PrecisionEqual)
		}
	}
	return r.check()
}
