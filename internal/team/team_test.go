package team

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRunCoversEveryIndexOnce(t *testing.T) {
	for workers := 1; workers <= 5; workers++ {
		team := New(workers)
		for _, n := range []int{0, 1, 2, 7, 64, 1000} {
			for _, grain := range []int{1, 6, 16, 2000} {
				counts := make([]int, n) // unsynchronised: the race detector sees an overlap
				team.Run(Work{n, grain, func(lo, hi int) {
					if lo%grain != 0 || (hi%grain != 0 && hi != n) {
						t.Errorf("range [%d, %d) of %d is not in multiples of %d", lo, hi, n, grain)
					}
					for i := lo; i < hi; i++ {
						counts[i]++
					}
				}})
				if i := slices.IndexFunc(counts, func(c int) bool { return c != 1 }); i >= 0 {
					t.Errorf("%d workers, n %d, grain %d: index %d ran %d times", workers, n, grain, i, counts[i])
				}
			}
		}
		team.Close()
	}
}

// A step may read what any worker wrote in the step before.
func TestStepsAreOrdered(t *testing.T) {
	for _, procs := range []int{1, 2, 4} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		team := New(3)
		x, y := make([]int, 100), make([]int, 100)
		for range 200 {
			team.Run(Work{len(x), 1, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					x[i] = y[len(y)-1-i] + 1
				}
			}})
			x, y = y, x
		}
		team.Close()
		if y[0] != 200 || y[99] != 200 {
			t.Errorf("GOMAXPROCS %d: after 200 steps %d and %d", procs, y[0], y[99])
		}
	}
}

// All works of a step are dealt, each index once.
func TestRunCoversAllWorks(t *testing.T) {
	for workers := 1; workers <= 4; workers++ {
		team := New(workers)
		var counts [3][]int
		var work []Work
		for k, n := range []int{100, 0, 37} {
			counts[k] = make([]int, n)
			work = append(work, Work{n, 1 + 5*k, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					counts[k][i]++
				}
			}})
		}
		for round := 1; round <= 20; round++ {
			team.Run(work...)
			for k := range counts {
				if i := slices.IndexFunc(counts[k], func(c int) bool { return c != round }); i >= 0 {
					t.Fatalf("%d workers, round %d: index %d of work %d ran %d times", workers, round, i, k, counts[k][i])
				}
			}
		}
		team.Close()
	}
}

// pair returns work on two indices that two workers compute, the caller of Run the
// first. It calls do once both have begun.
func pair(do func(i int)) Work {
	var begun sync.WaitGroup
	begun.Add(2)
	return Work{2, 1, func(lo, _ int) {
		begun.Done()
		begun.Wait()
		do(lo)
	}}
}

func TestPanicReachesCaller(t *testing.T) {
	boom := errors.New("boom")
	team := New(2)
	defer team.Close()
	for bad := range 2 {
		err, ok := recoverFrom(func() {
			team.Run(pair(func(i int) {
				if i == bad {
					panic(boom)
				}
			}))
		}).(error)
		if !ok || !errors.Is(err, boom) {
			t.Errorf("worker %d: recovered %v, expected boom", bad, err)
		}
		if p := new(Panic); bad > 0 && (!errors.As(err, &p) || !strings.Contains(p.Error(), "TestPanicReachesCaller")) {
			t.Errorf("worker %d: no stack of the worker in %v", bad, err)
		}
	}
	var ran [2]bool
	team.Run(pair(func(i int) { ran[i] = true }))
	if ran != [2]bool{true, true} {
		t.Errorf("after panics ran %v, expected all", ran)
	}
}

func TestGoexitDoesNotHang(t *testing.T) {
	team := New(2)
	defer team.Close()
	for range 3 {
		if v := recoverFrom(func() {
			team.Run(pair(func(i int) {
				if i == 1 {
					runtime.Goexit()
				}
			}))
		}); v == nil {
			t.Error("a worker that ended went unnoticed")
		}
	}
}

func TestMisuse(t *testing.T) {
	team := New(2)
	if recoverFrom(func() { team.Run(Work{2, 1, func(int, int) { team.Run() }}) }) == nil {
		t.Error("Run inside Run did not panic")
	}
	team.Close()
	team.Close()
	if recoverFrom(func() { team.Run() }) == nil {
		t.Error("Run after Close did not panic")
	}
}

// recoverFrom returns what f panics with.
func recoverFrom(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

func TestIdleTeamSleepsAndWakes(t *testing.T) {
	team := New(3)
	defer team.Close()
	for range 3 {
		for _, w := range team.hired {
			for deadline := time.Now().Add(30 * time.Second); !w.asleep.Load(); time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("an idle worker does not sleep")
				}
			}
		}
		var mu sync.Mutex
		sum := 0
		team.Run(Work{9, 1, func(lo, hi int) {
			mu.Lock()
			defer mu.Unlock()
			sum += hi - lo
		}})
		if sum != 9 {
			t.Errorf("woken workers did %d of 9", sum)
		}
	}
}

// A caller that waits long for the others sleeps too.
func TestSlowWorker(t *testing.T) {
	team := New(2)
	defer team.Close()
	done := false
	team.Run(pair(func(i int) {
		if i == 1 {
			time.Sleep(20 * time.Millisecond)
			done = true
		}
	}))
	if !done {
		t.Error("Run returned before the slow worker")
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	team := New(2)
	defer team.Close()
	work := []Work{{64, 16, func(int, int) {}}, {64, 16, func(int, int) {}}}
	if got := testing.AllocsPerRun(100, func() { team.Run(work...) }); got != 0 {
		t.Errorf("%v allocations a step", got)
	}
}

func BenchmarkRun(b *testing.B) {
	team := New(2)
	defer team.Close()
	work := []Work{{64, 16, func(int, int) {}}, {64, 16, func(int, int) {}}}
	for b.Loop() {
		team.Run(work...)
	}
}
