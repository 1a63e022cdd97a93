package cluster_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sedlab/catalog"
	"sedlab/framework/cli"
	"sedlab/framework/cluster"
	"sedlab/internal/disk"
	"sedlab/internal/disk/disktest"
)

// asProgram is the environment variable that makes the test binary the program.
const asProgram = "SEDLAB_TEST_AS_PROGRAM"

// TestMain keeps tests from waiting for the disk, and ends the Slurm cluster that they have started.
func TestMain(m *testing.M) {
	disk.Watch(disktest.Unsynced)
	if os.Getenv(asProgram) != "" {
		os.Exit(cli.Main(catalog.Default(), os.Args[1:], os.Stdout, os.Stderr))
	}
	flag.Parse()
	if n := flag.Lookup("test.parallel"); n.Value.String() == n.DefValue {
		_ = n.Value.Set("8") // they mostly wait for Slurm
	}
	code := m.Run()
	if dir := os.Getenv("SLURM_CONF"); started && dir != "" {
		_ = exec.Command("testdata/cluster.sh", "stop", filepath.Dir(dir)).Run()
		_ = os.RemoveAll(filepath.Dir(dir))
	}
	os.Exit(code)
}

var started bool

var startSlurm = sync.OnceValue(func() error {
	dir, err := os.MkdirTemp("", "slurm")
	if err != nil {
		return err
	}
	if out, err := exec.Command("testdata/cluster.sh", "start", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	started = true
	return os.Setenv("SLURM_CONF", filepath.Join(dir, "slurm.conf"))
})

// needSlurm starts a Slurm with a partition of three nodes and one of two, each with two processors,
// once for all tests.
func needSlurm(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("waits for Slurm")
	}
	for _, name := range []string{"sbatch", "slurmctld", "slurmd", "munged"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("Slurm is not installed: %v", err)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("only root can start a Slurm of its own")
	}
	if err := startSlurm(); err != nil {
		t.Fatal(err)
	}
}

// fake is a program that notes when its tasks begin and end, and behaves as their names say:
// trainings 0 cannot be done where it is first tried, 1 works until its time is over, 2 fails, and
// 3 cannot be done anywhere.
const fake = `#!/bin/bash
task=$4-${SLURM_ARRAY_TASK_ID:-0}
events=${0%/*}/events
note() { echo "$1 $task ${SLURM_RESTART_COUNT:-0} $SLURMD_NODENAME" >>"$events"; }
trap 'note saved; exit 75' TERM
note begins
case $task-${SLURM_RESTART_COUNT:-0} in
trainings-0-0) exit 69 ;;
trainings-3-*) exit 75 ;;
trainings-1-0 | cells-0-*) sleep 600 & wait ;;
trainings-2-*) exit 1 ;;
esac
sleep 0.1
note ends
`

// event is a line that fake has noted.
type event struct{ what, task, attempt, node string }

func events(t *testing.T, dir string) (list []event) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "events"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var e event
		if _, err := fmt.Sscan(line, &e.what, &e.task, &e.attempt, &e.node); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		list = append(list, e)
	}
	return list
}

// within waits until something is so, for as long as tests may take.
func within(t *testing.T, what string, is func() bool) {
	t.Helper()
	end, limited := t.Deadline()
	for ; !is(); time.Sleep(100 * time.Millisecond) {
		if limited && time.Until(end) < 20*time.Second {
			out, _ := exec.Command("squeue").CombinedOutput()
			t.Fatalf("still not %s\n%s", what, out)
		}
	}
}

func queue(t *testing.T, jobs []cluster.SlurmJob) []cluster.Task {
	t.Helper()
	list, err := cluster.Queue(t.Context(), jobs)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// slurm calls a command of Slurm.
func slurm(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v %s", args, err, out)
	}
	return string(out)
}

