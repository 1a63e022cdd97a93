package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/store"
)

// untrained is why cells are left whose priors are not there.
const untrained = runner.Untrained

// untrainable is why cells are left whose training has failed.
const untrainable = "its training has failed"

// lost returns the steps that have failed in a submission, or in any if it is empty, and would fail
// again. Attempts that ended for another reason are made again. It decides what work waits for.
// failures is for people: it lists the steps whose last try failed, for whatever reason.
func lost(attempts []store.Attempt, submission string) map[cache.Key]bool {
	failed := map[cache.Key]bool{}
	for _, a := range attempts {
		for _, step := range a.Done {
			delete(failed, step.Key)
		}
		if a.Reason != reasonFailed || submission != "" && a.Submission != submission {
			continue
		}
		for _, step := range a.Failed {
			if !step.Later {
				failed[step.Key] = true
			}
		}
	}
	return failed
}

// leave counts the steps that were left, by reason. Cells whose training has failed elsewhere wait in
// vain.
func (w *worker) leave(part *plan.Plan, left []store.Step) error {
	var failed map[cache.Key]bool
	trainings := map[string][]int{}
	for _, cell := range part.Cells {
		trainings[cell.ID()] = cell.Trainings
	}
	for _, s := range left {
		if s.Error == untrained && failed == nil {
			attempts, err := store.FailedAttempts(w.run.dir)
			if err != nil {
				return err
			}
			failed = lost(attempts, w.Submission)
		}
		hopeless := func(t int) bool { return failed[part.Trainings[t].Key] }
		if s.Error == untrained && slices.ContainsFunc(trainings[s.ID], hopeless) {
			s.Error = untrainable
			w.hopeless = append(w.hopeless, s)
		}
		w.attempt.Left[s.Error]++
	}
	return nil
}

// over reports whether a submission can do no more cells of a plan: each that the cache lacks is
// lost, or one of its trainings is.
func (a *App) over(p *plan.Plan, c *cache.Cache, dir, submission string) (bool, error) {
	attempts, err := store.FailedAttempts(dir)
	if err != nil {
		return false, err
	}
	failed, found := lost(attempts, submission), runner.NewLookup(c, a.catalog.Scores)
	untrained := func(t int) bool {
		key := p.Trainings[t].Key
		return failed[key] && !c.Has(cache.Priors, key)
	}
	waits := func(cell plan.Cell) bool {
		return !failed[cell.Key] && !slices.ContainsFunc(cell.Trainings, untrained) && !found.Cached(cell.Key, cell.Point.Spec.Evaluate)
	}
	return !slices.ContainsFunc(p.Cells, waits), nil
}

// givenUp says why nobody does the share any more, with the last error that a process recorded for such a share.
func (w *worker) givenUp() error {
	const why = "given up: processes for this ended again and again without a word, perhaps for want of memory (then give more --mem)"
	attempts, _ := store.Attempts(w.run.dir)                                        // without them, less is said
	index := func(job string) string { return job[strings.IndexByte(job, '/')+1:] } // of a pod: several have shares that are called the same
	for _, a := range slices.Backward(attempts) {
		if a.Submission == w.Submission && a.Share == w.attempt.Share && index(a.Job) == index(w.attempt.Job) && a.Reason == reasonLater {
			return fmt.Errorf("%s, or with: %s", why, a.Error)
		}
	}
	return errors.New(why)
}

// failNamed records that none of the steps that were asked for by name can be done, if an error ended
// this process before it knew its share: others of its submission may wait for them.
func (w *worker) failNamed(ctx context.Context, err error) {
	if err == nil || w.Submission == "" || len(w.attempt.Failed) > 0 || ctx.Err() != nil || temporary(err) {
		return
	}
	kind := cache.Cells
	if w.Stage == StageTrainings {
		kind = cache.Priors
	}
	for _, name := range w.Steps {
		w.attempt.Failed = append(w.attempt.Failed, store.Step{Kind: kind, Key: cache.Key(name), ID: name, Error: err.Error(), Err: err})
	}
}

// firstFailure says why the first step of a plan that the cache lacks has failed, or nothing if none has.
func firstFailure(p *plan.Plan, c *cache.Cache, dir string) string {
	attempts, _ := store.FailedAttempts(dir) // without them, less is said
	failed := failures(attempts)
	for _, t := range p.Trainings {
		if f, ok := failed[t.Key]; ok && !c.Has(cache.Priors, t.Key) {
			return fmt.Sprintf("training of %s: %s", t.Name, f.Error)
		}
	}
	for _, cell := range p.Cells {
		if f, ok := failed[cell.Key]; ok && !c.Has(cache.Cells, cell.Key) {
			return fmt.Sprintf("cell %s: %s", cell.ID(), f.Error)
		}
	}
	return ""
}

// fail records that none of a share's steps can be done, unless they may be later.
func (w *worker) fail(ctx context.Context, share runner.Share, part *plan.Plan, err error) {
	if ctx.Err() != nil || temporary(err) {
		return
	}
	add := func(kind cache.Kind, key cache.Key, id, prior string) {
		w.attempt.Failed = append(w.attempt.Failed, store.Step{Kind: kind, Key: key, ID: id, Prior: prior, Error: err.Error(), Err: err})
	}
	for _, t := range part.Trainings {
		if share.Trains(t) {
			add(cache.Priors, t.Key, t.Hash(), t.Name)
		}
	}
	for _, cell := range part.Cells {
		if share.Solves(cell) {
			add(cache.Cells, cell.Key, cell.ID(), cell.Prior.Name)
		}
	}
}
