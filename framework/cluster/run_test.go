package cluster_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sedlab/framework/cluster"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/record/recordtest"
)

// eight is a spec of 8 trainings of a few seconds, and 400 cells.
const eight = `
name: eight
dataset: {source: synthetic, size: 400}
priors:
  glo: {kind: glo, code_dim: 8, hidden: [64, 64], train: {epochs: %d, batch_size: 16, lr_generator: 0.01}}
problem: {operator: inpainting}
solver: {steps: 10}
evaluate: {signals: 10, keep: 0}
sweep:
  seed: [1, 2, 3, 4, 5, 6, 7, 8]
  problem.missing_fraction: {from: 0.01, to: 0.5, step: 0.01}
`

// home is a folder with the spec, and the program as a user would install it. It must be called before
// t.Parallel: a process that another test starts meanwhile would keep the program open for writing.
func home(t *testing.T, epochs int) (dir, program string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "a b")
	write(t, filepath.Join(dir, "eight.yaml"), fmt.Sprintf(eight, epochs))
	program = filepath.Join(dir, "sed lab")
	write(t, program, fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' \"$@\"\n", asProgram, self))
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir, program
}

// sedlab calls the program in a folder.
func sedlab(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	c := exec.Command(program, args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("sedlab %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// sameRows tests that two runs have the same rows, bit for bit.
func sameRows(t *testing.T, got, want string, count int) {
	t.Helper()
	var rows [2][]record.Signal
	for i, dir := range []string{want, got} {
		var err error
		if rows[i], err = recordtest.Read[record.Signal](filepath.Join(dir, store.SignalsFile)); err != nil || len(rows[i]) != count {
			t.Fatalf("%s: %d rows, %v", dir, len(rows[i]), err)
		}
	}
	bits := cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })
	if diff := cmp.Diff(rows[0], rows[1], bits, cmpopts.IgnoreFields(record.Signal{}, "RunID", "Seconds")); diff != "" {
		t.Errorf("%s differs from a local run: -want +got\n%.2000s", got, diff)
	}
}

// workers returns the processes that work on a run at a stage, by the tasks of their job.
func workers(run, stage string) map[string]int {
	found := map[string]int{}
	entries, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the only possible error is a bad pattern
	for _, path := range entries {
		text, err := os.ReadFile(path)
		words := strings.Split(string(text), "\x00")
		if err != nil || len(words) < 5 || words[1] != "work" || words[2] != run || words[4] != stage {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		environ, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "environ"))
		for word := range strings.SplitSeq(string(environ), "\x00") {
			if task, ok := strings.CutPrefix(word, "SLURM_ARRAY_TASK_ID="); ok {
				found[task] = pid
			}
		}
	}
	return found
}

// attempt is a record of work, as far as the test reads it.
type attempt struct {
	Reason string `json:"reason"`
	Done   []struct {
		Kind string `json:"kind"`
		Key  string `json:"key"`
	} `json:"done"`
}

// attempts returns how often each step was done, and how many processes ended for each reason.
func attempts(t *testing.T, runs ...string) (done map[string]int, reasons map[string]int) {
	t.Helper()
	done, reasons = map[string]int{}, map[string]int{}
	for _, run := range runs {
		files, err := filepath.Glob(filepath.Join(run, store.WorkFolder, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", run, files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			var a attempt
			if err == nil {
				err = json.Unmarshal(text, &a)
			}
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			reasons[a.Reason]++
			for _, s := range a.Done {
				done[s.Kind+" "+s.Key]++
			}
		}
	}
	return done, reasons
}

func latest(t *testing.T, runs string) string {
	t.Helper()
	to, err := os.Readlink(filepath.Join(runs, "latest"))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(runs, to)
}

func jobsOf(t *testing.T, run string) []cluster.SlurmJob {
	t.Helper()
	jobs, err := cluster.Jobs(run)
	if err != nil || len(jobs) < 3 {
		t.Fatalf("%v, %v", jobs, err)
	}
	return jobs
}

// busy reports whether a process has computed for half a second.
func busy(pid int) bool {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // it may have ended
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	if len(fields) < 12 {
		return false
	}
	ticks, _ := strconv.Atoi(fields[11])
	return ticks > 50
}

// loseNodeOf ends the node of a task, with all that runs on it, and starts it again.
func loseNodeOf(t *testing.T, task string) {
	t.Helper()
	node, err := exec.Command("squeue", "--noheader", "--format=%N", "--jobs="+task).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, action := range []string{"lose", "revive"} {
		if out, err := exec.Command("testdata/cluster.sh", action, filepath.Dir(os.Getenv("SLURM_CONF")), strings.TrimSpace(string(node))).CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v %s", action, node, err, out)
		}
		time.Sleep(time.Second)
	}
}

