package cluster_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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

var listed = []cluster.SlurmJob{{Name: "trainings", Job: "7", Tasks: 3, Title: "sedlab trainings R 1"}, {Name: "cells", Job: "8", Tasks: 2, Title: "sedlab cells R 1"}}

// The queue has jobs of others, too, and numbers are given again.
func TestQueue(t *testing.T) {
	says(t, "squeue", "CLUSTER: far\n7_0|RUNNING|None|node1|2:01|sedlab trainings R 1\n77_1|RUNNING|None|node1|5:00|sedlab trainings R 1\n"+
		"7_1|RUNNING|None|node1|5:00|other | work\n9|PENDING|Dependency||0:00|sedlab cells R 2\n8_[0-1]|PENDING|(Dependency)||0:00|sedlab cells R 1\n")
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

// A command that dies as the controller closes its connection is called once more.
func TestQueueOfABusyController(t *testing.T) {
	says(t, "squeue", "7_0|RUNNING|None|node1|2:01|sedlab trainings R 1\n")
	path, err := exec.LookPath("squeue")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, strings.Replace(string(text), "\n", "\n[ -e \"$0.called\" ] || { : >\"$0.called\"; kill -PIPE $$; }\n", 1))
	if got, err := cluster.Queue(t.Context(), listed); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

// Accounts say how tasks ended; not every cluster keeps them.
func TestEnded(t *testing.T) {
	says(t, "sacct", "7_0|COMPLETED|node1|00:10:00|sedlab trainings R 1\n7_1|TIMEOUT|node2|00:30:00|sedlab trainings R 1\n"+
		"7_2|RUNNING|node2|00:01:00|sedlab trainings R 1\n8_[0-1]|PENDING|None assigned|00:00:00|sedlab cells R 1\n8_0|CANCELLED by 0|node1|00:00:05|sedlab cells R 1\n"+
		"8_1|FAILED|node1|00:00:05|somebody else's\n")
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

// Jobs of several clusters are asked for, and ended, on their own; and only those that still are
// the run's.
func TestClusters(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	script := func(name, text string) {
		write(t, filepath.Join(dir, name), "#!/bin/bash\n"+text)
		if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script("squeue", "[ -e "+dir+"/ended ] || echo \"7_0|RUNNING|None|node1|2:01|sedlab trainings R 1\"\necho $1 >>"+dir+"/asked\n")
	script("scancel", "echo \"$*\" >"+dir+"/ended\n")
	far, near := listed[0], listed[1]
	far.Cluster = "far"
	cancelled, err := cluster.Cancel(t.Context(), []cluster.SlurmJob{far, near})
	if err != nil || !slices.Equal(cancelled, []string{"7"}) {
		t.Errorf("cancelled %v, %v", cancelled, err)
	}
	for name, want := range map[string]string{"ended": "--clusters=far 7\n", "asked": "--array\n--clusters=far\n--array\n--clusters=far\n"} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(text) != want {
			t.Errorf("%s: %v, %q", name, err, text)
		}
	}
}
