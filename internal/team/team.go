// Package team runs the steps of one computation on a fixed set of goroutines.
package team

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Team is a fixed number of workers for one computation at a time. A step
// costs about a microsecond and allocates nothing: between steps that follow
// each other closely the workers wait in a loop, and only then sleep, so that
// an idle team costs no processor time.
type Team struct {
	workers int
	hired   []*worker // all but the caller of Run, who is worker 0
	running sync.WaitGroup
	busy    atomic.Bool // in Run, or closed
	closed  bool

	// The step: written before step is incremented, read after.
	n, grain int
	fn       func(lo, hi int)

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

// New returns a team of the given number of workers, at least 1. Close it.
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

// Run splits [0, n) into contiguous ranges, calls fn on each from the workers,
// and returns when all are done. The ranges depend on the number of workers, so
// fn must compute each index alone. Boundaries are multiples of grain, which is
// at least 1.
//
// A panic in fn reaches the caller when all workers are done: its own as it is,
// another worker's as a *[Panic]. Run panics on a closed team, and when called
// from fn or from two goroutines at once.
func (t *Team) Run(n, grain int, fn func(lo, hi int)) {
	if !t.busy.CompareAndSwap(false, true) {
		panic("team: Run on a team that is running or closed")
	}
	defer t.busy.Store(false)
	t.n, t.grain, t.fn = n, grain, fn
	if t.workers > 1 {
		t.pending.Store(int32(len(t.hired)))
		t.next()
		defer t.finish()
	}
	t.work(0)
}

// work calls fn on the worker's range of the step.
func (t *Team) work(index int) {
	chunks := (t.n + t.grain - 1) / t.grain
	lo, hi := chunks*index/t.workers*t.grain, min(chunks*(index+1)/t.workers*t.grain, t.n)
	if lo < hi {
		t.fn(lo, hi)
	}
}

// next starts a step of the hired workers.
func (t *Team) next() {
	t.step.Add(1)
	for _, w := range t.hired {
		w.wake()
	}
}

// finish waits for the hired workers, and passes on the first one's panic.
func (t *Team) finish() {
	t.caller.wait(func() bool { return t.pending.Load() == 0 })
	t.fn = nil
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

// serveStep does the worker's part of a step, and reports it as done however
// fn ends.
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
	w.team.work(w.index)
	returned = true
}

// recovered keeps what fn panicked with for the caller. Without a value fn
// called runtime.Goexit, as (*testing.T).FailNow does: another goroutine takes
// the place of this one, which ends.
func (w *worker) recovered(value any) {
	if value == nil {
		value = "fn ended its goroutine"
		w.team.running.Go(w.serve)
	}
	w.team.failed.CompareAndSwap(nil, &Panic{Value: value, Stack: debug.Stack()})
}

// Panic is what Run panics with when fn panicked in another goroutine.
type Panic struct {
	Value any    // what fn panicked with
	Stack []byte // of the goroutine that did
}

func (p *Panic) Error() string { return fmt.Sprintf("%v\n\nin a worker:\n%s", p.Value, p.Stack) }

// Unwrap returns the value that fn panicked with, if it is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}
