package app_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/store"
)

// stages describes what a run lacks: 2 trainings of rung 0 as trainings/0: 2, and with a + if they
// are known.
func stages(t *testing.T, a *app.App, run string) (list []string) {
	t.Helper()
	w, err := a.Workload(t.Context(), run, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range w.Stages {
		keys, seconds := map[string]bool{}, 0.0
		for _, step := range s.Steps {
			seconds += step.Seconds
			for _, key := range step.Keys {
				keys[string(key)] = true
			}
		}
		known := ""
		if s.Steps != nil {
			known = "+"
			if len(keys) != s.Count || seconds != s.Seconds {
				t.Errorf("%s: %d keys of %d, %g s of %g s", s.Stage, len(keys), s.Count, seconds, s.Seconds)
			}
		}
		if s.Seconds <= 0 || s.Memory(s.Steps) < 40e6 || s.Memory(s.Steps) > 1e9 {
			t.Errorf("%s: %g s, %g bytes", s.Stage, s.Seconds, s.Memory(s.Steps))
		}
		list = append(list, fmt.Sprintf("%s/%d: %d%s", s.Stage, s.Rung, s.Count, known))
	}
	return list
}

func expectStages(t *testing.T, a *app.App, run, when string, want ...string) {
	t.Helper()
	if got := stages(t, a, run); strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("%s: got %q, expected %q", when, got, want)
	}
}

