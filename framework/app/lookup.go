package app

import (
	"context"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
)

// lookUp notes which steps the cache has and, if asked, why it lacks the others. Cells of a
// missing prior have no reason of their own.
func (a *App) lookUp(ctx context.Context, p *Planned, c *cache.Cache, why bool) error {
	ended := runner.EndedIn(c)
	for _, t := range p.Trainings {
		p.Cached[t.Key] = c.Has(cache.Priors, t.Key)
		if length := ended.Shorter(t); length > 0 && !p.Cached[t.Key] {
			p.From[t.Key], p.spared[t.Key] = length, float64(length)/float64(t.Length)
		}
	}
	found := runner.NewLookup(c, a.catalog.Scores)
	for _, cell := range p.Cells { // cells with one key may ask for more or less of its entry
		if err := ctx.Err(); err != nil {
			return err
		}
		have, known := p.Cached[cell.Key]
		p.Cached[cell.Key] = (have || !known) && found.Cached(cell.Key, cell.Point.Spec.Evaluate)
	}
	for i, r := range p.Rungs {
		p.Rungs[i].Cached = p.CountCached(r.rung.Plan.Cells)
	}
	if why {
		return a.explain(ctx, p, c)
	}
	return nil
}

// explain finds the step in the cache that is most like each missing one.
func (a *App) explain(ctx context.Context, p *Planned, c *cache.Cache) error {
	p.Why = map[cache.Key]*plan.Nearest{}
	trainings, cells := plan.NewCandidates(c, cache.Priors), plan.NewCandidates(c, cache.Cells)
	for _, t := range p.Trainings {
		if !p.Cached[t.Key] {
			p.Why[t.Key] = trainings.Nearest(t.Inputs)
		}
	}
	for _, cell := range p.Cells {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !p.Cached[cell.Key] && p.Trained(cell) {
			n := cells.Nearest(cell.Inputs)
			if n != nil && n.Key == cell.Key {
				n.Changes = runner.Lacking(c, cell, a.catalog.Scores)
			}
			p.Why[cell.Key] = n
		}
	}
	return nil
}
