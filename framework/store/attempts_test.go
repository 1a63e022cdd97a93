package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"sedlab/framework/store"
)

// attempt makes the record of a process that has ended.
func attempt(t *testing.T, dir string, at time.Time, failure error) *store.Attempt {
	t.Helper()
	a, err := store.BeginAttempt(dir, "cells", "", []string{"sedlab", "work"}, at)
	if err != nil {
		t.Fatal(err)
	}
	a.Host, a.Done = "node"+fmt.Sprint(at.Second()%2), []store.Step{{Seconds: 2}, {Seconds: 3}}
	if err := a.End("done", failure, at.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return a
}

// Records are read from a folder in which anything may be, the newest of them, and again when they
// change.
func TestAttemptReader(t *testing.T) {
	dir, began := t.TempDir(), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	first := attempt(t, dir, began, nil)
	second := attempt(t, dir, began.Add(time.Second), errors.New("no"))
	last, err := store.BeginAttempt(dir, "cells", "", nil, began.Add(2*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(dir, store.WorkFolder)
	other := filepath.Join(t.TempDir(), "other.json")
	if err := errors.Join(syscall.Mkfifo(filepath.Join(work, "0.json"), 0o666), os.WriteFile(filepath.Join(work, "1.json"), []byte("{}"), 0o666),
		os.WriteFile(other, []byte("{}"), 0o666), os.Symlink(other, filepath.Join(work, "2.json"))); err != nil {
		t.Fatal(err)
	}
	r := store.NewAttemptReader(dir)
	list, all, err := r.Read(100)
	if err != nil || all != 6 || len(list) != 3 || list[0].ID != first.ID || list[1].Error != "no" || list[2].Ended != nil {
		t.Fatalf("%v, %d, %+v", err, all, list)
	}
	if list, all, err = r.Read(2); err != nil || all != 6 || len(list) != 2 || list[0].ID != second.ID {
		t.Errorf("the newest: %v, %d, %+v", err, all, list)
	}
	if err := last.End("time limit", nil, began.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if list, _, err = r.Read(100); err != nil || len(list) != 3 || list[2].Reason != "time limit" || list[2].CPUSeconds <= 0 {
		t.Errorf("after a change: %v, %+v", err, list)
	}
	if tail := list[1].LogTail(5); len(tail) != 1 {
		t.Errorf("log: %q", tail)
	}
	list[0].CPUSeconds, list[1].CPUSeconds, list[2].Ended, list[2].CPUSeconds, list[2].Host = 1800, 3600, nil, 0, ""
	if got := store.SumUp(list).String(); got != "4 steps by 3 processes on 2 hosts, 1.5 core hours, without the 1 that did not end by themselves" {
		t.Error(got)
	}
	if store.SumUp(nil) != nil {
		t.Error("the sum of nothing is something")
	}
}
