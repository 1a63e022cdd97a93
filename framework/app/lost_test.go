package app_test

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/disk"
)

// submitted is a run, and a submission of it.
type submitted struct {
	*app.App
	*app.RunResult
	t          *testing.T
	submission string
}

func submit(t *testing.T, text string) submitted {
	t.Helper()
	a, ref := open(t, text)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return submitted{a, r, t, "kubernetes/1"}
}

// fails does a share that ends with an error that says something and is final, and returns the
// number of steps that are recorded as failed.
func (s submitted) fails(a *app.App, o app.WorkOptions, says string) int {
	s.t.Helper()
	o.Submission = s.submission
	w, err := a.Work(s.t.Context(), s.Dir, o)
	if err == nil || errors.As(err, new(*app.LaterError)) || !strings.Contains(err.Error(), says) || w.Reason != "failed" || len(w.Done) > 0 {
		s.t.Errorf("%+v: %v, expected %q; %+v", o, err, says, w)
	}
	return len(w.Failed)
}

// over expects that the submission can do no more, and that the next one can.
func (s submitted) over(says string) {
	s.t.Helper()
	for submission, want := range map[string]bool{s.submission: true, "kubernetes/2": false} {
		if ok, err := s.Complete(s.t.Context(), s.Dir, submission); ok != want || err != nil {
			s.t.Errorf("submission %s complete: %v, %v", submission, ok, err)
		}
	}
	var missing *app.IncompleteError
	if _, err := s.Gather(s.t.Context(), s.Dir, app.RunOptions{}); !errors.As(err, &missing) || !strings.Contains(err.Error(), says) {
		s.t.Errorf("gather: %v; expected %q", err, says)
	}
}

// A share whose processes were killed too often counts as failed; so do the cells that need it, but no others.
func TestGivenUp(t *testing.T) {
	s := submit(t, small)
	state, err := s.State(t.Context(), s.Dir, app.StateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var glo []string
	for _, step := range state.Trainings {
		if step.Prior == "glo" {
			glo = append(glo, string(step.Key))
		}
	}
	if n := s.fails(s.App, app.WorkOptions{Stage: app.StageTrainings, Steps: glo, GivenUp: true}, "given up"); n != 1 {
		t.Errorf("%d steps failed", n)
	}
	share(t, s.App, s.Dir, app.WorkOptions{Stage: app.StageTrainings, Parts: 2, Part: slices.IndexFunc(state.Trainings, func(x app.StepState) bool { return x.Prior != "glo" })})
	w, err := s.Work(t.Context(), s.Dir, app.WorkOptions{Stage: app.StageCells, Submission: s.submission})
	if !errors.As(err, new(*app.StepsError)) || len(w.Done) != 2 || w.Left["its training has failed"] != 2 {
		t.Errorf("cells: %v, %+v", err, w)
	}
	s.over("the first failure: training of glo: given up")
	if w := share(t, s.App, s.Dir, app.WorkOptions{Submission: "kubernetes/2"}); len(w.Done) != 3 {
		t.Errorf("the next submission: %+v", w.Attempt)
	}
}

// Parts of a rung that was not chosen when they were submitted can be given up, too.
func TestGivenUpInALaterRung(t *testing.T) {
	s := submit(t, searched)
	share(t, s.App, s.Dir, app.WorkOptions{Rung: new(int)})
	second := 1
	if n := s.fails(s.App, app.WorkOptions{Stage: app.StageCells, Rung: &second, Part: 0, Parts: 1, GivenUp: true}, "given up"); n == 0 {
		t.Error("no steps failed")
	}
	s.over("given up")
}

// What is done is not given up.
func TestGivenUpLate(t *testing.T) {
	s := submit(t, small)
	share(t, s.App, s.Dir, app.WorkOptions{})
	if w := share(t, s.App, s.Dir, app.WorkOptions{Stage: app.StageCells, GivenUp: true}); len(w.Failed) > 0 || w.Reason != "done" {
		t.Errorf("%+v", w.Attempt)
	}
}

// What needs more than --max-memory fails everywhere, and says so; what needs more than this machine has
// may be done elsewhere.
func TestWorkBeyondMaxMemory(t *testing.T) {
	s := submit(t, small)
	s.MaxMemory = 1 << 20
	if n := s.fails(s.App, app.WorkOptions{Stage: app.StageCells}, "--max-memory"); n != 4 {
		t.Errorf("%d steps failed", n)
	}
	s.over("--max-memory")
}

// Where some nodes have another version, what waits for their steps ends. Where the gathering process
// has it, it says so.
func TestSubmissionWithAnotherVersion(t *testing.T) {
	s := submit(t, small)
	c := catalog.Default()
	c.Priors = slices.Clone(c.Priors)
	for i := range c.Priors {
		c.Priors[i].Version++
	}
	newer := app.Open(s.Runs, c)
	const says = "would make other results"
	state, err := s.State(t.Context(), s.Dir, app.StateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, step := range state.Solving {
		keys = append(keys, string(step.Key))
	}
	if n := s.fails(newer, app.WorkOptions{Stage: app.StageCells, Steps: keys}, says); n != 4 {
		t.Errorf("%d steps failed", n)
	}
	if ok, err := newer.Complete(t.Context(), s.Dir, s.submission); ok || err == nil || errors.As(err, new(*app.LaterError)) || !strings.Contains(err.Error(), says) {
		t.Errorf("complete with the other version: %v, %v", ok, err)
	}
	s.over(says)
	if list, err := store.FailedAttempts(s.Dir); err != nil || len(list) != 1 || list[0].Failed[0].Key != state.Solving[0].Key {
		t.Errorf("%v, %+v", err, list)
	}
}

// What another index with a share of the same name has said is not why one is given up.
func TestGivenUpByItsOwnIndex(t *testing.T) {
	s := submit(t, small)
	state, err := s.State(t.Context(), s.Dir, app.StateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	says := func(index string) string {
		t.Helper()
		t.Setenv("JOB_COMPLETION_INDEX", index)
		_, err := s.Work(t.Context(), s.Dir, app.WorkOptions{Stage: app.StageTrainings, Steps: []string{string(state.Trainings[1].Key)}, Submission: s.submission, GivenUp: true})
		if err == nil {
			t.Fatal("nothing was given up")
		}
		return err.Error()
	}
	t.Setenv("JOB_COMPLETION_INDEX", "3")
	o := app.WorkOptions{Stage: app.StageTrainings, Steps: []string{string(state.Trainings[0].Key)}, Submission: s.submission}
	stop := disk.Watch(func(c disk.Change) error {
		if strings.Contains(c.Path, "/cache/") && c.Op == disk.OpWrite {
			return syscall.ENOSPC
		}
		return nil
	})
	w, err := s.Work(t.Context(), s.Dir, o)
	stop()
	if err == nil || w.Reason != "later" {
		t.Fatalf("%v, %+v", err, w)
	}
	if text := says("4"); strings.Contains(text, "or with:") {
		t.Error(text)
	}
	if text := says("3"); !strings.Contains(text, "or with: "+w.Error) {
		t.Error(text)
	}
}