// A run lacks what the cache does not have.
func TestWorkload(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	expectStages(t, a, r.Dir, "at first", "trainings/-1: 2+", "cells/-1: 4+")
	share(t, a, r.Dir, app.WorkOptions{Stage: app.StageTrainings})
	expectStages(t, a, r.Dir, "once trained", "cells/-1: 4+")
	w, err := a.Workload(t.Context(), r.Dir, 1)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, s := range w.Stages[0].Steps[1:] {
		for _, key := range s.Keys {
			keys = append(keys, string(key))
		}
	}
	share(t, a, r.Dir, app.WorkOptions{Steps: keys})
	expectStages(t, a, r.Dir, "with one step left", fmt.Sprintf("cells/-1: %d+", len(w.Stages[0].Steps[0].Keys)))
	if ok, err := a.Complete(t.Context(), r.Dir, ""); ok || err != nil {
		t.Errorf("complete: %v, %v", ok, err)
	}
	share(t, a, r.Dir, app.WorkOptions{})
	expectStages(t, a, r.Dir, "all done")
	if ok, err := a.Complete(t.Context(), r.Dir, ""); !ok || err != nil {
		t.Errorf("not complete: %v", err)
	}
	if _, err := a.Gather(t.Context(), r.Dir, app.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Workload(t.Context(), r.Dir, 1); !errors.As(err, new(*app.DoneError)) {
		t.Errorf("of a run that is done: %v", err)
	}
}

// searched is a spec of two rungs.
const searched = `
name: search
dataset: {source: synthetic, size: 60, split: {train: 0.7, validation: 0.3, test: 0}}
priors: {glo: {kind: glo, code_dim: 3, hidden: [8], train: {batch_size: 16}}, zero: {kind: zero}}
problem: {operator: inpainting, missing_fraction: 0.4}
solver: {steps: 5}
evaluate: {split: validation, signals: 4}
select: {prior: glo}
sweep:
  priors.glo.train.lr_generator: [0.001, 0.01, 0.1]
  halving: {resource: priors.glo.train.epochs, from: 2, to: 6}
`

// The steps of a rung are known once those of the rung before it are done.
func TestWorkloadOfASearch(t *testing.T) {
	a, ref := open(t, searched)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	expectStages(t, a, r.Dir, "at first", "trainings/0: 4+", "cells/0: 4+", "trainings/1: 1", "cells/1: 2")
	if _, err := a.Work(t.Context(), r.Dir, app.WorkOptions{Rung: new(int)}); err != nil { // rung 0
		t.Fatal(err)
	}
	expectStages(t, a, r.Dir, "after the first rung", "trainings/1: 1+", "cells/1: 1+")
	if ok, err := a.Complete(t.Context(), r.Dir, ""); ok || err != nil {
		t.Errorf("complete after the first rung: %v, %v", ok, err)
	}
	share(t, a, r.Dir, app.WorkOptions{})
	expectStages(t, a, r.Dir, "all done")
	if ok, err := a.Complete(t.Context(), r.Dir, ""); !ok || err != nil {
		t.Errorf("not complete: %v", err)
	}
}

// Cells do not wait for a training that has failed, but for one that may still be done.
func TestWorkWithoutATraining(t *testing.T) {
	a, ref := open(t, strings.ReplaceAll(small, "lr_generator: 0.01", "lr_generator: 1e30"))
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	solve := app.WorkOptions{Stage: app.StageCells}
	for range 3 {
		if _, err = a.Work(t.Context(), r.Dir, solve); !errors.As(err, new(*app.LaterError)) {
			t.Errorf("before the trainings: %v", err)
		}
	}
	if all, err := store.Attempts(r.Dir); err != nil || len(all) != 0 {
		t.Errorf("records of processes that came too early: %v, %+v", err, all)
	}
	if _, err = a.Work(t.Context(), r.Dir, app.WorkOptions{Stage: app.StageTrainings}); !errors.As(err, new(*app.StepsError)) {
		t.Fatalf("a training that diverges: %v", err)
	}
	if list, err := store.FailedAttempts(r.Dir); err != nil || len(list) != 1 || len(list[0].Failed) != 1 || !strings.Contains(strings.Join(list[0].LogTail(9), ""), "failed") {
		t.Errorf("records of failures: %v, %+v", err, list)
	}
	w, err := a.Work(t.Context(), r.Dir, solve)
	if !errors.As(err, new(*app.StepsError)) || !strings.Contains(err.Error(), "its training has failed") || len(w.Done) != 2 {
		t.Errorf("after it: %v, %d done", err, len(w.Done))
	}
}

// What has failed counts as final for the submission in which it did, and is tried again in the next.
// Steps that can be done later are not final.
func TestWhatASubmissionCannotDo(t *testing.T) {
	a, ref := open(t, strings.ReplaceAll(small, "lr_generator: 0.01", "lr_generator: 1e30"))
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	complete := func(when, submission string, want bool) {
		t.Helper()
		if ok, err := a.Complete(t.Context(), r.Dir, submission); ok != want || err != nil {
			t.Errorf("%s: submission %q complete: %v, %v", when, submission, ok, err)
		}
	}
	work := func(stage app.Stage, submission string, want any) {
		t.Helper()
		_, err := a.Work(t.Context(), r.Dir, app.WorkOptions{Stage: stage, Submission: submission})
		if !errors.As(err, want) {
			t.Errorf("%s of submission %q: %v", stage, submission, err)
		}
	}
	complete("at first", "kubernetes/1", false)
	work(app.StageTrainings, "kubernetes/1", new(*app.StepsError))
	complete("without cells that need no training", "kubernetes/1", false)
	work(app.StageCells, "kubernetes/1", new(*app.StepsError))
	complete("with all that can be done", "kubernetes/1", true)
	complete("with all that can be done", "", true)
	complete("before the second", "kubernetes/2", false)
	work(app.StageCells, "kubernetes/2", new(*app.LaterError))
	work(app.StageTrainings, "kubernetes/2", new(*app.StepsError))
	complete("after the second", "kubernetes/2", true)
	if _, err := a.Gather(t.Context(), r.Dir, app.RunOptions{}); !errors.As(err, new(*app.IncompleteError)) {
		t.Errorf("gather: %v", err)
	}
}

// A rung that cannot be chosen any more is not waited for.
func TestWorkOnARungThatCannotBeChosen(t *testing.T) {
	a, ref := open(t, strings.ReplaceAll(searched, "[0.001, 0.01, 0.1]", "[1e30, 0.01, 0.1]"))
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	second := 1
	next := app.WorkOptions{Stage: app.StageTrainings, Rung: &second}
	if _, err := a.Work(t.Context(), r.Dir, next); !errors.As(err, new(*app.LaterError)) {
		t.Errorf("before the first rung: %v", err)
	}
	for _, stage := range []app.Stage{app.StageTrainings, app.StageCells} {
		if _, err := a.Work(t.Context(), r.Dir, app.WorkOptions{Stage: stage, Rung: new(int)}); !errors.As(err, new(*app.StepsError)) {
			t.Errorf("%s of the first rung: %v", stage, err)
		}
	}
	if _, err := a.Work(t.Context(), r.Dir, next); errors.As(err, new(*app.LaterError)) || err == nil || !strings.Contains(err.Error(), "rung 1 cannot be chosen") {
		t.Errorf("after it: %v", err)
	}
	if ok, err := a.Complete(t.Context(), r.Dir, ""); !ok || err != nil {
		t.Errorf("not complete: %v", err)
	}
}

// A share is tried again for as long as some of it may still be done, whatever else has failed.
func TestWorkWithOneTrainingOfTwo(t *testing.T) {
	a, ref := open(t, small)
	ref.Edits = append(ref.Edits, spec.Edit{Origin: "--set", Text: "sweep={priors.glo.train.lr_generator: [0.01, 1e30], problem.missing_fraction: [0.2, 0.5]}"})
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	work := func(when string, o app.WorkOptions, want any) {
		t.Helper()
		if _, err := a.Work(t.Context(), r.Dir, o); want == nil && err != nil || want != nil && !errors.As(err, want) {
			t.Errorf("%s: %v; expected %T", when, err, want)
		}
	}
	work("a training that diverges", app.WorkOptions{Stage: app.StageTrainings, Part: 0, Parts: 2}, new(*app.StepsError))
	work("cells, before the other training", app.WorkOptions{Stage: app.StageCells}, new(*app.LaterError))
	work("the other training", app.WorkOptions{Stage: app.StageTrainings, Part: 1, Parts: 2}, nil)
	work("cells, after it", app.WorkOptions{Stage: app.StageCells}, new(*app.StepsError))
	if ok, err := a.Complete(t.Context(), r.Dir, ""); !ok || err != nil {
		t.Errorf("not complete: %v", err)
	}
}
