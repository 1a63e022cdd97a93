package cluster_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sedlab/framework/cache"
	"sedlab/framework/cluster"
	"sedlab/framework/store"
)

// worker is a process that does a task's trainings.
type worker struct {
	task string // such as 12_3
	pid  int
	node string
}

// workers returns the processes that do tasks of a job for a run.
func workers(job cluster.SlurmJob, run string) (list []worker) {
	entries, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the only possible error is a bad pattern
	for _, path := range entries {
		text, err := os.ReadFile(path)
		words := strings.Split(string(text), "\x00")
		if err != nil || len(words) < 5 || words[1] != "work" || words[2] != run {
			continue
		}
		environ, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "environ")) // it may have ended
		env := map[string]string{}
		for word := range strings.SplitSeq(string(environ), "\x00") {
			name, value, _ := strings.Cut(word, "=")
			env[name] = value
		}
		if env["SLURM_ARRAY_JOB_ID"] == job.Job {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			list = append(list, worker{job.Job + "_" + env["SLURM_ARRAY_TASK_ID"], pid, env["SLURMD_NODENAME"]})
		}
	}
	return list
}

// stat returns the state of a process, and for how many hundredths of a second it has computed.
func stat(pid int) (state string, ticks int) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // it may have ended
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	if len(fields) < 12 {
		return "", 0
	}
	ticks, _ = strconv.Atoi(fields[11])
	return fields[0], ticks
}

// training returns a function that reports whether a process is in the middle of a training: it has
// had the lease of one while it computed for a fifth of a second.
func training(t *testing.T, run string) func(pid int) bool {
	t.Helper()
	c, err := cache.Open(t.Context(), 0, filepath.Join(filepath.Dir(run), store.CacheFolder))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	first := map[int]int{} // by process: its ticks when it was first seen with a lease
	return func(pid int) bool {
		locks, err := c.Locks()
		if err != nil {
			t.Fatal(err)
		}
		for _, holder := range locks {
			if holder.PID == pid {
				_, ticks := stat(pid)
				if _, seen := first[pid]; !seen {
					first[pid] = ticks
				}
				return ticks-first[pid] >= 20
			}
		}
		return false
	}
}

// begun returns a function that reports whether a process has begun its record of what it does for
// a run.
func begun(run string) func(pid int) bool {
	return func(pid int) bool {
		list, _ := filepath.Glob(filepath.Join(run, store.WorkFolder, fmt.Sprintf("*-%d-*.json", pid))) // a good pattern
		return len(list) > 0
	}
}

// hold stops as many processes of a job, once they are at work. So they are in the middle of it for
// as long as the test needs, however busy the machine is.
func hold(t *testing.T, job cluster.SlurmJob, run string, count int, atWork func(pid int) bool) (held []worker) {
	t.Helper()
	within(t, "at work", func() bool {
		for _, w := range workers(job, run) {
			if len(held) == count || slices.Contains(held, w) || !atWork(w.pid) {
				continue
			}
			signal(t, w.pid, syscall.SIGSTOP)
			within(t, "stopped", func() bool { state, _ := stat(w.pid); return !strings.Contains("RSD", state) || state == "" })
			if state, _ := stat(w.pid); state != "T" || !atWork(w.pid) { // it was faster
				signal(t, w.pid, syscall.SIGCONT)
				continue
			}
			held = append(held, w)
		}
		return len(held) == count
	})
	return held
}

// signal sends a signal to a process, unless it has ended.
func signal(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil && err != syscall.ESRCH {
		t.Fatal(err)
	}
}

// reachLimit does what Slurm does before the time limit of a task, whose work is held, and lets it
// end.
func reachLimit(t *testing.T, w worker) {
	t.Helper()
	// Of a task that has ended, scancel would exit with 229: the last byte of 2021,
	// ESLURM_ALREADY_DONE.
	slurm(t, "scancel", "--batch", "--signal=USR1", w.task)
	within(t, "told to end", func() bool {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.pid))
		_, after, _ := strings.Cut(string(status), "ShdPnd:")
		pending, _ := strconv.ParseUint(strings.Fields(after + " 0")[0], 16, 64)
		return pending&(1<<(syscall.SIGTERM-1)) != 0
	})
	signal(t, w.pid, syscall.SIGCONT)
	within(t, "ended at its limit", func() bool { state, _ := stat(w.pid); return state == "" })
}

// loseNode ends a node, with all that runs on it, and starts it again.
func loseNode(t *testing.T, node string) {
	t.Helper()
	for _, action := range []string{"lose", "revive"} {
		if out, err := exec.Command("testdata/cluster.sh", action, filepath.Dir(os.Getenv("SLURM_CONF")), node).CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v %s", action, node, err, out)
		}
	}
}
