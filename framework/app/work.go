package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/search"
	"sedlab/framework/store"
)

// Stage is the part of a run's work that comes first, or second, or both.
type Stage string

// The stages of work.
const (
	StageAll       Stage = "all"
	StageTrainings Stage = "trainings"
	StageCells     Stage = "cells"
	StageGather    Stage = "gather" // that of Gather
)

// WorkOptions say what share of a run's work to do; if they are zero, all of it.
type WorkOptions struct {
	Stage Stage // not StageGather; "" for StageAll
	// Part, counted from 0, of Parts is the share to do: of the trainings in StageTrainings, else
	// of the blocks of cells. If Parts is 0, it is all that no other process does.
	Part, Parts int
	Steps       []string  // to be done: keys or ids of trainings and cells; nil for all
	Rung        *int      // of successive halving, counted from 0; nil for as far as it goes
	Until       time.Time // when to stop; zero for no limit
	Trained     bool      // nobody trains any more: cells without their priors need not be tried again
	// Submission names the processes whose failures are final; if it is empty, those of all are.
	Submission string
	// GivenUp says that processes with this share have ended again and again: nothing is done but to
	// record that its steps have failed.
	GivenUp bool

	Workers    int           // number of goroutines that compute; 0 for all processors
	Checkpoint time.Duration // least time between two saved states of a training; 0 for as often as possible
	Command    []string      // the command that began the work, for its record
	Events     Events        // nil for none
}

// check returns a *QueryError if a run has no such share.
func (o WorkOptions) check(r *recorded) error {
	rungs := 1
	if h := r.file.Halving(); h != nil {
		rungs = len(h.Rungs())
	}
	var wrong error
	switch {
	case !slices.Contains([]Stage{StageAll, StageTrainings, StageCells}, o.Stage):
		wrong = fmt.Errorf("stage %q: expected %s, %s or %s", o.Stage, StageTrainings, StageCells, StageAll)
	case o.Part < 0 || o.Part >= max(1, o.Parts):
		wrong = fmt.Errorf("part %d of %d: expected one from 0 on, below their number", o.Part, o.Parts)
	case o.Parts > 0 && o.Steps != nil:
		wrong = errors.New("a part and steps: only one of them can say what to do")
	case o.Rung != nil && (*o.Rung < 0 || *o.Rung >= rungs):
		wrong = fmt.Errorf("rung %d: the rungs of run %s are 0 to %d", *o.Rung, r.ID, rungs-1)
	default:
		return nil
	}
	return &QueryError{wrong}
}

// WorkResult is what became of a share of a run's work.
type WorkResult struct {
	Dir string `json:"dir"` // the run's folder
	*store.Attempt
}

// Why work ended if steps failed that would fail again, and if nothing is wrong with them.
const (
	reasonFailed = "failed"
	reasonLater  = "later"
)

// ErrTimeLimit is why work ends at WorkOptions.Until.
var ErrTimeLimit = errors.New("time limit")

// Work does a share of the work of a run that Prepare or Run has begun, into the cache. It
// takes the steps that no other process has, writes into the run's folder only the record of
// what it did, and loads only the data that its steps need.
//
// It returns no error if the time limit ends it and no step has failed, or if what is left is
// done by others. The error is a *QueryError if the run has no such share, a *StepsError if steps have failed, a
// *LaterError if another machine, or this one later, may do what was not done here, a
// *StoppedError if ctx ends, and otherwise as that of Resume.
func (a *App) Work(ctx context.Context, run string, o WorkOptions) (*WorkResult, error) {
	r, err := a.recordedLater(run)
	if err != nil {
		return nil, later(err)
	}
	o.Stage = cmp.Or(o.Stage, StageAll)
	if err := o.check(r); err != nil {
		return nil, err
	}
	limited, stop := ctx, func() {}
	if !o.Until.IsZero() {
		limited, stop = context.WithDeadlineCause(ctx, o.Until, ErrTimeLimit)
	}
	defer stop()
	restore, unable := useKernel(r)
	defer restore()
	attempt, err := store.BeginAttempt(r.dir, o.share(), o.Submission, o.Command, time.Now())
	if err != nil {
		return nil, later(err)
	}
	w := &worker{App: a, WorkOptions: o, run: r, attempt: attempt, only: -1}
	if o.Rung != nil {
		w.only = *o.Rung
	}
	w.Events, w.Workers = orQuiet(o.Events), cmp.Or(o.Workers, runtime.GOMAXPROCS(0))
	if o.GivenUp {
		w.cause, unable = w.givenUp(), nil
	}
	if unable != nil {
		unable = &LaterError{&UnfitError{unable}}
	} else {
		unable = w.work(a.withMemory(limited))
		w.failNamed(limited, unable)
	}
	reason, err := w.ended(limited, unable)
	if unsaved := attempt.End(reason, err, time.Now()); unsaved != nil { // what was done is in the cache
		w.Events.Note(fmt.Sprintf("the record of this work is not complete: %v", unsaved))
	}
	return &WorkResult{r.dir, attempt}, err
}

// share says what is to be done.
func (o WorkOptions) share() string {
	text := string(o.Stage)
	if o.Rung != nil {
		text += fmt.Sprintf(", rung %d", *o.Rung)
	}
	if o.Parts > 0 {
		text += fmt.Sprintf(", part %d/%d", o.Part, o.Parts)
	}
	if o.Steps != nil {
		text += fmt.Sprintf(", %d of the steps", len(o.Steps))
	}
	return text
}

