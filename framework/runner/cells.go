package runner

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"sedlab/framework/store"
	"sedlab/internal/record"
)

// reconstruct does the jobs that the cache does not have. Workers get a tile of
// signals at a time, so that one large cell keeps all of them busy.
func (r *run) reconstruct(ctx context.Context) error {
	finished := 0
	for _, j := range r.jobs {
		if j.done() {
			finished++
		}
	}
	first, began := finished, time.Now()
	report := func() {
		r.opt.Progress.Cells(finished, len(r.jobs))
		if r.pace.due("", finished, len(r.jobs)) {
			r.opt.Log.Info(store.LogCells, "done", finished, "of", len(r.jobs), "first", first, "seconds", time.Since(began).Seconds())
		}
	}
	report()
	workers := max(1, r.opt.Workers)
	tiles, done := make(chan tile), make(chan tile, workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for t := range tiles {
				t.err = t.cell.solveSafely(ctx, t.first, t.last)
				done <- t
			}
		})
	}
	group.Go(func() {
		defer close(tiles)
		r.deal(ctx, tiles, done)
	})
	go func() { group.Wait(); close(done) }()
	for t := range done {
		c := t.cell
		if c.err == nil {
			c.err = t.err
		}
		if c.open--; c.open > 0 || c.err != nil && ctx.Err() != nil {
			continue
		}
		c.job.have = r.close(c)
		finished++
		report()
	}
	return ctx.Err()
}

// deal sends the tiles of the open jobs to the workers. Jobs that another process has
// finished meanwhile go straight to done.
func (r *run) deal(ctx context.Context, tiles, done chan<- tile) {
	first := r.firstJob()
	for n := range r.jobs {
		j := r.jobs[(first+n)%len(r.jobs)]
		if j.done() {
			continue
		}
		got, err := r.recall(j)
		if err != nil || got != nil && got.covers(j.want) {
			done <- tile{cell: &cell{job: j, have: got, open: 1}, err: err}
			continue
		}
		for _, t := range r.newCell(ctx, j, got).tiles() {
			select {
			case tiles <- t:
			case <-ctx.Done():
				return
			}
		}
	}
}

// firstJob returns the index of the job to begin with. Processes that share a cache
// begin at random ones, and so share the work.
func (r *run) firstJob() int {
	users, err := r.cache.Users()
	if err != nil || len(users) < 2 || len(r.jobs) == 0 {
		return 0 // not worth an error: the order changes no result
	}
	return rand.IntN(len(r.jobs))
}

// close returns the outcome of a cell whose tiles are done and stores it in the
// cache. The cell has failed if no signal has a result.
func (r *run) close(c *cell) *outcome {
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
	if o.err == nil {
		o.err = r.store(c.job.Cell, o)
	}
	return o
}
