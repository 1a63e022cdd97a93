package bench

import (
	"context"
	"math"
	"time"
)

// task is work that is timed again and again.
type task struct {
	flops  float64 // operations of one call of the timed work
	repeat int     // trials in a turn: many for short work
	trial  func(context.Context) (time.Duration, error)

	best time.Duration // the shortest trial
}

// timed returns a trial that times a function.
func timed(f func()) func(context.Context) (time.Duration, error) {
	return func(context.Context) (time.Duration, error) {
		start := time.Now()
		f()
		return time.Since(start), nil
	}
}

// gflops returns the rate of the best trial.
func (t *task) gflops() float64 { return t.flops / float64(t.best) }

// ms returns the duration of the best trial in milliseconds.
func (t *task) ms() float64 { return t.best.Seconds() * 1e3 }

// measure runs the tasks in turn until the time limit and keeps the best trial of each.
// Taking turns exposes all tasks to the same disturbances on a shared machine. The
// shortest time is the cost of the program; longer times include disturbances.
func measure(ctx context.Context, limit time.Duration, tasks []*task) error {
	for _, t := range tasks {
		t.best = math.MaxInt64
	}
	for begin, first := time.Now(), true; first || time.Since(begin) < limit; first = false {
		for _, t := range tasks {
			for range t.repeat {
				if err := ctx.Err(); err != nil {
					return err
				}
				took, err := t.trial(ctx)
				if err != nil {
					return err
				}
				t.best = min(t.best, max(took, 1))
			}
		}
	}
	return nil
}
