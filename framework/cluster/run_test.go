package cluster_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

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

// home is a folder with the spec, and the program as a user would install it. It must be called
// before t.Parallel: a process that another test starts meanwhile would keep the program open for
// writing.
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

// doneOnce tests that each of 408 steps was done by one process of all that worked on runs. It
// returns how many ended for each reason; those that were killed have none.
func doneOnce(t *testing.T, runs ...string) (reasons map[string]int) {
	t.Helper()
	done, reasons := map[string]int{}, map[string]int{}
	for _, run := range runs {
		list, err := store.Attempts(run)
		if err != nil || len(list) == 0 {
			t.Fatalf("%s: %v, %v", run, list, err)
		}
		for _, a := range list {
			reasons[a.Reason]++
			for _, s := range a.Done {
				done[fmt.Sprint(s.Kind, " ", s.Key)]++
			}
		}
	}
	if len(done) != 408 {
		t.Errorf("%d steps were done, expected 408; attempts ended by %v", len(done), reasons)
	}
	for step, times := range done {
		if times > 1 {
			t.Errorf("%s was done %d times", step, times)
		}
	}
	return reasons
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
	ended := func() bool { return len(queue(t, jobsOf(t, run))) == 0 }

	held := hold(t, jobs[0], run, 4, training(t, run))
	within(t, "at the end of the other trainings", func() bool { return len(queue(t, jobs[:1])) == len(held) })
	if out := sedlab(t, dir, program, "status", run); !strings.Contains(out, "RUNNING") || !strings.Contains(out, "PENDING") || !strings.Contains(out, ", job "+jobs[0].Job+"_") {
		t.Errorf("status while it runs:\n%s", out)
	}
	lost := held[0]
	late := slices.IndexFunc(held, func(w worker) bool { return w.node != lost.node })
	left := len(held)
	for i, w := range held {
		if i == 0 || i == late {
			continue
		}
		signal(t, w.pid, syscall.SIGKILL)
		left--
		within(t, "killed", func() bool { return len(queue(t, jobs[:1])) == left })
	}
	loseNode(t, lost.node)
	reachLimit(t, held[late])
	within(t, "ended", ended)
	if out := sedlab(t, dir, program, "status", run); !strings.Contains(out, ": ended, incomplete, ") || strings.Count(out, "  trainings  died ") != 2 {
		t.Errorf("status after two kills:\n%s", out)
	}
	sedlab(t, dir, program, "resume", run, "--slurm", "--program", program)
	within(t, "ended again", ended)

	sedlab(t, dir, program, "run", "eight.yaml", "--runs", "want")
	sameRows(t, run, filepath.Join(dir, "want", "latest"), 4000)
	if reasons := doneOnce(t, run); reasons[""] != 3 || reasons["terminated"] != 1 {
		t.Errorf("attempts ended by %v; expected 3 that were killed, and one at its time limit", reasons)
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
	jobs := jobsOf(t, runs[1])
	hold(t, jobs[0], runs[1], 1, begun(runs[1])) // so that there are three jobs to cancel
	if out := sedlab(t, dir, program, "cancel", runs[1]); !strings.Contains(out, "3 jobs cancelled; the run is interrupted, with ") {
		t.Errorf("cancel: %s", out)
	}
	if list := queue(t, jobs); len(list) > 0 {
		t.Errorf("left after cancel: %v", list)
	}
	again := []string{"resume", runs[1], "--slurm", "--program", program, "--sbatch-arg", "--hold"}
	sedlab(t, dir, program, again...)
	if out, err := exec.Command(program, again...).CombinedOutput(); err == nil || !strings.Contains(string(out), "Slurm still has ") {
		t.Errorf("resumed twice: %v, %s", err, out)
	}
	for _, j := range jobsOf(t, runs[1])[len(jobs):] {
		slurm(t, "scontrol", "release", j.Job)
	}
	within(t, "ended", func() bool { return len(queue(t, append(jobsOf(t, runs[0]), jobsOf(t, runs[1])...))) == 0 })
	sameRows(t, runs[1], runs[0], 4000)
	doneOnce(t, runs...)
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
	within(t, "ended", func() bool { return len(queue(t, jobsOf(t, run))) == 0 })
	sedlab(t, dir, program, "run", "search.yaml", "--runs", "want")
	sameRows(t, run, filepath.Join(dir, "want", "latest"), (9+3+1)*2*10)
}
