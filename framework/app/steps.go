package app

import (
	"context"
	"fmt"
	"path/filepath"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/search"
	"sedlab/framework/store"
)

// steps returns the steps of the run for a machine. The data that it recorded need not be there
// any more: what only looks for results needs none. identify is of use where the record does not
// say enough.
func (r *recorded) steps(m plan.Machine, identify plan.Identify) (*search.Search, error) {
	path := filepath.Join(r.dir, store.PlanFile)
	if known, err := plan.RecordedIdentify(path, identify); err == nil {
		steps, err := search.New(r.file, m, known)
		if err == nil {
			if same, err := steps.Plan().HasKeysOf(path); err == nil && same {
				return steps, nil
			}
		}
	}
	return search.New(r.file, m, identify)
}

// steps returns the steps of the run. If they cannot be done, w.cause says why, and they are those
// that the run has recorded.
func (w *worker) steps(ctx context.Context, c *cache.Cache) (steps *search.Search, err error) {
	if w.cause == nil {
		steps, err = search.New(w.run.file, thisMachine(), identify(ctx, c.Digest))
		if err != nil && ctx.Err() == nil && !temporary(err) {
			w.cause = err
		}
	}
	if w.cause != nil {
		steps, err = w.run.steps(w.run.machine(), identify(ctx, c.Digest))
	}
	if err != nil {
		return nil, err
	}
	return steps, w.run.samePlan(steps)
}

// samePlan refuses to work with other data than the run began with, and with a program that
// would make results under other keys.
func (r *recorded) samePlan(steps *search.Search) error {
	changes, err := r.changes(steps.Plan())
	if err != nil || len(changes) == 0 {
		return err
	}
	return fmt.Errorf("this program would make other results than run %s began with: %v", r.ID, changes[0])
}
