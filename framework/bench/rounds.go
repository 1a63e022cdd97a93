package bench

import (
	"context"
	"math"
	"time"
)

// task is work that is timed, over and over.
type task struct {
	flops  float64 // of one call of what trial times
	repeat int     // trials in a turn: many for short work
	trial  func(context.Context) (time.Duration, error)

	best   time.Duration // the shortest trial
	trials int
}

// timed makes a trial of a function.
func timed(f func()) func(context.Context) (time.Duration, error) {
	return func(context.Context) (time.Duration, error) {
		start := time.Now()
		f()
		return time.Since(start), nil
	}
}

// gflops is the rate of the best trial.
func (t *task) gflops() float64 { return t.flops / float64(t.best) }

// ms is the duration of the best trial.
func (t *task) ms() float64 { return t.best.Seconds() * 1e3 }

// measure gives each task its turn, round after round until limit is over, and
// keeps each one's best trial. Other work on the machine thus slows all tasks alike;
// the least time is the program's own.
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
				t.trials++
			}
		}
	}
	return nil
}
