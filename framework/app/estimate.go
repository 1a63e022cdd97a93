package app

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"sedlab/framework/bench"
	"sedlab/framework/cache"
	"sedlab/framework/dataset"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
)

// assumed is the size of a data set that cannot be read yet: the paper's.
var assumed = plan.Size{Signals: 4000, Fluxes: 1000}

// exactRate is what gonum's decompositions reach, in operations a second.
const exactRate = 1.5e9

// expect sets the plan's expected time, which follows from its data sets' sizes and
// the speed at which its heaviest generator trains here.
func (a *App) expect(ctx context.Context, p *Planned) error {
	sizes := map[string]plan.Size{}
	size := func(d spec.Dataset) plan.Size {
		key := fmt.Sprint(d.Source, " ", d.Size, " ", d.Path)
		if _, known := sizes[key]; !known {
			sizes[key] = a.sizeOf(ctx, d)
		}
		return sizes[key]
	}
	rates := plan.Rates{Exact: exactRate}
	if t, ok := p.Heaviest(size); ok && !p.complete() {
		var err error
		if rates.Network, err = bench.Rate(ctx, t.Prior.Config, size(t.Dataset).Fluxes, runtime.GOMAXPROCS(0)); err != nil {
			return fmt.Errorf("estimate of time: prior %s: %w", t.Name, err)
		}
	}
	estimate := func(p2 *plan.Plan) plan.Estimate {
		return p2.Estimate(size, rates, func(k cache.Key) bool { return p.Cached[k] })
	}
	if p.Rungs != nil {
		p.Expected = p.expectRungs(estimate)
		return nil
	}
	e := estimate(p.Plan)
	p.Expected = &e
	return nil
}

// expectRungs estimates each rung, and returns the time of all with the memory of
// the largest. A training that goes on takes what its length has grown by; a rung
// that is not chosen yet takes the mean of what it can be.
func (p *Planned) expectRungs(estimate func(*plan.Plan) plan.Estimate) *plan.Estimate {
	all, before := &plan.Estimate{}, 0
	for i, r := range p.Rungs {
		e := estimate(r.Plan)
		all.Memory = max(all.Memory, e.Memory)
		share := float64(r.Settings) / float64(r.Of)
		e.Training *= share * float64(r.Value-before) / float64(r.Value)
		e.Solving *= share
		e.Seconds = e.Training + e.Solving
		p.Rungs[i].Expected, before = &e, r.Value
		all.Training, all.Solving, all.Seconds = all.Training+e.Training, all.Solving+e.Solving, all.Seconds+e.Seconds
	}
	return all
}

// sizeOf returns the size of a data set. One signal is enough to know the length
// of those of a source that makes them.
func (a *App) sizeOf(ctx context.Context, d spec.Dataset) plan.Size {
	set, err := dataset.Load(ctx, dataset.Options{Source: d.Source, Path: d.Path, Size: 1})
	if err != nil {
		return assumed
	}
	if slices.ContainsFunc(a.catalog.Sources, func(s dataset.Source) bool { return s.Name == d.Source && s.Makes }) {
		return plan.Size{Signals: d.Size, Fluxes: set.Dim()}
	}
	return plan.Size{Signals: set.Len(), Fluxes: set.Dim()}
}

// complete reports whether the cache has every cell that there will be.
func (p *Planned) complete() bool {
	return !slices.ContainsFunc(p.Rungs, func(r Rung) bool { return r.Ahead }) &&
		!slices.ContainsFunc(p.Cells, func(c plan.Cell) bool { return !p.Cached[c.Key] })
}
