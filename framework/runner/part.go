package runner

import (
	"context"
	"slices"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/internal/record"
	"sedlab/reports/scores"
)

// Append adds the result of another part of the same run.
func (r *Result) Append(part *Result) {
	r.Signals = append(r.Signals, part.Signals...)
	r.Training = append(r.Training, part.Training...)
	r.Examples = append(r.Examples, part.Examples...)
	r.Failures = append(r.Failures, part.Failures...)
	r.CellsDone += part.CellsDone
	r.CellsCached += part.CellsCached
	r.Trained += part.Trained
	r.Epochs += part.Epochs
	for _, d := range part.Datasets {
		if !slices.ContainsFunc(r.Datasets, d.Equal) {
			r.Datasets = append(r.Datasets, d)
		}
	}
	for _, w := range part.Warnings {
		if !slices.Contains(r.Warnings, w) {
			r.Warnings = append(r.Warnings, w)
		}
	}
}

// Recall returns the rows of a plan from the cache. ok is false unless the cache has
// every cell, with the given scores. No data set is opened. The error may be ctx's.
func Recall(ctx context.Context, p *plan.Plan, c *cache.Cache, scores []scores.Kind) (rows []record.Signal, ok bool, err error) {
	r := &run{Runner: &Runner{plan: p, cache: c, scores: scores}}
	for _, cell := range p.Cells {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		j := &job{Cell: cell, want: wanted(cell.Point.Spec.Evaluate)}
		o, err := r.recall(j)
		if err != nil || o == nil || !o.covers(j.want) {
			return nil, false, err
		}
		own, _ := o.selectFor(cell)
		r.name(cell, own, nil)
		rows = append(rows, own...)
	}
	return rows, true, nil
}
