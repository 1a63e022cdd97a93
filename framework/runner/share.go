package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/store"
)

// Share says what Work does of a plan.
type Share struct {
	Trains func(plan.Training) bool // whether it does a training
	Solves func(plan.Cell) bool     // whether it solves a cell
	// Waits is whether it waits for what other processes work on. Else it leaves that to them,
	// once they have proved to be alive.
	Waits bool
	// Once is whether it only does what it can do at once. It then lists nothing as left, unless it
	// is interrupted.
	Once bool
}

// Worked is what became of a share.
type Worked struct {
	Done     []store.Step // by this process
	Failed   []store.Step
	Left     []store.Step // for now: others work on it, or it needs a training that is not done
	Warnings []string
}

// Paused is why Work leaves a training in which it was stopped.
const Paused = "in progress, its state is saved"

// Untrained is why Work leaves a cell whose training it does not do, and which is not done.
const Untrained = "its prior is not trained yet"

// Work does a share of the plan into the cache, and keeps no rows. Steps that other processes
// work on are left to them. If the share is done once, closing the cache syncs it. The result is never nil; the error is ctx's.
func (r *Runner) Work(ctx context.Context, opt Options, s Share) (*Worked, error) {
	w := &sharing{run: run{Runner: r, opt: opt, result: &Result{}, leaves: true, others: NewLookup(r.cache, r.scores), began: time.Now()}, share: s, needs: map[cache.Key]bool{}, held: map[cache.Key]*watched{}}
	w.kept = w.note
	for _, b := range w.blocks() {
		b.jobs = slices.DeleteFunc(b.jobs, func(j *job) bool { return !s.Solves(j.Cell) })
		for _, j := range b.jobs {
			for _, t := range j.Trainings {
				w.needs[r.plan.Trainings[t].Key] = true
			}
		}
		if len(b.jobs) > 0 {
			w.left = append(w.left, b)
		}
	}
	for _, t := range r.plan.Trainings {
		got, known := r.trained[t.Key]
		if known = known && (got.err != nil || got.prior != nil || !w.needs[t.Key]); !known && (s.Trains(t) || w.needs[t.Key]) {
			w.trainings = append(w.trainings, t)
		}
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		before := w.progress()
		w.train(ctx)
		w.solve(ctx)
		if s.Once || ctx.Err() != nil || len(w.trainings) == 0 && len(w.left) == 0 {
			break
		}
		if w.progress() > before { // others may have been as busy
			pause = firstPause / 2
			continue
		}
		if w.ended() {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	if w.leave(); s.Once && ctx.Err() == nil {
		w.Left = nil
	} else {
		w.sync()
	}
	w.Warnings = append(w.result.Warnings, r.notes...)
	return &w.Worked, ctx.Err()
}

// sharing is one execution of Work.
type sharing struct {
	run
	Worked
	share     Share
	needs     map[cache.Key]bool // trainings whose priors cells are solved with
	trainings []plan.Training    // that are neither done nor failed nor out of reach
	absent    []plan.Training    // out of reach: others have to do them
	paused    cache.Key          // the training that was under way when the work was stopped
	held      map[cache.Key]*watched
	left      []*block
}

func (w *sharing) progress() int { return len(w.trained) + len(w.absent) + w.settled }

// train does the trainings that no other process does now.
func (w *sharing) train(ctx context.Context) {
	var left []plan.Training
	todo := w.trainings
	defer func() { w.trainings = append(left, todo...) }()
	for ; len(todo) > 0 && ctx.Err() == nil; todo = todo[1:] {
		t := todo[0]
		has := w.cache.Has(cache.Priors, t.Key)
		if !w.share.Trains(t) && !has {
			w.absent = append(w.absent, t)
			continue
		}
		if has && !w.needs[t.Key] {
			w.trained[t.Key] = trained{}
			continue
		}
		began, before := time.Now(), w.result.Trained
		got, err := w.obtain(ctx, t, true)
		var other *heldError
		switch step := (store.Step{Kind: cache.Priors, Key: t.Key, ID: t.Hash(), Prior: t.Name, Seconds: time.Since(began).Seconds(), Err: err}); {
		case ctx.Err() != nil:
			w.paused = t.Key
			return
		case errors.As(err, &other):
			if w.held[t.Key] == nil {
				w.held[t.Key] = new(watched)
				w.opt.Log.Info("waiting", "prior", t.Name, "hash", t.Hash(), "holder", other.String())
				if w.needs[t.Key] {
					w.opt.Progress.Waiting(t.Name, other.Holder)
				}
			}
			w.held[t.Key].saw(other.Holder)
			left = append(left, t)
			continue
		case err != nil:
			got.err = fmt.Errorf("prior %s: %w", t.Name, err)
			w.fail(step)
		case w.result.Trained > before:
			w.Done = append(w.Done, step)
		}
		if got.epochs = nil; !w.needs[t.Key] {
			got.prior = nil
		}
		w.trained[t.Key] = got
	}
}

func (w *sharing) fail(s store.Step) {
	s.Error = s.Err.Error()
	w.Failed = append(w.Failed, s)
	w.opt.Log.Error("failed", "kind", s.Kind, "id", s.ID, "prior", s.Prior, "error", s.Error)
}

// solve solves the cells whose priors are there and which no other process solves now.
func (w *sharing) solve(ctx context.Context) {
	var ready []*block
	for _, b := range w.left {
		b.jobs = slices.DeleteFunc(b.jobs, func(j *job) bool {
			failed := w.without(j, func(t plan.Training) bool { return w.trained[t.Key].err != nil })
			if failed {
				w.Left = append(w.Left, store.Step{Kind: cache.Cells, Key: j.Key, ID: j.ID(), Prior: j.Prior.Name, Error: "its training failed"})
			}
			return failed
		})
		if !slices.ContainsFunc(b.jobs, func(j *job) bool {
			return w.without(j, func(t plan.Training) bool { return w.trained[t.Key].prior == nil })
		}) {
			ready = append(ready, b)
		}
	}
	w.pass(ctx, ready)
	w.left = undone(w.left)
}

// without reports whether a job needs a training of which something is true.
func (w *sharing) without(j *job, is func(plan.Training) bool) bool {
	return slices.ContainsFunc(j.Trainings, func(t int) bool { return is(w.plan.Trainings[t]) })
}

// note takes down what was done of a block, and forgets the rows.
func (w *sharing) note(cells []*cell) {
	var ids []string
	seconds := 0.
	for _, c := range cells {
		j := c.job
		step := store.Step{Kind: cache.Cells, Key: j.Key, ID: j.ID(), Prior: j.Prior.Name, Seconds: c.took.Seconds(), Err: j.have.err}
		switch {
		case j.have.err != nil:
			w.fail(step)
		case c.data != nil:
			w.Done = append(w.Done, step)
			ids, seconds = append(ids, step.ID), seconds+step.Seconds
		}
		j.have = &outcome{coverage: j.have.coverage, err: j.have.err}
	}
	if len(ids) > 0 {
		w.opt.Log.Info("stored", "cells", ids, "seconds", seconds)
	}
}

// ended reports whether all that is left is work of others, or waits for trainings that
// nobody does here.
func (w *sharing) ended() bool {
	others := func(h *watched) bool { return h.alive && !w.share.Waits }
	for _, t := range w.trainings {
		if !others(w.held[t.Key]) || len(w.left) > 0 {
			return false // what is left here needs it
		}
	}
	return !slices.ContainsFunc(w.left, func(b *block) bool { return !w.outOfReach(b) && !others(&b.holder) })
}

// outOfReach reports whether a block needs a training that this share does not do.
func (w *sharing) outOfReach(b *block) bool {
	return slices.ContainsFunc(b.jobs, func(j *job) bool {
		return w.without(j, func(t plan.Training) bool {
			return slices.ContainsFunc(w.absent, func(a plan.Training) bool { return a.Key == t.Key })
		})
	})
}

func leftTo(h cache.Holder) string { return fmt.Sprintf("left to process %d on %s", h.PID, h.Host) }

// leave lists what is left.
func (w *sharing) leave() {
	for _, t := range w.trainings {
		step := store.Step{Kind: cache.Priors, Key: t.Key, ID: t.Hash(), Prior: t.Name}
		if h := w.held[t.Key]; h != nil {
			step.Error = leftTo(h.Holder)
		} else if t.Key == w.paused {
			step.Error = Paused
		}
		w.Left = append(w.Left, step)
	}
	for _, b := range w.left {
		for _, j := range b.jobs {
			if j.done() {
				continue
			}
			step := store.Step{Kind: cache.Cells, Key: j.Key, ID: j.ID(), Prior: j.Prior.Name}
			switch {
			case b.holder.PID != 0:
				step.Error = leftTo(b.holder.Holder)
			case w.outOfReach(b):
				step.Error = Untrained
			}
			w.Left = append(w.Left, step)
		}
	}
}
