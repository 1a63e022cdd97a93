// Package team runs the steps of one computation on a fixed set of goroutines.
package team

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Team is a fixed number of workers for one computation at a time. A step costs about
// a microsecond and allocates nothing. Between steps in close succession the workers
// wait in a loop; after a while they sleep, so that an idle team uses no processor
// time.
type Team struct {
	workers int
	hired   []*worker // all workers except the caller of Run, who is worker 0
	running sync.WaitGroup
	busy    atomic.Bool // in Run, or closed
	closed  bool

	// The work of a step is written before step is incremented, and read afterwards.
	work []Work
	left atomic.Uint64 // the chunks [lo, hi) not yet taken: lo in the lower half, hi in the upper

	step    atomic.Uint32
	pending atomic.Int32 // hired workers that have not finished the step
	caller  sleeper
	failed  atomic.Pointer[Panic]
}

// worker is one goroutine of the team.
type worker struct {
	team  *Team
	index int
	seen  uint32 // the last step it took part in
	sleeper
}

// New returns a team of the given number of workers, but at least 1. Close it.
func New(workers int) *Team {
	t := &Team{workers: max(workers, 1)}
	t.caller.init()
	for index := 1; index < t.workers; index++ {
		w := &worker{team: t, index: index}
		w.init()
		t.hired = append(t.hired, w)
		t.running.Go(w.serve)
	}
	return t
}

// Workers returns the size of the team.
func (t *Team) Workers() int { return t.workers }

// Work is the indices [0, N), of which Do computes a range. Ranges begin at multiples
// of Grain, which is at least 1.
type Work struct {
	N, Grain int
	Do       func(lo, hi int)
}

func (w Work) chunks() int { return (w.N + w.Grain - 1) / w.Grain }

// Run deals the indices of all works to the workers, and returns when all are done.
// Which worker computes an index depends on how fast each is. So Do must compute each
// index independently of the others, and no work may need another's results.
//
// A panic in Do reaches the caller of Run once all workers are done. The caller's own
// panic arrives unchanged, another worker's as a *[Panic]. Run panics on a closed
// team, and when called from Do or from two goroutines at once.
func (t *Team) Run(work ...Work) {
	if !t.busy.CompareAndSwap(false, true) {
		panic("team: Run on a team that is running or closed")
	}
	defer t.busy.Store(false)
	total := 0
	for _, w := range work {
		total += w.chunks()
	}
	t.work = work
	t.left.Store(uint64(total) << 32)
	if t.workers > 1 {
		t.pending.Store(int32(len(t.hired)))
		t.next()
		defer t.finish()
	}
	t.labour(0)
}

// labour takes chunks and does them, until none is left. Half of the workers take from
// the end, so that a work that waits for memory runs beside one that computes.
func (t *Team) labour(index int) {
	for {
		lo, hi := t.take(index%2 == 1)
		if lo == hi {
			return
		}
		for _, w := range t.work {
			n := w.chunks()
			if first, last := max(lo, 0), min(hi, n); first < last {
				w.Do(first*w.Grain, min(last*w.Grain, w.N))
			}
			lo, hi = lo-n, hi-n
		}
	}
}

// take returns a range of chunks, or an empty one if none is left. Ranges are long at
// first and shrink to one chunk, so that the others do not wait long for the last
// worker.
func (t *Team) take(fromEnd bool) (lo, hi int) {
	for {
		left := t.left.Load()
		lo, hi := int(uint32(left)), int(left>>32)
		if lo == hi {
			return lo, hi
		}
		n := max(1, (hi-lo)/(2*t.workers))
		if t.workers == 1 {
			n = hi - lo
		}
		rest := uint64(hi)<<32 | uint64(lo+n)
		if fromEnd {
			rest = uint64(hi-n)<<32 | uint64(lo)
		}
		if t.left.CompareAndSwap(left, rest) {
			if fromEnd {
				return hi - n, hi
			}
			return lo, lo + n
		}
	}
}

// next starts a step for the hired workers.
func (t *Team) next() {
	t.step.Add(1)
	for _, w := range t.hired {
		w.wake()
	}
}

// finish waits for the hired workers, and passes on the first panic.
func (t *Team) finish() {
	t.caller.wait(func() bool { return t.pending.Load() == 0 })
	t.work = nil
	if p := t.failed.Swap(nil); p != nil {
		panic(p)
	}
}

// Close ends the workers. Closing again does nothing.
func (t *Team) Close() {
	if t.closed {
		return
	}
	if !t.busy.CompareAndSwap(false, true) { // stays busy: no Run may follow
		panic("team: Close during Run")
	}
	t.closed = true
	t.next()
	t.running.Wait()
}

// serve takes part in every step until the team is closed.
func (w *worker) serve() {
	for {
		w.wait(func() bool { return w.team.step.Load() != w.seen })
		w.seen++
		if w.team.closed {
			return
		}
		w.serveStep()
	}
}

// serveStep does the worker's part of a step. However Do ends, it reports the part done.
func (w *worker) serveStep() {
	returned := false
	defer func() {
		if !returned {
			w.recovered(recover())
		}
		if w.team.pending.Add(-1) == 0 {
			w.team.caller.wake()
		}
	}()
	w.team.labour(w.index)
	returned = true
}

// recovered keeps the value that Do panicked with, for the caller. Without a value, Do
// has called runtime.Goexit, as (*testing.T).FailNow does. This goroutine then ends, and
// another takes its place.
func (w *worker) recovered(value any) {
	if value == nil {
		value = "Do ended its goroutine"
		w.team.running.Go(w.serve)
	}
	w.team.failed.CompareAndSwap(nil, &Panic{Value: value, Stack: debug.Stack()})
}

// Panic is the value that Run panics with if Do panicked in another goroutine.
type Panic struct {
	Value any    // the value that Do panicked with
	Stack []byte // the stack of the goroutine that panicked
}

func (p *Panic) Error() string { return fmt.Sprintf("%v\n\nin a worker:\n%s", p.Value, p.Stack) }

// Unwrap returns the value that Do panicked with, if it is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}
