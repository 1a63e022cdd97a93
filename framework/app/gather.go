package app

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/search"
	"sedlab/framework/store"
	"sedlab/internal/f32"
	"sedlab/internal/record"
)

// KernelCommon names, in RunOptions.Kernel, the kernel that all machines of the architecture
// have.
const KernelCommon = "common"

// Prepare makes the folder of a new run, as Run does, and computes nothing. Work and Gather
// do what is left. Its errors are those of Run.
func (a *App) Prepare(ctx context.Context, ref SpecRef, o RunOptions) (*RunResult, error) {
	file, err := a.load(ref)
	if err != nil {
		return nil, err
	}
	return a.execute(ctx, order{RunOptions: o, file: file, cache: a.caches(a.Runs), submits: true})
}

// Gather writes the tables, the figures and the report of a run from what the cache has, and
// computes nothing. Of the options, only PDF, Command and Events count. If cells are missing, the
// run counts as interrupted, and the error is an *IncompleteError. It is a *LaterError if another
// machine, or this one later, may gather.
func (a *App) Gather(ctx context.Context, run string, o RunOptions) (result *RunResult, err error) {
	defer func() { err = later(err) }()
	r, err := a.recorded(run, nil)
	switch {
	case err != nil:
		return nil, err
	case r.Status == store.Done && r.complete():
		return nil, &DoneError{r.ID}
	}
	restore, err := useKernel(r)
	if err != nil {
		return nil, &LaterError{&UnfitError{err}}
	}
	defer restore()
	o.Events = orQuiet(o.Events)
	shared, err := a.sharedCaches(r)
	if err != nil {
		return nil, err
	}
	c, err := shared.open(ctx, o.Events)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	steps, err := r.steps(thisMachine(), identify(ctx, c.Digest))
	if err == nil {
		err = r.samePlan(steps)
	}
	if err != nil {
		return nil, err
	}
	folder, err := store.Reopen(r.dir, time.Now(), o.Command, steps.Plan())
	if err != nil {
		return nil, err
	}
	found, err := a.collect(ctx, steps, c, folder)
	status, err := conclude(folder, steps, found, err)
	announce(found, o.Events, folder)
	return a.finish(ctx, folder, found, status, err, o.PDF)
}

// Complete reports whether Gather will find all that a submission can do: each cell of the run has
// its results in the cache, or has failed; see WorkOptions.Submission. It is an error if this program would
// make other results than the run began with.
func (a *App) Complete(ctx context.Context, run, submission string) (complete bool, err error) {
	defer func() { err = later(err) }()
	r, err := a.recorded(run, nil)
	if err != nil {
		return false, err
	}
	shared, err := a.sharedCaches(r)
	if err != nil {
		return false, err
	}
	c, err := shared.look(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	steps, err := r.steps(r.machine(), identify(ctx, c.Digest))
	found := runner.NewLookup(c, a.catalog.Scores)
	if err == nil {
		err = r.samePlan(steps)
	}
	for more := true; more && err == nil; {
		for _, cell := range steps.Rung().Cells {
			if err := ctx.Err(); err != nil {
				return false, err
			}
			if !found.Cached(cell.Key, cell.Point.Spec.Evaluate) {
				return a.over(steps.Rung(), c, r.dir, submission)
			}
		}
		if r.file.Halving() == nil { // else rows say what the next rung is
			return true, nil
		}
		var rows []record.Signal
		if rows, complete, err = runner.Recall(ctx, steps.Rung(), c, a.catalog.Scores); !complete || err != nil {
			return false, err
		}
		more, _, err = steps.Next(rows)
	}
	return complete, err
}

// collect takes the results of all rungs from the cache, as far as it has them.
func (a *App) collect(ctx context.Context, steps *search.Search, c *cache.Cache, folder *store.Run) (*runner.Result, error) {
	found := &runner.Result{}
	for {
		part, err := runner.Gather(ctx, steps.Rung(), c, a.catalog.Scores, runner.Options{RunID: folder.Manifest.ID, Log: folder.Log})
		found.Append(part)
		if err != nil {
			return found, err
		}
		if part.CellsDone < len(steps.Rung().Cells) {
			total, _, err := steps.Count()
			return found, errors.Join(err, &IncompleteError{folder.Dir, found.CellsDone, total, firstFailure(steps.Plan(), c, folder.Dir)})
		}
		if more, err := next(steps, part.Signals, c); err != nil || !more {
			return found, err
		}
		if err := folder.SavePlan(steps.Plan()); err != nil {
			return found, err
		}
	}
}

// useKernel makes the kernel of a run that in use until restore is called, so that its steps
// have the keys that they have in its plan.
func useKernel(r *recorded) (restore func(), err error) {
	s := r.system()
	if s.Arch != runtime.GOARCH {
		return func() {}, fmt.Errorf("run %s is planned for %s, and this machine is %s", r.ID, s.Arch, runtime.GOARCH)
	}
	return setKernel(s.Kernel)
}

// system returns the machine that the run's plan is for: that on which it was begun, or
// resumed last.
func (r *recorded) system() store.System {
	if n := len(r.Resumed); n > 0 {
		return r.Resumed[n-1].System
	}
	return r.System
}

// machine returns what of this machine and its program is in the keys of the run's plan.
func (r *recorded) machine() plan.Machine {
	s, m := r.system(), r.Module
	if n := len(r.Resumed); n > 0 {
		m = r.Resumed[n-1].Module
	}
	return plan.Machine{Kernel: s.Kernel + "/" + s.Arch, Build: m.Build}
}

// setKernel makes a kernel that in use until restore is called. It leaves it as it is for "".
func setKernel(name string) (restore func(), err error) {
	before := f32.Kernel()
	if name == KernelCommon {
		name = f32.Common()
	}
	if name == "" || name == before {
		return func() {}, nil
	}
	if err := f32.Use(name); err != nil {
		return func() {}, err
	}
	return func() { _ = f32.Use(before) }, nil
}
