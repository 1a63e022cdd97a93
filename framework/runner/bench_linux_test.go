package runner_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sedlab/catalog"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/spec"
	"sedlab/reports/scores"
)

// cpu returns the processor time of this thread or process.
func cpu(clock int32) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}

// work is the processor time that busy takes for each signal.
const work = time.Millisecond

var busy = scores.Kind{Column: scores.Column{Name: "busy", Role: scores.Diagnostic}, Version: 1, Score: func(scores.Case) float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for began := cpu(unix.CLOCK_THREAD_CPUTIME_ID); cpu(unix.CLOCK_THREAD_CPUTIME_ID)-began < work; {
	}
	return 0
}}

// BenchmarkShortCells shows which share of the processor time is work if eight processes share
// cells of one millisecond, and that it does not depend on how many cells there are.
func BenchmarkShortCells(b *testing.B) {
	for _, cells := range []int{1000, 10000} {
		b.Run(fmt.Sprint(cells), func(b *testing.B) {
			p := shortCells(b, cells)
			for b.Loop() {
				dir := b.TempDir()
				began, used := time.Now(), cpu(unix.CLOCK_PROCESS_CPUTIME_ID)
				var all sync.WaitGroup
				for range 8 {
					all.Go(func() { share(b, p, dir) })
				}
				all.Wait()
				used = cpu(unix.CLOCK_PROCESS_CPUTIME_ID) - used
				worked := time.Duration(cells) * work
				b.ReportMetric(100*worked.Seconds()/used.Seconds(), "%cpu")
				b.ReportMetric(100*worked.Seconds()/time.Since(began).Seconds()/float64(runtime.NumCPU()), "%wall")
				b.ReportMetric(float64((used-worked).Microseconds())/float64(cells), "µs/cell")
			}
		})
	}
}

func shortCells(b *testing.B, cells int) *plan.Plan {
	f, err := spec.Parse(fmt.Appendf(nil, `
name: short
dataset: {source: synthetic, size: 100}
priors: {zero: {kind: zero}}
problem: {operator: denoising}
evaluate: {signals: 1, keep: 0}
sweep: {problem.noise.l2: {from: 1, to: %d, step: 1}}
`, cells), "short.yaml", specOptions())
	if err != nil {
		b.Fatal(err)
	}
	p, err := plan.New(f, f.Points(), plan.Machine{}, plan.Identify{Data: identify})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// share is what one process does.
func share(b *testing.B, p *plan.Plan, dir string) {
	c, err := cache.Open(b.Context(), 0, dir)
	if err != nil {
		b.Error(err)
		return
	}
	r, err := runner.LoadShare(b.Context(), p, c, append(catalog.Default().Scores, busy), new(progress), nil)
	if err != nil {
		b.Error(err)
		return
	}
	w, err := r.Work(b.Context(), options(1, new(progress)), runner.Share{
		Trains: func(plan.Training) bool { return true }, Solves: func(plan.Cell) bool { return true },
	})
	if err != nil || len(w.Failed) > 0 {
		b.Errorf("%v, %+v", err, w.Failed)
	}
	if err := c.Close(); err != nil {
		b.Error(err)
	}
}
