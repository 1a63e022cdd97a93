package app_test

import (
	"context"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/store"
)

// watcher shows the latest run whenever an epoch or a cell is done.
type watcher struct {
	recorder
	a    *app.App
	seen []store.Progress
}

func (w *watcher) look() {
	if s, err := w.a.Show(context.Background(), "latest"); err == nil && s.Progress != nil {
		w.seen = append(w.seen, *s.Progress)
	}
}

func (w *watcher) Training(string, app.Epoch) { w.look() }
func (w *watcher) Cells(int, int)             { w.look() }

func TestShowOfARunInProgress(t *testing.T) {
	a, ref := open(t, small)
	w := &watcher{a: a}
	r, err := a.Run(t.Context(), ref, app.RunOptions{Events: w})
	if err != nil {
		t.Fatal(err)
	}
	if len(w.seen) < 2 {
		t.Fatalf("seen: %+v", w.seen)
	}
	first, last := w.seen[0], w.seen[len(w.seen)-1]
	if first.Prior != "glo" || first.Done != 1 || first.Of != 4 || first.Loss == 0 {
		t.Errorf("in the second epoch of the training: %+v", first)
	}
	if last.Prior != "" || last.Done != 3 || last.Of != 4 {
		t.Errorf("when the last cell was done: %+v", last)
	}
	if s, err := a.Show(t.Context(), r.ID); err != nil || s.Progress != nil {
		t.Errorf("after the run: %+v, %v", s.Progress, err)
	}
}
