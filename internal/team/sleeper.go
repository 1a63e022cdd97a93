package team

import (
	"runtime"
	"sync/atomic"
)

// A sleeper lets one goroutine wait for a condition that others make true.
type sleeper struct {
	asleep atomic.Bool
	token  chan struct{} // gets a token whenever wake finds the goroutine asleep
	spins  int
}

const (
	// spins is the number of tries before sleeping. They take about 50 µs, which is
	// longer than the time between two steps of a training.
	spins = 20_000
	yield = 500 // tries after which other goroutines may run
)

func (s *sleeper) init() {
	s.token = make(chan struct{}, 1)
	if runtime.GOMAXPROCS(0) > 1 {
		s.spins = spins
	}
}

// wait returns once ready returns true. ready must read nothing but atomics.
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
		// ready may have become true before others could see that we are asleep.
		if ready() && s.asleep.CompareAndSwap(true, false) {
			return
		}
		<-s.token
	}
}

// wake ends the sleep. Call it after making the condition true.
func (s *sleeper) wake() {
	if s.asleep.CompareAndSwap(true, false) {
		s.token <- struct{}{}
	}
}
