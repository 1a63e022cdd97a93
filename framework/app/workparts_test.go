package app_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/cache"
)

// wide is a sweep that a process plans in several parts. Every second cell repeats another.
const wide = `
name: wide
dataset: {source: synthetic, size: 40}
priors: {zero: {kind: zero}}
problem: {operator: denoising}
solver: {steps: 1}
evaluate: {signals: 1, keep: 0}
sweep: {problem.noise.l2: {from: 1, to: 600, step: 1}, seeds.train: [1, 2]}
`

// Processes that share a large sweep plan it in parts: together they do each step once, and the
// rows are those of an undivided run.
func TestProcessesPlanInParts(t *testing.T) {
	a, ref := open(t, wide)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	results := make([]*app.WorkResult, 3)
	events := new(recorder)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			o := app.WorkOptions{Workers: 1}
			if i == 0 {
				o.Events = events
			}
			var err error
			if results[i], err = a.Work(t.Context(), r.Dir, o); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	done := map[cache.Key]int{}
	for _, w := range results {
		for _, step := range w.Done {
			done[step.Key]++
		}
	}
	for key, times := range done {
		if times > 1 {
			t.Errorf("%s was done %d times", key, times)
		}
	}
	s, err := a.State(t.Context(), r.Dir, app.StateOptions{})
	if err != nil || len(done) != len(s.Trainings)+len(s.Solving) || s.Counts[app.StepDone] != len(done) {
		t.Errorf("%d steps were done: %v, %v", len(done), s.Counts, err)
	}
	last := events.cells[len(events.cells)-1]
	if increasing := slices.IsSortedFunc(events.cells, func(a, b [2]int) int { return a[0] - b[0] }); !increasing || last[1] != len(s.Solving) {
		t.Errorf("progress goes to %v of %d, in order: %v", last, len(s.Solving), increasing)
	}
	if _, err := a.Gather(t.Context(), r.Dir, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	alone, again := open(t, wide)
	whole, err := alone.Run(t.Context(), again, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff, err := a.Diff(t.Context(), r.Dir, whole.Dir, "mse"); err != nil || !diff.Results.Identical {
		t.Errorf("%+v, %v", diff, err)
	}
}

// stopper ends a context once some cells are done.
type stopper struct {
	app.Quiet
	after int
	stop  func()
}

func (s *stopper) Cells(done, _ int) {
	if done >= s.after {
		s.stop()
	}
}

// A share by parts that is stopped says what it leaves, and a later one does the rest.
func TestStoppedPartsAreCounted(t *testing.T) {
	a, ref := open(t, wide)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	share(t, a, r.Dir, app.WorkOptions{Stage: app.StageTrainings})
	done := 0
	for _, after := range []int{20, 560} { // in the first part, and in the second
		ctx, stop := context.WithCancel(t.Context())
		w, err := a.Work(ctx, r.Dir, app.WorkOptions{Workers: 1, Events: &stopper{after: after, stop: stop}})
		if !errors.As(err, new(*app.StoppedError)) {
			t.Fatal(err)
		}
		left := 0
		for _, n := range w.Left {
			left += n
		}
		if done += len(w.Done); len(w.Done) == 0 || left == 0 || done+left != 600 {
			t.Errorf("stopped after %d: %d are done, %v left", after, done, w.Left)
		}
	}
	if w := share(t, a, r.Dir, app.WorkOptions{}); done+len(w.Done) != 600 || len(w.Left) > 0 {
		t.Errorf("in the end %d are done, %v left", done+len(w.Done), w.Left)
	}
}

// Cells none of whose priors is trained wait without their data. When the training has failed, they say so.
func TestWaitingLoadsNoData(t *testing.T) {
	s := submit(t, small)
	events := new(recorder)
	o := app.WorkOptions{Stage: app.StageCells, Submission: s.submission, Events: events}
	w, err := s.Work(t.Context(), s.Dir, o)
	if !errors.As(err, new(*app.LaterError)) || w.Left["its prior is not trained yet"] != 4 || len(w.Left) != 1 || len(events.loaded) > 0 {
		t.Errorf("%v, %v left, %v loaded", err, w.Left, events.loaded)
	}
}