// What becomes of a task follows from how its work ends, jobs follow each other whatever becomes of
// tasks, and a job that is cancelled does not come back.
func TestSlurmRetriesWhatCanSucceed(t *testing.T) {
	needSlurm(t)
	dir := filepath.Join(t.TempDir(), "a b") // Slurm takes no name that is hostile throughout
	write(t, filepath.Join(dir, "fake"), fake)
	if err := os.Chmod(filepath.Join(dir, "fake"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Parallel() // see home
	w := workload(filepath.Join(dir, "run"))
	w.Stages = w.Stages[:2]
	s, err := cluster.Write(w, cluster.Options{Partition: "two", Time: "1", CPUs: 1, Minutes: 1, MaxTasks: 4, Retry: 2, Program: filepath.Join(dir, "fake"), Mem: "100M", SbatchArg: []string{`--comment=a "b"`}})
	if err == nil {
		err = s.Submit(t.Context())
	}
	if err != nil || len(s.Queued) != 3 {
		t.Fatalf("%+v, %v", s, err)
	}
	if err := s.Submit(t.Context()); err == nil || !strings.Contains(err.Error(), "have been submitted") {
		t.Errorf("a second submission of the same scripts: %v", err)
	}
	has := func(what, task, attempt string) bool {
		return slices.ContainsFunc(events(t, dir), func(e event) bool { return e.what == what && e.task == task && e.attempt == attempt })
	}
	within(t, "at cells", func() bool { return has("begins", "cells-0", "0") })
	within(t, "one cells task left", func() bool { return len(queue(t, s.Queued)) == 2 }) // and the job that gathers
	got := map[string]int{}
	var nodes []string
	cells := false
	for _, e := range events(t, dir) {
		got[e.what+" "+e.task]++
		if cells = cells || strings.HasPrefix(e.task, "cells"); cells && strings.HasPrefix(e.task, "trainings") {
			t.Errorf("%v after cells", e)
		}
		if e.what == "begins" && e.task == "trainings-0" {
			nodes = append(nodes, e.node)
		}
	}
	for what, want := range map[string]int{
		"begins trainings-0": 2, "ends trainings-0": 1, "begins trainings-1": 2, "saved trainings-1": 1, "ends trainings-1": 1,
		"begins trainings-2": 1, "begins trainings-3": 3, "ends cells-1": 1, "ends cells-3": 1, "begins gather-0": 0,
	} {
		if got[what] != want {
			t.Errorf("%s: %d times, expected %d", what, got[what], want)
		}
	}
	if len(nodes) != 2 || nodes[0] == nodes[1] {
		t.Errorf("a task that a node could not do was tried on %v", nodes)
	}

	if has("begins", "gather-0", "0") {
		t.Error("gathered before cells had ended")
	}
	cancelled, err := cluster.Cancel(t.Context(), s.Queued)
	if err != nil || len(cancelled) != 2 {
		t.Errorf("cancelled %v, %v", cancelled, err)
	}
	within(t, "empty", func() bool { return len(queue(t, s.Queued)) == 0 })
	if !has("saved", "cells-0", "0") || has("begins", "gather-0", "0") {
		t.Errorf("a task that is cancelled must save its state, and the next job must not begin: %v", events(t, dir))
	}
}

// If a job cannot be submitted, those before it are cancelled, and the submission can be repeated.
func TestSlurmSubmitsAllOrNone(t *testing.T) {
	needSlurm(t)
	t.Parallel()
	s, err := cluster.Write(workload(filepath.Join(t.TempDir(), "run")), cluster.Options{Partition: "two", CPUs: 1, Minutes: 1, MaxTasks: 1, Program: "/bin/true", Mem: "100M"})
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(filepath.Dir(s.Script), "cells.sh")
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	write(t, script, strings.Replace(string(text), `"two"`, "none", 1))
	if err := s.Submit(t.Context()); err == nil || !strings.Contains(err.Error(), "invalid partition") {
		t.Fatalf("an unknown partition: %v", err)
	}
	if jobs, err := cluster.Jobs(s.Run); err != nil || len(jobs) > 0 {
		t.Errorf("left are %v, %v", jobs, err)
	}
	write(t, script, string(text))
	if err := s.Submit(t.Context()); err != nil || len(s.Queued) != 5 {
		t.Errorf("once it is right: %v, %v", s.Queued, err)
	}
	within(t, "done", func() bool { return len(queue(t, s.Queued)) == 0 })
}
