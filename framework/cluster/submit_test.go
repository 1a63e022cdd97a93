package cluster_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sedlab/framework/cluster"
)

// submission writes scripts for a Slurm of which sbatch is a script, whose jobs get the numbers 1,
// 2, …; scancel notes its arguments in the file that is returned.
func submission(t *testing.T, sbatch string) (s *cluster.Submission, cancelled string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	cancelled = filepath.Join(dir, "cancelled")
	for name, text := range map[string]string{"sbatch": sbatch, "scancel": "echo \"$*\" >>" + cancelled} {
		text = "#!/bin/bash\ncd " + dir + "\nnext() { mkdir $((n=$(ls -d [0-9] 2>/dev/null | wc -l) + 1)); echo $n; }\n" + text + "\n"
		write(t, filepath.Join(dir, name), text)
		if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	w := workload(filepath.Join(dir, "run"))
	w.Stages = w.Stages[:2]
	s, err := cluster.Write(w, cluster.Options{CPUs: 1, Minutes: 30, MaxTasks: 10})
	if err != nil {
		t.Fatal(err)
	}
	return s, cancelled
}

const allJobs = "--name=sedlab trainings Fig 2.a-20261128-025302-06f6c8e2-0123abcd 1,sedlab cells Fig 2.a-20261128-025302-06f6c8e2-0123abcd 1,sedlab gather Fig 2.a-20261128-025302-06f6c8e2-0123abcd 1"

func checkAbandoned(t *testing.T, s *cluster.Submission, cancelled string) {
	t.Helper()
	if text, err := os.ReadFile(cancelled); err != nil || !strings.Contains(ofFolder.ReplaceAllString(string(text), "$1-0123abcd"), allJobs) {
		t.Errorf("cancelled: %v, %q", err, text)
	}
	if jobs, err := cluster.Jobs(s.Run); err != nil || len(jobs) > 0 {
		t.Errorf("jobs are left: %v, %v", jobs, err)
	}
}

// Jobs of a cluster that is managed together with others are noted with its name.
func TestSubmit(t *testing.T) {
	s, _ := submission(t, `echo "$(next);far"`)
	if err := s.Submit(t.Context()); err != nil || len(s.Queued) != 3 {
		t.Fatalf("%v, %v", s.Queued, err)
	}
	last := s.Queued[2]
	if last.Job != "3" || last.Cluster != "far" || !strings.HasPrefix(last.Title, "sedlab gather Fig 2.a-20261128-025302-06f6c8e2-") || last.Folder != s.Folder {
		t.Errorf("%+v", last)
	}
	if err := s.Submit(t.Context()); err == nil || !strings.Contains(err.Error(), "have been submitted") {
		t.Errorf("a second time: %v", err)
	}
}

// If a job cannot be submitted, none stays.
func TestSubmitFails(t *testing.T) {
	s, cancelled := submission(t, `[ -d 1 ] && { echo "no such account" >&2; exit 1; }; next`)
	if err := s.Submit(t.Context()); err == nil || !strings.Contains(err.Error(), "no such account") {
		t.Errorf("got %v", err)
	}
	checkAbandoned(t, s, cancelled)
}

// A submission that is interrupted while Slurm answers leaves no job behind.
func TestSubmitInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	s, cancelled := submission(t, `[ ! -d 1 ] || { touch waits; sleep 0.5; }; next`)
	go func() {
		for ; ; time.Sleep(10 * time.Millisecond) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(s.Run), "waits")); err == nil {
				stop()
				return
			}
		}
	}()
	if err := s.Submit(ctx); err == nil {
		t.Error("no error")
	}
	checkAbandoned(t, s, cancelled)
}

// One of two scripts that are run at once submits the jobs.
func TestSubmitTogether(t *testing.T) {
	s, _ := submission(t, `next`)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { _ = exec.Command("bash", s.Script).Run() })
	}
	all.Wait()
	if jobs, err := cluster.Jobs(s.Run); err != nil || len(jobs) != 3 {
		t.Errorf("%v, %v", jobs, err)
	}
}

// A folder of a run with other things than files in it is refused, not waited for.
func TestHostileFolder(t *testing.T) {
	s, _ := submission(t, `next`)
	if err := unix.Mkfifo(filepath.Join(s.Folder, "jobs.jsonl"), 0o666); err != nil {
		t.Fatal(err)
	}
	if jobs, err := cluster.Jobs(s.Run); err == nil {
		t.Errorf("jobs from a pipe: %v", jobs)
	}
	w := workload(filepath.Join(t.TempDir(), "run"))
	if err := os.Mkdir(w.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), filepath.Join(w.Dir, "slurm")); err != nil {
		t.Fatal(err)
	}
	if _, err := cluster.Write(w, cluster.Options{CPUs: 1, Minutes: 1, MaxTasks: 1}); err == nil || !strings.Contains(err.Error(), "is a link") {
		t.Errorf("scripts behind a link: %v", err)
	}
}

// A submission that was cut short, as by SIGKILL, says how to begin again.
func TestSubmitCut(t *testing.T) {
	s, cancelled := submission(t, `next`)
	notes := filepath.Join(s.Folder, "jobs.jsonl")
	write(t, notes, "")
	err := s.Submit(t.Context())
	said := new(cluster.CallError)
	if !errors.As(err, &said) {
		t.Fatalf("got %v", err)
	}
	_, remedy, _ := strings.Cut(said.Said, "cancel what Slurm has of them: ")
	if out, err := exec.Command("bash", "-c", remedy).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v %s", remedy, err, out)
	}
	checkAbandoned(t, s, cancelled)
	if err := s.Submit(t.Context()); err != nil || len(s.Queued) != 3 {
		t.Errorf("after %s: %v, %v", remedy, s.Queued, err)
	}
}

// Jobs are those of the folder that they were submitted in, by whatever name; not of a copy of it,
// which also has other names for jobs of its own.
func TestJobsOfACopy(t *testing.T) {
	s, _ := submission(t, `next`)
	if err := s.Submit(t.Context()); err != nil {
		t.Fatal(err)
	}
	copied, link, moved := s.Run+"-copied", s.Run+"-link", s.Run+"-moved"
	if err := errors.Join(os.CopyFS(copied, os.DirFS(s.Run)), os.Symlink(s.Run, link)); err != nil {
		t.Fatal(err)
	}
	check := func(run string, want int, from string) {
		t.Helper()
		if jobs, err := cluster.Jobs(run); err != nil || len(jobs) != want || cluster.CopyOf(run) != from {
			t.Errorf("%s: %v, %v, a copy of %q", run, jobs, err, cluster.CopyOf(run))
		}
	}
	check(s.Run, 3, "")
	check(link, 3, "")
	check(copied, 0, s.Run)
	titles := func(run string) string {
		t.Helper()
		w := workload(run)
		again, err := cluster.Write(w, cluster.Options{CPUs: 1, Minutes: 30, MaxTasks: 10})
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(again.Script)
		if err != nil {
			t.Fatal(err)
		}
		_, names, _ := strings.Cut(string(text), "--name=")
		names, _, _ = strings.Cut(names, ")\n")
		return names
	}
	of := titles(s.Run)
	if of == titles(copied) || strings.ReplaceAll(of, " 2'", " 3'") != titles(link) {
		t.Errorf("names of jobs: %s", of)
	}
	if err := os.Rename(s.Run, moved); err != nil {
		t.Fatal(err)
	}
	check(moved, 3, "")
}
