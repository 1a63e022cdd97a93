package store_test

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/record/recordtest"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

var plan = json.RawMessage(`{"cells": []}`)

func create(t *testing.T, root string) *store.Run {
	t.Helper()
	m := store.NewManifest("demo", now, []string{"sedlab", "run", "demo"})
	m.SpecHash = "0123456789abcdef"
	r, err := store.Create(root, m, []byte("name: demo\n"), plan)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRunFolder(t *testing.T) {
	root := filepath.Join(t.TempDir(), "runs")
	r := create(t, root)
	if want := "demo-20260304-050607-01234567"; r.Manifest.ID != want || filepath.Base(r.Dir) != want {
		t.Errorf("id %s in folder %s, expected %s", r.Manifest.ID, r.Dir, want)
	}
	m, err := store.ReadManifest(filepath.Join(root, "latest"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Status != store.Running || m.Module.Go == "" || m.System.Kernel == "" || !m.Started.Equal(now) {
		t.Errorf("manifest of a run that began: %+v", m)
	}
	r.Log.Info("hello")
	rows := []record.Signal{{RunID: r.Manifest.ID, Prior: "zero", Scores: []record.Score{{Name: "mse", Value: 1}, {Name: "mse_missing", Value: math.NaN()}}, Status: "ok"}}
	if err := errors.Join(r.SaveTables(t.Context(), rows, nil, nil), r.Finish(store.Done, now.Add(90*time.Second))); err != nil {
		t.Fatal(err)
	}
	if m, err = store.ReadManifest(r.Dir); err != nil || m.Status != store.Done || m.Seconds != 90 {
		t.Errorf("manifest of a run that is done: %+v, %v", m, err)
	}
	back, err := recordtest.Read[record.Signal](filepath.Join(r.Dir, store.SignalsFile))
	if err != nil || len(back) != 1 || back[0].Score("mse") != 1 {
		t.Errorf("signals %v, %v", back, err)
	}
	log, err := os.ReadFile(filepath.Join(r.Dir, store.LogFile))
	if err != nil || !strings.Contains(string(log), `"msg":"hello"`) {
		t.Errorf("log %q, %v", log, err)
	}
}

func TestRunsOfOneSecondHaveFoldersOfTheirOwn(t *testing.T) {
	root := t.TempDir()
	a, b := create(t, root), create(t, root)
	if a.Dir == b.Dir {
		t.Fatalf("both in %s", a.Dir)
	}
	latest, err := filepath.EvalSymlinks(filepath.Join(root, "latest"))
	if err != nil || filepath.Base(latest) != filepath.Base(b.Dir) {
		t.Errorf("latest is %s, %v; expected %s", latest, err, b.Dir)
	}
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	a := create(t, root)
	for _, name := range []string{a.Dir, a.Manifest.ID, "latest", "demo-2026"} {
		dir, err := store.Find(root, name)
		if err != nil || filepath.Base(dir) != a.Manifest.ID {
			t.Errorf("Find(%q) = %s, %v", name, dir, err)
		}
	}
	create(t, root)
	for _, name := range []string{"", "other", "demo-2026"} {
		if dir, err := store.Find(root, name); err == nil {
			t.Errorf("Find(%q) = %s, expected an error", name, dir)
		}
	}
}

func TestCreateLeavesAFolderNamedLatestAlone(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "latest"), 0o777); err != nil {
		t.Fatal(err)
	}
	m := store.NewManifest("demo", now, nil)
	m.SpecHash = "0123456789abcdef"
	if _, err := store.Create(root, m, nil, plan); err == nil || !strings.Contains(err.Error(), "latest") {
		t.Errorf("error %v", err)
	}
	if left, err := os.ReadDir(root); err != nil || len(left) != 1 {
		t.Errorf("a run that could not begin leaves %v, %v", left, err)
	}
}

// A run that cannot be resumed is not locked, and stays as it was.
func TestReopenWithoutItsPlan(t *testing.T) {
	r := create(t, t.TempDir())
	if err := r.Finish(store.Interrupted, now); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(r.Dir, store.PlanFile)
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o777)); err != nil { // so that it cannot be written
		t.Fatal(err)
	}
	if _, err := store.Reopen(r.Dir, now, nil, plan); err == nil {
		t.Fatal("a plan that cannot be written: no error")
	}
	if m, err := store.ReadManifest(r.Dir); err != nil || m.Status != store.Interrupted || store.Alive(r.Dir) {
		t.Errorf("status %s, %v, being written: %v", m.Status, err, store.Alive(r.Dir))
	}
}

func TestReadManifestRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := store.ReadManifest(dir); err == nil {
		t.Error("no manifest accepted")
	}
	path := filepath.Join(dir, store.ManifestFile)
	if err := os.WriteFile(path, []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := store.ReadManifest(dir); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("half a manifest: %v", err)
	}
}

// A process that is killed while it creates a run leaves nothing for long.
func TestCreateSweeps(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a[b")
	old, fresh := filepath.Join(root, ".new-1"), filepath.Join(root, ".new-2")
	if err := errors.Join(os.MkdirAll(old, 0o777), os.Mkdir(fresh, 0o777)); err != nil {
		t.Fatal(err)
	}
	hours := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(old, hours, hours); err != nil {
		t.Fatal(err)
	}
	create(t, root)
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder of two hours ago: %v", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("a folder of now: %v", err)
	}
}

func writer(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}
