package app_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/store"
)

// started returns an App with a run in progress.
func started(t *testing.T) (*app.App, *store.Run) {
	t.Helper()
	m := store.NewManifest("tiny", time.Now(), nil)
	m.SpecHash = strings.Repeat("0", 64)
	m.Claims = json.RawMessage(`[{"verdict": "inconclusive"}, {"verdict": "holds"}, {"verdict": "not tested by this run"}, {"verdict": "holds"}]`)
	root := t.TempDir()
	r, err := store.Create(root, m, []byte("name: tiny\n"), json.RawMessage(`{"cells": []}`))
	if err != nil {
		t.Fatal(err)
	}
	return app.Open(root, catalog.Default()), r
}

func TestRoster(t *testing.T) {
	t.Parallel()
	a, r := started(t)
	o := a.Roster()
	list, err := o.List(t.Context())
	if err != nil || len(list.Runs) != 1 || !slices.Contains(list.Names(), "name") || !slices.Contains(list.Names(), "mse") {
		t.Fatalf("%+v, %v", list, err)
	}
	if _, err := a.Tag(r.Manifest.ID, "+good"); err != nil {
		t.Fatal(err)
	}
	if same, err := o.List(t.Context()); err != nil || same != list {
		t.Errorf("at once: %+v, %v", same, err)
	}
	o.Changed()
	if fresh, err := o.List(t.Context()); err != nil || fresh == list || len(fresh.Runs[0].Tags) != 1 {
		t.Errorf("after a change: %+v, %v", fresh, err)
	}
	list, err = o.List(t.Context())
	if err != nil || list.Old() {
		t.Fatal("a new list is old", err)
	}
	if _, err := a.Tag(r.Manifest.ID, "-good"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1050 * time.Millisecond)
	if same, err := o.List(t.Context()); err != nil || same != list || !same.Old() { // the folder is read behind it
		t.Errorf("after a second: %+v, %v", same, err)
	}
	for end := time.Now().Add(time.Minute); list.Old() && time.Now().Before(end); time.Sleep(time.Millisecond) {
		if list, err = o.List(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if list.Old() || len(list.Runs[0].Tags) != 0 {
		t.Errorf("soon after: %+v", list)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 { // either may be chosen where both are possible
		if _, err := o.List(gone); err != nil && err != context.Canceled {
			t.Error(err)
		}
	}
}

// The curve of a run in progress is that of its log, and grows.
func TestGlance(t *testing.T) {
	a, r := started(t)
	o := a.Roster()
	glance := func() app.Glance {
		list, err := store.List(a.Runs)
		if err != nil {
			t.Fatal(err)
		}
		return o.Glance(t.Context(), &list[0])
	}
	g := glance()
	if len(g.Curves) != 0 || g.Problem != nil || len(g.Verdicts) != 2 || g.Verdicts[0] != (app.VerdictCount{Verdict: "holds", Claims: 2}) || g.Verdicts[1].Claims != 1 {
		t.Errorf("%+v", g)
	}
	for i := range 100 {
		r.Log.Info(store.LogEpoch, "prior", "glo", "epoch", i+1, "of", 400, "loss", 1/float64(i+1), "seconds", 1.0)
	}
	r.Log.Info(store.LogEpoch, "prior", "glo", "epoch", 1, "of", 400, "loss", 9.0, "seconds", 1.0) // of the next training
	g = glance()
	if len(g.Curves) != 1 || len(g.Curves[0].Loss) != 40 || g.Curves[0].Epochs[0] != 1 || g.Curves[0].Epochs[39] != 100 || g.Curves[0].Loss[39] != 0.01 {
		t.Errorf("%+v", g)
	}
	if err := r.Finish(store.Done, time.Now()); err != nil {
		t.Fatal(err)
	}
	if g = glance(); len(g.Curves) != 0 || g.Problem != nil {
		t.Errorf("without a table: %+v", g)
	}
	if err := os.WriteFile(filepath.Join(r.Dir, store.TrainingFile), []byte("PAR1 damaged PAR1"), 0o666); err != nil {
		t.Fatal(err)
	}
	if g = glance(); g.Problem == nil || len(g.Verdicts) != 2 {
		t.Errorf("a damaged table: %+v", g)
	}
	if g = o.Glance(t.Context(), &store.Summary{ID: "../x", Status: store.Unreadable}); g.Problem != nil || g.Curves != nil {
		t.Errorf("an unreadable run: %+v", g)
	}
}

func TestWatcher(t *testing.T) {
	a, r := started(t)
	w := a.Watcher()
	now := time.Now()
	got, err := w.Look(now)
	if err != nil || len(got.Running) != 1 || len(got.Ended) != 0 || got.Running[0].Progress != nil || got.Running[0].Speed != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	r.Log.Info(store.LogCells, "done", 30, "of", 40, "first", 20, "seconds", 5.0)
	got, err = w.Look(now)
	if err != nil || got.Running[0].Speed != 2 || got.Running[0].Left != 5 || got.Running[0].Progress.Done != 30 {
		t.Errorf("%+v, %v", got, err)
	}
	if err := r.Finish(store.Failed, time.Now()); err != nil {
		t.Fatal(err)
	}
	got, err = w.Look(time.Now())
	if err != nil || len(got.Running) != 0 || len(got.Ended) != 1 || got.Ended[0].Status != store.Failed {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = w.Look(time.Now().Add(2 * time.Hour)); err != nil || len(got.Ended) != 0 {
		t.Errorf("two hours later: %+v, %v", got, err)
	}
}
