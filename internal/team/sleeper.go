package team

import (
	"runtime"
	"sync/atomic"
)

// A sleeper is one goroutine's means to wait for a condition that others make true.
type sleeper struct {
	asleep atomic.Bool
	token  chan struct{} // one for each time that wake found it asleep
	spins  int
}

// spins is how often a condition is tried before sleep: some 50 µs, longer than
// what training does between two steps of a team.
const (
	spins = 20_000
	yield = 500 // tries between which other goroutines may run
)

func (s *sleeper) init() {
	s.token = make(chan struct{}, 1)
	if runtime.GOMAXPROCS(0) > 1 {
		s.spins = spins
	}
}

// wait returns when ready, which reads atomics alone, returns true.
func (s *sleeper) wait(ready func() bool) {
	for i := range s.spins {
		if ready() {
			return
		}
		if i%yield == yield-1 {
			runtime.Gosched()
		}
	}
	for !ready() {
		s.asleep.Store(true)
		// Ready may have become true before anybody could see that we sleep.
		if ready() && s.asleep.CompareAndSwap(true, false) {
			return
		}
		<-s.token
	}
}

// wake ends the sleep; whoever makes the condition true calls it after that.
func (s *sleeper) wake() {
	if s.asleep.CompareAndSwap(true, false) {
		s.token <- struct{}{}
	}
}
