package app_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"sedlab/framework/app"
)

// Work that is stopped says which of its steps had begun.
func TestStoppedTraining(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	o := app.WorkOptions{Events: looker{do: stop}, Stage: app.StageTrainings}
	w, err := a.Work(ctx, r.Dir, o)
	if !errors.As(err, new(*app.StoppedError)) || !slices.Equal(w.Reasons(), []string{"1: not begun", "1: in progress, its state is saved"}) {
		t.Errorf("%v, %q", err, w.Reasons())
	}
}

// Where nobody trains any more, cells without priors are no work for later.
func TestUntrained(t *testing.T) {
	a, ref := open(t, small)
	r, err := a.Prepare(t.Context(), ref, app.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, trained := range []bool{false, true} {
		w, err := a.Work(t.Context(), r.Dir, app.WorkOptions{Stage: app.StageCells, Trained: trained})
		if err == nil || errors.As(err, new(*app.LaterError)) == trained || len(w.Left) != 1 {
			t.Errorf("trained: %v: %v, %+v", trained, err, w.Left)
		}
	}
}