// A run is submitted, and its submitter gone. Two tasks are killed in mid-training, one reaches its
// time limit, and one loses its node. What is left is resumed. Then the rows are those of a local
// run, and no step was done twice.
func TestSlurmRun(t *testing.T) {
	needSlurm(t)
	dir, program := home(t, 800)
	t.Parallel()
	flags := []string{"--slurm", "--cpus", "1", "--minutes", "0.02", "--max-tasks", "8", "--mem", "200M", "--retry", "1", "--program", program}
	sedlab(t, dir, program, append([]string{"submit", "eight.yaml"}, flags...)...)
	run := latest(t, filepath.Join(dir, "runs"))
	jobs := jobsOf(t, run)
	struck := map[string]bool{}
	strike := func(how func(task string, pid int)) {
		within(t, 60*time.Second, "training", func() bool {
			for task, pid := range workers(run, "trainings") {
				if !struck[task] && busy(pid) {
					struck[task] = true
					how(task, pid)
					return true
				}
			}
			return false
		})
	}
	kill := func(_ string, pid int) {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
	}
	strike(kill)
	if out := sedlab(t, dir, program, "status", run); !strings.Contains(out, "RUNNING") || !strings.Contains(out, "PENDING") || !strings.Contains(out, ", job "+jobs[0].Job+"_") {
		t.Errorf("status while it runs:\n%s", out)
	}
	strike(kill)
	strike(func(task string, _ int) { scancel(t, "--batch", "--signal=USR1", jobs[0].Job+"_"+task) })
	strike(func(task string, _ int) { loseNodeOf(t, jobs[0].Job+"_"+task) })
	within(t, 3*time.Minute, "ended", func() bool { return len(queue(t, jobs)) == 0 })
	if out := sedlab(t, dir, program, "status", run); !strings.Contains(out, "interrupted") {
		t.Errorf("status after two kills:\n%s", out)
	}
	sedlab(t, dir, program, "resume", run, "--slurm")
	within(t, 3*time.Minute, "ended again", func() bool { return len(queue(t, jobsOf(t, run))) == 0 })

	sedlab(t, dir, program, "run", "eight.yaml", "--runs", "want")
	sameRows(t, run, filepath.Join(dir, "want", "latest"), 4000)
	done, reasons := attempts(t, run)
	if len(done) != 408 {
		t.Errorf("%d steps were done, expected 408; attempts ended by %v", len(done), reasons)
	}
	for step, times := range done {
		if times > 1 {
			t.Errorf("%s was done %d times", step, times)
		}
	}
}

// Two who submit the same spec share the work. One cancels, resumes, and has all rows too.
func TestSlurmTwoSubmitters(t *testing.T) {
	needSlurm(t)
	dir, program := home(t, 150)
	t.Parallel()
	flags := []string{"submit", "eight.yaml", "--slurm", "--partition", "two", "--cpus", "1", "--minutes", "0.05", "--max-tasks", "3", "--mem", "200M", "--program", program}
	var runs []string
	for range 2 {
		sedlab(t, dir, program, flags...)
		runs = append(runs, latest(t, filepath.Join(dir, "runs")))
	}
	within(t, time.Minute, "at work", func() bool { return len(workers(runs[1], "trainings")) > 0 })
	if out := sedlab(t, dir, program, "cancel", runs[1]); !strings.Contains(out, "3 jobs cancelled; the run is interrupted, with ") {
		t.Errorf("cancel: %s", out)
	}
	if list := queue(t, jobsOf(t, runs[1])); len(list) > 0 {
		t.Errorf("left after cancel: %v", list)
	}
	sedlab(t, dir, program, "resume", runs[1], "--slurm")
	if out, err := exec.Command(program, "resume", runs[1], "--slurm").CombinedOutput(); err == nil || !strings.Contains(string(out), "tasks of Slurm still to end") {
		t.Errorf("resumed twice: %v, %s", err, out)
	}
	within(t, 3*time.Minute, "ended", func() bool { return len(queue(t, append(jobsOf(t, runs[0]), jobsOf(t, runs[1])...))) == 0 })
	sameRows(t, runs[1], runs[0], 4000)
	done, reasons := attempts(t, runs...)
	if len(done) != 408 {
		t.Errorf("%d steps were done, expected 408; attempts ended by %v", len(done), reasons)
	}
	for step, times := range done {
		if times > 1 {
			t.Errorf("%s was done %d times", step, times)
		}
	}
}

// The rungs of a search follow each other.
func TestSlurmHalving(t *testing.T) {
	needSlurm(t)
	dir, program := home(t, 1)
	t.Parallel()
	write(t, filepath.Join(dir, "search.yaml"), `
name: search
dataset: {source: synthetic, size: 100, split: {train: 0.7, validation: 0.3, test: 0}}
priors: {glo: {kind: glo, code_dim: 3, hidden: [8]}, zero: {kind: zero}}
problem: {operator: inpainting, missing_fraction: 0.4}
solver: {steps: 5}
evaluate: {split: validation, signals: 10}
select: {prior: glo}
sweep:
  priors.glo.train.lr_generator: [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256]
  halving: {resource: priors.glo.train.epochs, from: 3, to: 27}
`)
	sedlab(t, dir, program, "submit", "search.yaml", "--slurm", "--partition", "two", "--cpus", "1", "--minutes", "0.005", "--mem", "100M", "--program", program)
	run := latest(t, filepath.Join(dir, "runs"))
	within(t, 2*time.Minute, "ended", func() bool { return len(queue(t, jobsOf(t, run))) == 0 })
	sedlab(t, dir, program, "run", "search.yaml", "--runs", "want")
	sameRows(t, run, filepath.Join(dir, "want", "latest"), (9+3+1)*2*10)
}
