package runner

import (
	"context"
	"errors"
	"slices"
	"time"

	"sedlab/framework/cache"
)

// block is the open work of a block of the plan. While it is solved, this process has its
// lock in the cache.
type block struct {
	name string
	jobs []*job

	lock   *cache.Lock     // nil if it is not held
	err    error           // why it cannot be taken
	ctx    context.Context // ends when the lock is lost
	stop   func()
	open   int       // cells that are dealt and not finished; once dealt, owned by the collecting goroutine
	ready  []*cell   // finished, but not stored
	stored time.Time // when cells were stored last, or the work began
	holder watched   // another process that has the block
}

// watched is another process that has a lock.
type watched struct {
	cache.Holder
	alive bool // it is known to work
}

// saw notes who has the lock now.
func (w *watched) saw(h cache.Holder) {
	same := w.Holder.Since.Equal(h.Since) && w.Holder.PID == h.PID
	*w = watched{h, h.Here() || same && (w.alive || !w.Beat.Equal(h.Beat))}
}

// storeEvery is how long finished cells of a block that takes longer than expected wait
// before they are stored.
const storeEvery = 5 * time.Second

// blocks returns the blocks with jobs that are to be done.
func (r *run) blocks() (list []*block) {
	for _, j := range r.jobs {
		if j.done() {
			continue
		}
		if n := len(list); n == 0 || list[n-1].name != j.Block() {
			list = append(list, &block{name: j.Block()})
		}
		b := list[len(list)-1]
		b.jobs = append(b.jobs, j)
	}
	return list
}

// done reports whether nothing is left to do.
func (b *block) done() bool {
	for _, j := range b.jobs {
		if !j.done() {
			return false
		}
	}
	return true
}

// take takes the lock of a block and returns its cells that are to be dealt, with their
// tiles. Cells that another process has finished meanwhile are ready. There are none to deal
// if another process has the block, or if its lock cannot be taken.
func (r *run) take(ctx context.Context, b *block) (cells []*cell) {
	b.ctx, b.stop, b.ready, b.stored = ctx, func() {}, nil, time.Now()
	if !r.stored(b) {
		var holder *cache.Holder
		if b.lock, holder, b.err = r.cache.TryLock(b.name); b.lock == nil {
			if holder != nil {
				b.holder.saw(*holder)
			}
			return nil
		}
		b.ctx, b.stop = b.lock.Context(ctx)
	}
	for _, j := range b.jobs {
		if j.done() {
			continue
		}
		got, err := r.refresh(j)
		if err != nil || got != nil && got.covers(j.want) {
			b.ready = append(b.ready, &cell{job: j, block: b, have: got, err: err})
			continue
		}
		c := r.newCell(ctx, j, got)
		c.block, c.todo = b, c.tiles()
		cells = append(cells, c)
	}
	if n := len(b.ready) - 1; len(cells) == 0 && n >= 0 { // one has to come back, to settle the block
		c := b.ready[n]
		c.open, c.todo = 1, []tile{{cell: c}}
		cells, b.ready = []*cell{c}, b.ready[:n]
	}
	b.open = len(cells)
	return cells
}

// stored reports whether another process has stored a whole block since this one began. Then
// no lock is needed to see that nothing is left to do.
func (r *run) stored(b *block) bool {
	return r.leaves && !slices.ContainsFunc(b.jobs, func(j *job) bool { return !j.done() && !r.made(j) })
}

// made reports whether another process has made all of a job since this one began.
func (r *run) made(j *job) bool {
	j.made = j.made || r.leaves && j.absent && r.others.covers(j.Key, j.want)
	return j.made
}

// refresh returns a job's results from the cache. A process that needs no rows reads, of an
// entry that another process has made since it began, only the note, if that has enough: to
// read all of those would take longer than many cells do.
func (r *run) refresh(j *job) (*outcome, error) {
	switch {
	case r.made(j):
		return &outcome{coverage: j.want}, nil
	case r.leaves && j.absent && r.others.none:
		return nil, nil
	}
	return r.recall(j)
}

// fail gives the jobs of a block the error of its lock.
func (r *run) fail(b *block) {
	var cells []*cell
	for _, j := range b.jobs {
		if !j.done() {
			cells = append(cells, &cell{job: j, err: b.err})
		}
	}
	r.settle(cells)
}

// finish counts a tile that came back from a worker, and stores the finished cells of its
// block once that is due.
func (r *run) finish(t tile) {
	c, b := t.cell, t.cell.block
	c.took += t.took
	if c.err == nil {
		c.err = t.err
	}
	if c.open--; c.open > 0 {
		return
	}
	if b.open--; c.err == nil || b.ctx.Err() == nil {
		b.ready = append(b.ready, c)
	}
	switch {
	case b.open == 0:
		r.release(b)
	case time.Since(b.stored) > storeEvery:
		r.keep(b)
	}
}

// release stores what is finished of a block, and gives its lock back.
func (r *run) release(b *block) {
	r.keep(b)
	b.stop()
	if b.lock == nil {
		return
	}
	if err := b.lock.Release(); err != nil {
		r.opt.Log.Warn("lock", "name", b.name, "error", err)
	}
	b.lock = nil
}

// held returns cache.ErrLost if the lock of a block was lost.
func (b *block) held() error {
	if b.lock == nil { // none was needed
		return nil
	}
	return b.lock.Held()
}

// keep stores the finished cells of a block. If its lock was lost, they are left to the
// process that has it now.
func (r *run) keep(b *block) {
	ready := b.ready
	b.ready, b.stored = nil, time.Now()
	if err := b.held(); errors.Is(err, cache.ErrLost) {
		r.opt.Log.Warn("lost", "block", b.name, "cells", len(b.jobs), "error", err)
		return
	}
	r.settle(ready)
}

// settle gives jobs the outcomes of their finished cells, and stores these.
func (r *run) settle(cells []*cell) {
	r.close(cells)
	for range cells {
		r.settled++
		r.report()
	}
	if r.kept != nil {
		r.kept(cells)
	}
}
