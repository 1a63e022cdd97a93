package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sedlab/framework/app"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/store"
)

// A submitted run is followed by its plan, its records and the cache.
func TestFollowSubmitted(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	look := func() *app.Live {
		f, err := a.Follow(r.ID)
		if err != nil || !f.Poll() {
			t.Fatalf("%v, or nothing new at first", err)
		}
		return f.Live()
	}
	l := look()
	if l.Status != store.Submitted || l.Work.Problem != nil || l.Cells != (store.Cells{Total: 4}) || l.Work.Trainings != (store.Cells{Total: 2}) || l.Work.Attempts != 0 {
		t.Fatalf("at first: %+v, %+v", l, l.Work)
	}
	during := make(chan *app.Live, 1)
	share(t, a, r.Dir, app.WorkOptions{Events: looker{do: func() {
		select {
		case during <- look():
		default:
		}
	}}})
	l = <-during
	if w := l.Work; w.Problem != nil || w.Processes != 1 || len(w.Held) != 1 || w.Held[0].Prior != "glo" || w.Held[0].Holder.PID != os.Getpid() {
		t.Errorf("during the training: %+v", w)
	}
	l = look()
	if w := l.Work; l.Cells != (store.Cells{Total: 4, Done: 4}) || w.Trainings != (store.Cells{Total: 2, Done: 2}) || w.Processes != 0 || len(w.Held) != 0 || w.Attempts != 1 {
		t.Errorf("in the end: %+v, %+v", l, w)
	}
	w, err := a.Watcher().Look(time.Now())
	if err != nil || len(w.Ended) != 0 || len(w.Submitted) != 1 || w.Submitted[0].Cells.Done != 4 {
		t.Errorf("watch: %v, %+v", err, w)
	}
	o, err := a.Overview(t.Context(), r.ID)
	if err != nil || o.Live.Cells.Done != 4 || len(o.Attempts) != 1 || len(o.Attempts[0].Done) != 6 || len(o.Missing) != 0 {
		t.Errorf("overview: %v, %+v", err, o)
	}
	got, err := a.Gather(t.Context(), r.Dir, app.RunOptions{})
	if err != nil || got.Work == nil || got.Work.Steps != 6 || got.Work.Processes != 1 || got.Work.Seconds <= 0 {
		t.Fatalf("gather: %v, %+v", err, got.Work)
	}
	report, err := os.ReadFile(filepath.Join(r.Dir, "report.md"))
	if err != nil || !strings.Contains(string(report), "6 steps by 1 process") {
		t.Errorf("the report does not say who did the work: %v", err)
	}
}

// A program that others' folders are shown with reads no cache that they name.
func TestFollowReadsItsOwnCache(t *testing.T) {
	a, ref := open(t, small)
	a.Caches = []string{filepath.Join(t.TempDir(), "theirs")}
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	share(t, a, r.Dir, app.WorkOptions{})
	theirs := a.Caches
	a.Caches = nil
	f, err := a.Follow(r.ID)
	if err != nil {
		t.Fatal(err)
	}
	f.Poll()
	if l := f.Live(); l.Work.Problem == nil || !strings.Contains(l.Work.Problem.Error(), theirs[0]) || l.Cells.Done != 0 {
		t.Errorf("%+v, %+v", l, l.Work)
	}
	if w, err := a.Watcher().Look(time.Now()); err != nil || w.Submitted[0].Cells.Done != 4 {
		t.Errorf("the user's own look: %v, %+v", err, w)
	}
	a.Caches = theirs
	if f, err = a.Follow(r.ID); err != nil {
		t.Fatal(err)
	}
	if f.Poll(); f.Live().Work.Problem != nil || f.Live().Cells.Done != 4 {
		t.Errorf("named: %+v", f.Live().Work)
	}
}

// A plan that cannot be read leaves a page with a reason.
func TestFollowWithoutAPlan(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.Dir, store.PlanFile), []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := a.Follow(r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if f.Poll(); f.Live().Work.Problem == nil || errors.Is(f.Live().Work.Problem, os.ErrNotExist) {
		t.Errorf("%+v", f.Live().Work)
	}
}

// Who works on a run is judged by the lengths of the leases, and by what this process has seen.
func TestFollowLeases(t *testing.T) {
	app.LookOften(t)
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.State(t.Context(), r.Dir, app.StateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, lease := range []string{"0.4", "300"} {
		key := s.Trainings[i].Key
		foreignLock(t, r.Cache, runner.LockOf(plan.Training{Key: key}), lease, time.Hour)
	}
	f, err := a.Follow(r.ID)
	if err != nil {
		t.Fatal(err)
	}
	f.Poll()
	if held := f.Live().Work.Held; len(held) != 2 {
		t.Fatalf("at first: %+v", held)
	}
	for len(f.Live().Work.Held) > 1 {
		time.Sleep(10 * time.Millisecond)
		f.Poll()
	}
	if held := f.Live().Work.Held; len(held) != 1 || held[0].Prior != s.Trainings[1].Prior {
		t.Errorf("after the first lease: %+v", held)
	}
}

// foreignLock makes a lock of a process on another machine, whose last heartbeat seems to be of some
// time ago.
func foreignLock(t *testing.T, cache, name, seconds string, age time.Duration) {
	t.Helper()
	dir := filepath.Join(cache, "locks", name)
	file := filepath.Join(dir, "0123456789abcdef")
	text := []byte(`{"pid":1,"host":"elsewhere","since":"2026-01-02T03:04:05Z","lease_seconds":` + seconds + "}\n000000000000001\n")
	at := time.Now().Add(-age)
	if err := errors.Join(os.MkdirAll(dir, 0o777), os.WriteFile(file, text, 0o666), os.Chtimes(file, at, at)); err != nil {
		t.Fatal(err)
	}
}
