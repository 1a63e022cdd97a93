package cluster_test

import (
	"path/filepath"
	"slices"
	"testing"

	"sedlab/framework/cluster"
)

// Limits that cannot be enough are told, and gathering has its own.
func TestNotes(t *testing.T) {
	w := workload(filepath.Join(t.TempDir(), "run"))
	w.Stages = w.Stages[:1]
	s, err := cluster.Write(w, cluster.Options{CPUs: 1, Minutes: 30, MaxTasks: 8, Time: "31", Mem: "1000M", GatherTime: "5"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"trainings: its longest task is expected to take 30m0s, and is told to save its state up to two minutes before the limit of 31m0s",
		"gather: it is expected to need 2861M of memory; --mem says 1000M",
	}
	if !slices.Equal(s.Notes, want) || s.Jobs[0].Time != "0-00:31:00" || s.Jobs[1].Time != "0-00:05:00" {
		t.Errorf("%q, %+v", s.Notes, s.Jobs)
	}
	if s, err = cluster.Write(w, cluster.Options{CPUs: 1, Minutes: 30, MaxTasks: 8, Time: "32", Mem: "3G"}); err != nil || s.Notes != nil || s.Jobs[1].Time != "0-01:00:00" {
		t.Errorf("%v, %q, %+v", err, s.Notes, s.Jobs)
	}
}
