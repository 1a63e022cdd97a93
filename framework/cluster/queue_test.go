package cluster_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sedlab/framework/cluster"
)

// says puts a command into the PATH that prints a text.
func says(t *testing.T, name, text string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	write(t, filepath.Join(dir, name), "#!/bin/sh\ncat <<'END'\n"+text+"END\n")
	if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
		t.Fatal(err)
	}
}

var listed = []cluster.SlurmJob{{Name: "trainings", Job: "7", Tasks: 3}, {Name: "cells", Job: "8", Tasks: 2}}

// The queue has jobs of others, too.
func TestQueue(t *testing.T) {
	says(t, "squeue", "7_0|RUNNING|None|node1|2:01\n77_1|RUNNING|None|node1|5:00\n9|PENDING|Dependency||0:00\n8_[0-1]|PENDING|(Dependency)||0:00\n")
	got, err := cluster.Queue(t.Context(), listed)
	want := []cluster.Task{
		{ID: "7_0", Name: "trainings", State: "RUNNING", Reason: "None", Node: "node1", Elapsed: "2:01"},
		{ID: "8_[0-1]", Name: "cells", State: "PENDING", Reason: "Dependency", Elapsed: "0:00"},
	}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v\n%s", err, cmp.Diff(want, got))
	}
	says(t, "squeue", "7_0 RUNNING\n")
	if _, err := cluster.Queue(t.Context(), listed); err == nil {
		t.Error("a list of another form is no error")
	}
}

// Accounts say how tasks ended; not every cluster keeps them.
func TestEnded(t *testing.T) {
	says(t, "sacct", "7_0|COMPLETED|node1|00:10:00\n7_1|TIMEOUT|node2|00:30:00\n7_2|RUNNING|node2|00:01:00\n8_[0-1]|PENDING|None assigned|00:00:00\n8_0|CANCELLED by 0|node1|00:00:05\n")
	want := []cluster.Task{
		{ID: "7_0", Name: "trainings", State: "COMPLETED", Node: "node1", Elapsed: "00:10:00"},
		{ID: "7_1", Name: "trainings", State: "TIMEOUT", Node: "node2", Elapsed: "00:30:00"},
		{ID: "8_0", Name: "cells", State: "CANCELLED by 0", Node: "node1", Elapsed: "00:00:05"},
	}
	if got := cluster.Ended(t.Context(), listed); !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	t.Setenv("PATH", t.TempDir())
	if got := cluster.Ended(t.Context(), listed); got != nil {
		t.Errorf("without accounts: %v", got)
	}
	if _, err := cluster.Queue(t.Context(), listed); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("without Slurm: %v", err)
	}
}
