// Package team runs the steps of one computation on a fixed set of goroutines.
package team

import "sync"

// Team is a fixed number of workers for one computation at a time.
type Team struct{ workers int }

// New returns a team of the given number of workers, at least 1. Close it.
func New(workers int) *Team { return &Team{workers: max(workers, 1)} }

// Workers returns the size of the team.
func (t *Team) Workers() int { return t.workers }

// Run splits [0, n) into contiguous ranges, calls fn on each from the workers,
// and returns when all are done. The ranges depend on the number of workers, so
// fn must compute each index alone. Boundaries are multiples of grain.
func (t *Team) Run(n, grain int, fn func(lo, hi int)) {
	var wg sync.WaitGroup
	chunks := (n + grain - 1) / grain
	for w := range t.workers {
		lo, hi := chunks*w/t.workers*grain, min(chunks*(w+1)/t.workers*grain, n)
		if lo < hi {
			wg.Go(func() { fn(lo, hi) })
		}
	}
	wg.Wait()
}

// Close ends the workers.
func (t *Team) Close() {}
