package cluster_test

import (
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
)

// A task that dies takes nobody else along, is tried again by nobody, and status says what has
// become of it without any accounts.
func TestSlurmTaskDies(t *testing.T) {
	needSlurm(t)
	dir, program := home(t, 1_000_000) // they do not end by themselves
	t.Parallel()
	sedlab(t, dir, program, "submit", "eight.yaml", "--slurm", "--partition", "two", "--cpus", "1", "--max-tasks", "1", "--time", "1:00:00", "--mem", "200M", "--program", program)
	run := latest(t, filepath.Join(dir, "runs"))
	jobs := jobsOf(t, run)
	var found []worker
	within(t, "at work", func() bool { found = workers(jobs[0], run); return len(found) == 1 && begun(run)(found[0].pid) })
	if err := syscall.Kill(found[0].pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	within(t, "ended", func() bool { return len(queue(t, jobs)) == 0 })
	out := sedlab(t, dir, program, "status", "latest")
	for _, want := range []string{
		`^eight-\S+: ended, incomplete, 0 of 408 steps done, 0 in progress, 408 waiting, 0 failed\n`,
		`\ntrainings +\d+ +1 +ended\n`,
		`\n\d+_0 +trainings +died +8\n`,
		`\n\d+_0 +cells +failed: 400 cells: their priors are not trained, and no job will train them +400\n`,
		`\nthe last lines of \S.*/logs/trainings-\d+_0\.log:\n.*Killed`,
		`\nnext: \S+ resume .* --slurm '--program=[^\n]+'; if its memory or time was too short, with more --mem or --time\n +give '--program=[^\n]*\n$`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
}
