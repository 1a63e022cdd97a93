package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/disk"
	"sedlab/internal/f32"
)

// share works on a run until nothing is left.
func share(t *testing.T, a *app.App, run string, o app.WorkOptions) *app.WorkResult {
	t.Helper()
	r, err := a.Work(t.Context(), run, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A share that there is not is refused.
func TestWorkOptions(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	second := 1
	for want, o := range map[string]app.WorkOptions{
		`stage "gather"`: {Stage: app.StageGather}, `stage "any"`: {Stage: "any"}, "part 7 of 3": {Part: 7, Parts: 3}, "part 1 of 0": {Part: 1},
		"only one of them": {Parts: 2, Steps: []string{"a"}}, "rung 1": {Rung: &second},
	} {
		if _, err := a.Work(t.Context(), r.Dir, o); !errors.As(err, new(*app.QueryError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if w := share(t, a, r.Dir, app.WorkOptions{}); len(w.Done) != 6 || w.Share != "all" {
		t.Errorf("without options: %+v", w.Attempt)
	}
}

// On a full disk, or beyond a quota, work is left for later, and nothing that was done is
// lost or damaged.
func TestWorkOnAFullDisk(t *testing.T) {
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.ESTALE} {
		a, ref := open(t, small)
		r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
		if err != nil {
			t.Fatal(err)
		}
		stop := disk.Watch(func(c disk.Change) error {
			if strings.Contains(c.Path, "/cache/tmp/cells") && c.Op == disk.OpWrite {
				return full
			}
			return nil
		})
		w, err := a.Work(t.Context(), r.Dir, app.WorkOptions{})
		stop()
		if !errors.As(err, new(*app.LaterError)) || !errors.Is(err, full) || w.Reason != "later" || len(w.Done) != 2 || len(w.Failed) != 4 {
			t.Fatalf("%v: %v, %+v", full, err, w.Attempt)
		}
		if over, err := a.Complete(t.Context(), r.Dir, ""); over || err != nil {
			t.Errorf("%v: nothing more can be done: %v", full, err)
		}
		s, err := a.State(t.Context(), r.Dir, app.StateOptions{})
		if err != nil || s.Counts[app.StepDone] != 2 || s.Counts[app.StepFailed] != 4 || len(s.Solving[0].Log) == 0 {
			t.Errorf("state: %v, %+v", err, s)
		}
		if w := share(t, a, r.Dir, app.WorkOptions{}); len(w.Done) != 4 || w.Reason != "done" {
			t.Errorf("later: %+v", w.Attempt)
		}
		got, err := a.Gather(t.Context(), r.Dir, app.RunOptions{})
		if err != nil || got.Status != store.Done || got.Report == nil {
			t.Errorf("gather: %v, %+v", err, got)
		}
	}
}

// What the system says against a file may be otherwise later, or elsewhere, unless the file is
// wrong itself. No failure of that kind is final.
func TestErrorsOfFileSystems(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	share(t, a, r.Dir, app.WorkOptions{Stage: app.StageTrainings})
	for number, later := range map[syscall.Errno]bool{
		syscall.EIO: true, syscall.ETIMEDOUT: true, syscall.EHOSTDOWN: true, syscall.ENOTCONN: true, syscall.ESHUTDOWN: true,
		syscall.EROFS: true, syscall.EAGAIN: true, syscall.EMFILE: true, syscall.ENFILE: true, syscall.ENOMEM: true, syscall.EINTR: true,
		syscall.EACCES: false, syscall.EPERM: false, syscall.ENAMETOOLONG: false, syscall.EFBIG: false,
	} {
		stop := disk.Watch(func(c disk.Change) error {
			if strings.Contains(c.Path, "/cache/tmp/cells") && c.Op == disk.OpWrite {
				return number
			}
			return nil
		})
		w, err := a.Work(t.Context(), r.Dir, app.WorkOptions{})
		stop()
		if errors.As(err, new(*app.LaterError)) != later || errors.As(err, new(*app.StepsError)) == later || len(w.Failed) != 4 || w.Failed[0].Later != later {
			t.Errorf("%v: %v, %+v", number, err, w.Attempt)
		}
	}
}

// A step that failed before the time limit is an error, too.
func TestFailureBeforeTheTimeLimit(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	share(t, a, r.Dir, app.WorkOptions{Stage: app.StageTrainings})
	for patience := time.Second; ; patience *= 2 { // until a cell is begun in time
		until := time.Now().Add(patience)
		stop := disk.Watch(func(c disk.Change) error {
			if strings.Contains(c.Path, "/cache/tmp/cells") && c.Op == disk.OpWrite {
				time.Sleep(time.Until(until))
				return syscall.EACCES
			}
			return nil
		})
		w, err := a.Work(t.Context(), r.Dir, app.WorkOptions{Until: until})
		stop()
		if len(w.Failed) == 0 {
			continue
		}
		if w.Reason != "failed" || !errors.As(err, new(*app.StepsError)) { // for those who wait for it
			t.Errorf("%v, %+v", err, w.Attempt)
		}
		return
	}
}

// Neither a record for which there is no room nor tables make work fail that can be done later.
func TestRunFolderOnAFullDisk(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	full := func(part string, from int) func() {
		return disk.Watch(func(c disk.Change) error {
			if c.Op == disk.OpWrite && strings.HasPrefix(c.Path, filepath.Join(r.Dir, part)) && strings.Contains(c.Path, ".json") {
				if from--; from < 0 {
					return syscall.ENOSPC
				}
			}
			return nil
		})
	}
	stop := full(store.WorkFolder, 1)
	events := &recorder{}
	w, err := a.Work(t.Context(), r.Dir, app.WorkOptions{Events: events, Stage: app.StageAll})
	stop()
	if err != nil || w.Reason != "done" || len(w.Done) != 6 || !strings.Contains(strings.Join(events.notes, ""), "the record of this work is not complete") {
		t.Errorf("work: %v, %+v, %q", err, w.Attempt, events.notes)
	}
	stop = full("", 2)
	_, err = a.Gather(t.Context(), r.Dir, app.RunOptions{})
	stop()
	if !errors.As(err, new(*app.LaterError)) {
		t.Errorf("gather: %v", err)
	}
	if got, err := a.Gather(t.Context(), r.Dir, app.RunOptions{}); err != nil || got.Status != store.Done {
		t.Errorf("gather later: %v, %+v", err, got)
	}
}

// A training for which there was no room is tried again, so that its cells have not failed.
func TestTrainingOnAFullDisk(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	stop := disk.Watch(func(c disk.Change) error {
		if strings.Contains(c.Path, "/cache/tmp/priors") && c.Op == disk.OpWrite {
			return syscall.ENOSPC
		}
		return nil
	})
	w, err := a.Work(t.Context(), r.Dir, app.WorkOptions{Stage: app.StageTrainings})
	stop()
	if !errors.As(err, new(*app.LaterError)) || len(w.Failed) != 2 {
		t.Fatalf("trainings: %v, %+v", err, w.Attempt)
	}
	if w, err = a.Work(t.Context(), r.Dir, app.WorkOptions{Stage: app.StageCells}); !errors.As(err, new(*app.LaterError)) || w.Reason != "left" {
		t.Errorf("cells: %v, %+v", err, w.Attempt)
	}
}

// A machine that does not see the run's cache, or cannot write it, leaves the work to others.
func TestWorkWithoutTheCache(t *testing.T) {
	a, ref := open(t, small)
	dir := t.TempDir()
	shared, other := filepath.Join(dir, "shared"), filepath.Join(dir, "other")
	a.Caches = []string{shared}
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	a.Caches = nil
	if err := os.Rename(shared, other); err != nil {
		t.Fatal(err)
	}
	_, err = a.Work(t.Context(), r.Dir, app.WorkOptions{})
	_, gathered := a.Gather(t.Context(), r.Dir, app.RunOptions{})
	_, complete := a.Complete(t.Context(), r.Dir, "")
	_, state := a.State(t.Context(), r.Dir, app.StateOptions{})
	_, workload := a.Workload(t.Context(), r.Dir, 1)
	for what, err := range map[string]error{"work": err, "gather": gathered, "complete": complete, "state": state, "workload": workload} {
		if !errors.As(err, new(*app.LaterError)) || !strings.Contains(err.Error(), shared) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := os.Rename(other, shared); err != nil {
		t.Fatal(err)
	}
	stop := disk.Watch(func(c disk.Change) error {
		if strings.HasPrefix(c.Path, shared) {
			return syscall.EROFS
		}
		return nil
	})
	_, err = a.Work(t.Context(), r.Dir, app.WorkOptions{})
	stop()
	if !errors.As(err, new(*app.LaterError)) {
		t.Errorf("a cache that cannot be written: %v", err)
	}
	if _, err := os.Stat(filepath.Join(a.Runs, "cache")); !os.IsNotExist(err) {
		t.Errorf("another cache was made: %v", err)
	}
	a.Caches = []string{other}
	if w := share(t, a, r.Dir, app.WorkOptions{}); len(w.Done) != 6 {
		t.Errorf("with another cache, by its name: %+v", w.Attempt)
	}
}

// A run is planned for a kernel, which every process that works on it uses.
func TestWorkUsesTheKernelOfTheRun(t *testing.T) {
	a, ref := open(t, small)
	before := f32.Kernel()
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{Kernel: "generic"})
	if err != nil || r.System.Kernel != "generic" {
		t.Fatalf("%v: planned for %s", err, r.System.Kernel)
	}
	if w := share(t, a, r.Dir, app.WorkOptions{}); w.Kernel != "generic" || len(w.Done) != 6 {
		t.Errorf("%+v", w.Attempt)
	}
	if _, err := a.Gather(t.Context(), r.Dir, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	if f32.Kernel() != before {
		t.Errorf("the kernel stayed %s", f32.Kernel())
	}
	again, err := a.Replay(t.Context(), r.Dir, nil, app.RunOptions{Kernel: "generic"})
	if err != nil || !again.Identical {
		t.Errorf("replay: %v, %+v", err, again)
	}
	if _, err := a.Prepare(t.Context(), ref, app.RunOptions{Kernel: "sve"}); !errors.As(err, new(*app.QueryError)) {
		t.Errorf("an unknown kernel: %v", err)
	}
}

// A program that would make other results fails: no engine can mend that.
func TestWorkOfAnotherVersion(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := catalog.Default()
	c.Priors = slices.Clone(c.Priors)
	for i := range c.Priors {
		c.Priors[i].Version++
	}
	newer := app.Open(a.Runs, c)
	w, err := newer.Work(t.Context(), r.Dir, app.WorkOptions{})
	_, gathered := newer.Gather(t.Context(), r.Dir, app.RunOptions{})
	for what, err := range map[string]error{"work": err, "gather": gathered} {
		if err == nil || errors.As(err, new(*app.LaterError)) || !strings.Contains(err.Error(), "would make other results") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if w.Reason != "failed" || len(w.Done) > 0 {
		t.Errorf("%+v", w.Attempt)
	}
}

// Resume computes nothing again that was done with the run's kernel, and keeps it.
func TestResumeKeepsTheKernel(t *testing.T) {
	a, ref := open(t, small)
	before := f32.Kernel()
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{Kernel: "generic"})
	if err != nil {
		t.Fatal(err)
	}
	share(t, a, r.Dir, app.WorkOptions{})
	events := &recorder{}
	got, err := a.Resume(t.Context(), r.Dir, nil, app.RunOptions{Events: events})
	if err != nil || got.Cells.Cached != 4 || events.epochs > 0 || got.Resumed[0].System.Kernel != "generic" || f32.Kernel() != before {
		t.Errorf("%v: %d cells from the cache, %d epochs, kernel %s", err, got.Cells.Cached, events.epochs, got.Resumed[0].System.Kernel)
	}
}

// State tells what is done, who works on what, and what waits.
func TestState(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.State(t.Context(), r.Dir, app.StateOptions{})
	if err != nil || s.Counts[app.StepWaiting] != 6 || len(s.Trainings) != 2 || len(s.Solving) != 4 || s.Status != store.Submitted {
		t.Fatalf("at first: %v, %+v", err, s)
	}
	during := make(chan *app.State, 1)
	w := share(t, a, r.Dir, app.WorkOptions{Events: looker{do: func() {
		s, err := a.State(t.Context(), r.Dir, app.StateOptions{})
		if err != nil {
			t.Error(err)
		}
		select {
		case during <- s:
		default:
		}
	}}, Stage: app.StageTrainings})
	if s = <-during; s.Counts[app.StepHeld] != 1 || s.Trainings[0].Status != app.StepHeld || s.Trainings[0].Holder.PID != w.PID || s.Attempts[0].Ended != nil {
		t.Errorf("in a training: %+v", s)
	}
	if s, err = a.State(t.Context(), r.Dir, app.StateOptions{}); err != nil || s.Counts[app.StepDone] != 2 || s.Counts[app.StepWaiting] != 4 {
		t.Errorf("after the trainings: %v, %+v", err, s)
	}
	steps := []string{s.Solving[0].ID, string(s.Solving[3].Key)}
	if w := share(t, a, r.Dir, app.WorkOptions{Steps: steps}); len(w.Done) != 2 {
		t.Errorf("by name: %+v", w.Attempt)
	}
	if s, err = a.State(t.Context(), r.Dir, app.StateOptions{}); err != nil || s.Solving[0].Status != app.StepDone || s.Solving[1].Status != app.StepWaiting || s.Solving[3].Status != app.StepDone {
		t.Errorf("after some cells: %v, %+v", err, s)
	}
	late := share(t, a, r.Dir, app.WorkOptions{Until: time.Now().Add(-time.Second)})
	if late.Reason != app.ErrTimeLimit.Error() || len(late.Done) != 0 {
		t.Errorf("too late: %+v", late.Attempt)
	}
	if files, err := filepath.Glob(filepath.Join(r.Dir, store.WorkFolder, "*")); err != nil || len(files) != 6 {
		t.Errorf("records: %v, %v", files, err)
	}
}

// A step waits if the process that held it is silent for its lease, whatever the clocks say, or if
// it is known to have ended.
func TestStateOfALostNode(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.State(t.Context(), r.Dir, app.StateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		age   time.Duration // of the heartbeat
		lease string        // [s]
		ended bool
		want  app.StepStatus
	}{
		{0, "60", false, app.StepHeld}, {4 * time.Minute, "300", false, app.StepHeld}, {time.Hour, "1", false, app.StepWaiting}, {time.Hour, "600", false, app.StepWaiting},
		{-time.Hour, "1", false, app.StepWaiting}, {0, "60", true, app.StepWaiting},
	} {
		foreignLock(t, r.Cache, s.Solving[0].Block, x.lease, x.age)
		s, err := a.State(t.Context(), r.Dir, app.StateOptions{Ended: func(h app.Holder) bool { return x.ended && h.Host == "elsewhere" }})
		if err != nil || s.Solving[0].Status != x.want || s.Counts[x.want] == 0 {
			t.Errorf("%+v: %v, %+v", x, err, s)
		}
		if h := s.Solving[0].Holder; (h == nil) != x.ended || h != nil && h.Host != "elsewhere" {
			t.Errorf("%+v: held by %v", x, h)
		}
	}
}

// looker does something at each epoch.
type looker struct {
	app.Quiet
	do func()
}

func (l looker) Training(string, app.Epoch) { l.do() }
