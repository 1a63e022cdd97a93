package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sedlab/framework/store"
	"sedlab/internal/record"
)

// reconstruct does the jobs that the cache does not have. What other processes work on, it
// waits for.
func (r *run) reconstruct(ctx context.Context) error {
	for _, j := range r.jobs {
		if j.done() {
			r.settled++
		}
	}
	r.first, r.began = r.settled, time.Now()
	r.report()
	pause := firstPause
	for left := r.blocks(); len(left) > 0 && ctx.Err() == nil; left = undone(left) {
		before := r.settled
		r.pass(ctx, left)
		if r.settled > before {
			pause = firstPause
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, lastPause)
	}
	r.sync()
	return ctx.Err()
}

// The shortest and the longest pause before blocks that other processes have are looked at
// again.
const (
	firstPause = 20 * time.Millisecond
	lastPause  = time.Second
)

// report says how many cells are done.
func (r *run) report() {
	done, all := r.opt.Done+r.settled, max(r.opt.Cells, len(r.jobs))
	r.opt.Progress.Cells(done, all)
	if r.pace.due("", done, all) {
		r.opt.Log.Info(store.LogCells, "done", done, "of", all, "first", r.opt.Done+r.first, "seconds", time.Since(r.began).Seconds())
	}
}

// undone returns the blocks with jobs that are to be done.
func undone(blocks []*block) []*block {
	return slices.DeleteFunc(slices.Clone(blocks), (*block).done)
}

// pass does those of the blocks that no other process has. Workers get a tile of signals at
// a time, so that one large cell keeps all of them busy.
func (r *run) pass(ctx context.Context, blocks []*block) {
	workers := max(1, r.opt.Workers)
	tiles, done := make(chan tile), make(chan tile, workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for t := range tiles {
				if t.cell.data != nil {
					began := time.Now()
					t.err = t.cell.solveSafely(t.cell.block.ctx, t.first, t.last)
					t.took = time.Since(began)
				}
				done <- t
			}
		})
	}
	group.Go(func() {
		defer close(tiles)
		for _, b := range blocks {
			if ctx.Err() != nil {
				return
			}
			r.deal(ctx, b, tiles)
		}
	})
	go func() { group.Wait(); close(done) }()
	for t := range done {
		r.finish(t)
	}
	for _, b := range blocks {
		switch {
		case b.lock != nil: // it was interrupted
			r.release(b)
		case b.err != nil:
			r.fail(b)
		}
	}
}

// deal takes a block, if no other process has it, and sends its tiles to the workers.
func (r *run) deal(ctx context.Context, b *block, tiles chan<- tile) {
	for _, c := range r.take(ctx, b) {
		for _, t := range c.todo {
			select {
			case tiles <- t:
			case <-b.ctx.Done():
				return
			}
		}
	}
}

// close gives jobs the outcomes of their finished cells, and stores these in the cache.
func (r *run) close(cells []*cell) {
	var made []*job
	for _, c := range cells {
		c.job.have = r.outcomeOf(c)
		if c.data != nil && c.job.have.err == nil {
			made = append(made, c.job)
		}
	}
	if len(made) == 0 {
		return
	}
	if err := r.store(made); err != nil {
		for _, j := range made {
			j.have.err = err
		}
	}
}

// sync makes durable what is stored.
func (r *run) sync() {
	if err := r.cache.Sync(); err != nil {
		r.warn(fmt.Sprintf("a power failure now may undo cells that are stored: %v", err))
	}
}

// outcomeOf returns the outcome of a cell whose tiles are done. The cell has failed if no
// signal has a result.
func (r *run) outcomeOf(c *cell) *outcome {
	if c.data == nil {
		if c.have == nil {
			return &outcome{err: c.err}
		}
		return c.have
	}
	o := c.have.add(&outcome{
		coverage: c.covered, rows: c.rows, examples: c.keptExamples(), err: c.err,
		dataset: c.data.described(c.job.Point.Spec.Seeds.Split),
	})
	some := func(s record.Signal) bool { return s.Status == record.StatusOK }
	if o.err == nil && !slices.ContainsFunc(o.rows, some) {
		o.err = errors.New("no signal could be reconstructed; the column status says why")
		if len(o.rows) == 0 {
			o.err = fmt.Errorf("the %s split has no signals", c.job.Point.Spec.Evaluate.Split)
		}
	}
	return o
}
