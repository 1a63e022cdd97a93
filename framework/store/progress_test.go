package store_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sedlab/framework/store"
)

// begun returns a run in progress.
func begun(t *testing.T) *store.Run {
	t.Helper()
	m := store.NewManifest("tiny", time.Now(), nil)
	m.SpecHash = strings.Repeat("0", 64)
	r, err := store.Create(t.TempDir(), m, []byte("name: tiny\n"), json.RawMessage(`{"cells": []}`))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestProgress(t *testing.T) {
	r := begun(t)
	if p := store.ReadProgress(r.Dir); p != nil {
		t.Errorf("before the first message: %+v", p)
	}
	r.Log.Info(store.LogEpoch, "prior", "glo", "epoch", 100, "of", 400, "loss", 0.25, "seconds", 60.0)
	r.Log.Info("trained", "prior", "pca", "epochs", 0, "seconds", 1.0)
	p := store.ReadProgress(r.Dir)
	if p == nil || p.Prior != "glo" || p.Done != 100 || p.Of != 400 || p.Loss != 0.25 || p.Left != 180 {
		t.Fatalf("in a training: %+v", p)
	}
	if left := p.LeftAt(p.Time.Add(time.Minute)); left != 2*time.Minute {
		t.Errorf("left a minute later: %v", left)
	}
	if text := p.String(); !strings.HasPrefix(text, "train glo, epoch 100 of 400, loss 0.25, about 3m0s left") {
		t.Error(text)
	}
	r.Log.Info(store.LogCells, "done", 30, "of", 40, "first", 20, "seconds", 5.0)
	if p = store.ReadProgress(r.Dir); p == nil || p.Prior != "" || p.Done != 30 || p.Left != 5 {
		t.Errorf("while cells are solved: %+v", p)
	}
	list, err := store.List(filepath.Dir(r.Dir))
	if err != nil || len(list) != 1 || list[0].Progress == nil || list[0].Progress.Done != 30 {
		t.Errorf("list: %+v, %v", list, err)
	}
}

func TestProgressOfStrangeLogs(t *testing.T) {
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339Nano) }
	for name, log := range map[string]string{
		"from before the run was resumed": `{"time":"` + at(-time.Hour) + `","msg":"cells","done":3,"of":4}` + "\n",
		"half a line":                     `{"time":"` + at(time.Hour) + `","msg":"cells","done":3,"o`,
		"nothing to do":                   `{"time":"` + at(time.Hour) + `","msg":"cells","done":0,"of":0}` + "\n",
		"long lines":                      strings.Repeat("x", 1<<20),
	} {
		r := begun(t)
		if err := os.WriteFile(filepath.Join(r.Dir, store.LogFile), []byte(log), 0o666); err != nil {
			t.Fatal(err)
		}
		if p := store.ReadProgress(r.Dir); p != nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
