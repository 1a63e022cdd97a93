package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
)

// obtain takes a training from the cache, or else trains. If another process is training
// the prior, it waits. If no cell needs the prior, it trains only if the entry is damaged:
// without an entry, only the epochs of the training log are missing.
func (r *run) obtain(ctx context.Context, t plan.Training, needed bool) (got trained, err error) {
	was := r.cache.Has(cache.Priors, t.Key)
	if got, err = r.recallPrior(t); got.prior != nil || err != nil {
		return got, err
	}
	if !needed && (got.found || !was) {
		if !got.found {
			r.warn(fmt.Sprintf("prior %s: the cache has its cells, but no longer the epochs of its training", t.Name))
		}
		return got, nil
	}
	for {
		lock, err := r.lockTraining(ctx, t)
		if err != nil {
			return trained{}, err
		}
		got, err = r.trainUnder(ctx, lock, t)
		if err = errors.Join(err, lock.Release()); !errors.Is(err, cache.ErrLost) || ctx.Err() != nil {
			return got, err
		}
		r.opt.Log.Warn("lost", "prior", t.Name, "hash", t.Hash(), "error", err)
	}
}

// heldError says that another process trains a prior.
type heldError struct{ cache.Holder }

func (e *heldError) Error() string { return "held by " + e.String() }

// lockTraining takes the lock of a training. If another process has it, the error is a
// *heldError if others' work is left to them; else it waits.
func (r *run) lockTraining(ctx context.Context, t plan.Training) (*cache.Lock, error) {
	if !r.leaves {
		return r.cache.Lock(ctx, LockOf(t), func(h cache.Holder) {
			r.opt.Log.Info("waiting", "prior", t.Name, "hash", t.Hash(), "holder", h.String())
			r.opt.Progress.Waiting(t.Name, h)
		})
	}
	lock, holder, err := r.cache.TryLock(LockOf(t))
	if holder != nil {
		err = &heldError{*holder}
	}
	return lock, err
}

// trainUnder trains a prior under its lock, unless the cache has it by now. The error is
// cache.ErrLost if the lock was lost meanwhile.
func (r *run) trainUnder(outer context.Context, lock *cache.Lock, t plan.Training) (got trained, err error) {
	ctx, stop := lock.Context(outer)
	defer stop()
	if got, err := r.recallPrior(t); got.prior != nil || err != nil {
		return got, err
	}
	if _, err := r.dataOf(ctx, t, r.opt.Progress); err != nil {
		return trained{}, err
	}
	saved := &checkpoint{file: r.cache.Checkpoint(t.Key), lock: lock, every: r.opt.Checkpoint, keep: t.Continued != ""}
	if err := r.restore(t, saved); err != nil {
		return trained{}, err
	}
	start, resumed := time.Now(), saved.found != nil
	got, err = r.trainFrom(ctx, t, saved)
	if err != nil && ctx.Err() == nil && resumed && saved.err == nil && saved.epochs == 0 {
		r.warn(fmt.Sprintf("prior %s: trained from its start, because it could not go on from its checkpoint: %v", t.Name, err))
		got, err = r.trainFrom(ctx, t, saved)
	}
	if lost := lock.Held(); lost != nil && outer.Err() == nil {
		return trained{}, lost
	}
	if err != nil {
		return got, err
	}
	r.result.Trained++
	r.result.Epochs += saved.epochs
	r.logTrained(t, got, "epochs", saved.epochs, "seconds", time.Since(start).Seconds(), "resumed", resumed)
	if err := r.keepPrior(t, got); err != nil {
		return trained{epochs: got.epochs}, err
	}
	if saved.keep {
		return got, nil
	}
	return got, saved.file.Remove()
}