// worker is one execution of Work.
type worker struct {
	*App
	WorkOptions
	run     *recorded
	attempt *store.Attempt
	only    int   // the rung to work on; negative for as far as it goes
	cause   error // why the share cannot be done, if that is known before the share is
	// hopeless are the cells that were left because another process has failed in their training.
	hopeless []store.Step
}

// ended returns why work ended, and the error to return. err is what ended it.
func (w *worker) ended(ctx context.Context, err error) (string, error) {
	failed := w.attempt.Failed
	final := slices.IndexFunc(failed, func(s store.Step) bool { return !s.Later })
	passing := slices.IndexFunc(failed, func(s store.Step) bool { return s.Later })
	waits := w.attempt.Left[untrained] > 0
	switch {
	case errors.Is(context.Cause(ctx), ErrTimeLimit) && final >= 0:
		return reasonFailed, &StepsError{w.run.dir, len(failed), failed[final]}
	case errors.Is(context.Cause(ctx), ErrTimeLimit):
		return ErrTimeLimit.Error(), nil
	case ctx.Err() != nil:
		return context.Cause(ctx).Error(), &StoppedError{w.run.dir, context.Cause(ctx)}
	case err != nil && errors.As(err, new(*LaterError)):
		return reasonLater, err
	case err != nil:
		return reasonFailed, err
	case passing >= 0: // an engine must try again, whatever else has failed
		return reasonLater, &LaterError{failed[passing].Err}
	case waits && !w.Trained:
		return "left", &LaterError{fmt.Errorf("%d cells: their priors are not trained yet", w.attempt.Left[untrained])}
	case final >= 0:
		return reasonFailed, &StepsError{w.run.dir, len(failed), failed[final]}
	case len(w.hopeless) > 0:
		return reasonFailed, &StepsError{w.run.dir, len(w.hopeless), w.hopeless[0]}
	case waits:
		return reasonFailed, fmt.Errorf("%d cells: their priors are not trained, and no job will train them", w.attempt.Left[untrained])
	case len(w.attempt.Left) > 0:
		return "left", nil
	}
	return "done", nil
}

// work does the share.
func (w *worker) work(ctx context.Context) (err error) {
	shared, err := w.sharedCaches(w.run)
	if err != nil {
		return err
	}
	shared.first = true
	c, err := shared.open(ctx, w.Events)
	if err != nil {
		return later(err)
	}
	defer func() { err = errors.Join(err, later(c.Close())) }()
	if w.cause == nil {
		if done, err := w.parts(ctx, c); done {
			return later(err)
		}
	}
	if w.run.file, err = w.readSpec(w.run.dir); err != nil {
		return later(err)
	}
	steps, err := w.steps(ctx, c)
	if err != nil {
		return later(err)
	}
	for rung := 0; ; rung++ {
		if w.only < 0 || rung == w.only {
			if err := w.rung(ctx, steps, c); err != nil || rung == w.only || len(w.attempt.Failed) > 0 {
				return later(err)
			}
		}
		more, err := w.decided(ctx, steps, c)
		if err != nil {
			return later(err)
		}
		if !more {
			if rung < w.only {
				if over, err := w.over(steps.Rung(), c, w.run.dir, w.Submission); over || err != nil {
					return cmp.Or(err, fmt.Errorf("rung %d cannot be chosen: cells of rung %d have failed", w.only, rung))
				}
				return &LaterError{fmt.Errorf("rung %d is not chosen yet: the cache lacks cells of rung %d", w.only, rung)}
			}
			return nil
		}
	}
}

// rung does the share of a rung.
func (w *worker) rung(ctx context.Context, steps *search.Search, c *cache.Cache) error {
	share, part, err := w.shareOf(steps.Rung(), c)
	if err != nil || len(part.Cells) == 0 {
		return err
	}
	if w.cause != nil {
		w.fail(ctx, share, part, w.cause)
		return w.cause
	}
	load, err := runner.LoadShare(ctx, part, c, w.catalog.Scores, w.Events, nil)
	if err != nil {
		w.fail(ctx, share, part, err)
		return err
	}
	return w.do(ctx, part, c, load, share, 0, 0)
}

// do does the share of a part of the plan. done is the number of cells of the share that were done
// before, and all the number of all its cells; if the part is the whole share, they are 0.
func (w *worker) do(ctx context.Context, part *plan.Plan, c *cache.Cache, load *runner.Runner, share runner.Share, done, all int) error {
	if err := w.affordPart(part, c, load); err != nil {
		err = errors.New(err.Error()) // no fault of the spec: the run began on a larger machine
		if w.MaxMemory == 0 {
			return &LaterError{&UnfitError{err}}
		}
		err = fmt.Errorf("%w; on a cluster, --mem of submit and resume sets it", err) // the same on every machine
		w.fail(ctx, share, part, err)
		return err
	}
	did, err := load.Work(ctx, runner.Options{
		RunID: w.run.ID, Workers: w.Workers, Progress: w.Events, Log: w.attempt.Log, Checkpoint: w.Checkpoint,
		Done: done, Cells: all,
	}, share)
	for i := range did.Failed {
		did.Failed[i].Later = temporary(did.Failed[i].Err)
	}
	a := w.attempt
	a.Done, a.Failed, a.Notes = append(a.Done, did.Done...), append(a.Failed, did.Failed...), append(a.Notes, did.Warnings...)
	return errors.Join(err, w.leave(part, did.Left))
}

// Reasons lists why steps were left, with their numbers.
func (r *WorkResult) Reasons() (list []string) {
	for _, reason := range slices.Sorted(maps.Keys(r.Left)) {
		list = append(list, fmt.Sprintf("%d: %s", r.Left[reason], cmp.Or(reason, "not begun")))
	}
	return list
}
