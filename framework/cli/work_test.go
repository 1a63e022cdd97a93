package cli_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/cache"
	"sedlab/framework/store"
	"sedlab/internal/sealed"
)

// harm is how often processes are killed and paused. The long form of the test is
//
//	go test ./framework/cli -run WorkUnderHarm -harm 100 -timeout 1h
var harm = flag.Int("harm", 8, "times that TestWorkUnderHarm kills a process, and times that it pauses one")

// prepare makes the folder of a run of a spec file in dir, and returns the run's.
func prepare(t *testing.T, dir, spec, runs string, o app.RunOptions) string {
	t.Helper()
	r, err := app.Open(filepath.Join(dir, runs), catalog.Default()).Prepare(t.Context(), app.SpecRef{Name: filepath.Join(dir, spec)}, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != store.Submitted {
		t.Errorf("status %s", r.Status)
	}
	return r.Dir
}

// prepareRun makes the folder of a run: prepare SPEC RUNS.
func prepareRun(ts *testscript.TestScript, _ bool, args []string) {
	_, err := app.Open(ts.MkAbs(args[1]), catalog.Default()).Prepare(context.Background(), app.SpecRef{Name: ts.MkAbs(args[0])}, app.RunOptions{})
	ts.Check(err)
}

// otherKernel makes a run one that was planned on a machine with another kernel: kernel RUN NAME.
func otherKernel(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	m, err := store.ReadManifest(dir)
	ts.Check(err)
	m.System.Kernel = args[1]
	text, err := sealed.Marshal(m)
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(dir, store.ManifestFile), text, 0o666))
}

// stored counts, by id, how often cells were stored and priors trained, and how often a process
// threw its work on cells or a prior away, as its lease was lost, according to the logs of the
// processes that worked on a run. So it counts all that was computed, but by killed processes.
func stored(t *testing.T, run string) (count map[string]int, lost int) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(run, store.WorkFolder, "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	count = map[string]int{}
	for _, log := range logs {
		f, err := os.Open(log)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			var l struct {
				Msg, Hash string
				Cells     json.RawMessage
			}
			if json.Unmarshal(lines.Bytes(), &l) != nil {
				continue // the last one of a process that was killed
			}
			var ids []string
			switch l.Msg {
			case "lost":
				lost++
			case "trained":
				ids = []string{l.Hash}
			case "stored":
				if err := json.Unmarshal(l.Cells, &ids); err != nil {
					t.Error(err)
				}
			}
			for _, id := range ids {
				count[id]++
			}
		}
	}
	return count, lost
}

func again(count map[string]int) (n int) {
	for _, times := range count {
		n += times - 1
	}
	return n
}

// herd are processes that work on a run, each begun again until it finds nothing to do.
type herd struct {
	sync.Mutex
	live map[*exec.Cmd]bool
	done sync.WaitGroup
}

func (h *herd) start(t *testing.T, dir, run string) {
	h.done.Go(func() {
		for {
			c := command(t, dir, "work", run, "--lease", "2s", "--checkpoint", "0s", "--workers", "1")
			var out strings.Builder
			c.Stdout, c.Stderr = &out, &out
			if err := c.Start(); err != nil {
				t.Error(err)
				return
			}
			h.Lock()
			h.live[c] = true
			h.Unlock()
			err := c.Wait()
			h.Lock()
			delete(h.live, c)
			h.Unlock()
			switch {
			case err == nil && !strings.Contains(out.String(), "not finished"):
				return
			case err != nil && c.ProcessState.ExitCode() != -1:
				t.Errorf("%v: %s", err, out.String())
				return
			}
		}
	})
}

// one returns a process that runs, or nil.
func (h *herd) one() *exec.Cmd {
	h.Lock()
	defer h.Unlock()
	for c := range h.live { // in random order
		return c
	}
	return nil
}

// Processes that are killed, and paused for longer than their leases, lose nothing: the rows
// are those of a run that nothing disturbed. No step is stored more often than pauses explain.
func TestWorkUnderHarm(t *testing.T) {
	harm := *harm
	if testing.Short() {
		harm = 2
	}
	dir := writeSpec(t, strings.ReplaceAll(sixty, "steps: 10", "steps: 400"))
	mustExec(t, dir, "run", "sixty.yaml", "--runs", "want")
	run := prepare(t, dir, "sixty.yaml", "got", app.RunOptions{})
	h := &herd{live: map[*exec.Cmd]bool{}}
	for range 16 {
		h.start(t, dir, run)
	}
	ended := make(chan struct{})
	go func() { h.done.Wait(); close(ended) }()
	kills, pauses := 0, 0
	for i := range 2 * harm {
		select {
		case <-ended:
		case <-time.After(time.Duration(rand.IntN(300)) * time.Millisecond):
			c := h.one()
			if c == nil {
				break
			}
			if i%2 == 0 {
				kills++
				_ = c.Process.Kill()
				break
			}
			pauses++
			_ = c.Process.Signal(syscall.SIGSTOP)
			time.AfterFunc(2600*time.Millisecond, func() { _ = c.Process.Signal(syscall.SIGCONT) })
		}
	}
	<-ended
	mustExec(t, dir, "work", run, "--stage", "gather")
	sameRun(t, run, filepath.Join(dir, "want", "latest"))
	count, lost := stored(t, run)
	// A process has at most three blocks at a time: one that is dealt, one that is solved, and one
	// that is stored.
	if n := again(count); n > pauses || lost > 3*pauses {
		t.Errorf("%d steps were stored again, and work was thrown away %d times, with %d pauses", n, lost, pauses)
	}
	t.Logf("%d kills, %d pauses: %d steps stored, %d again; work was thrown away %d times", kills, pauses, len(count), again(count), lost)
	c, err := cache.Open(t.Context(), 0, filepath.Join(dir, "got", "cache"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if held, err := c.Locks(); err != nil || len(held) > 0 {
		t.Errorf("locks that are left: %v, %v", held, err)
	}
}

// The parts of a run's work cover all of it, each step once.
func TestParts(t *testing.T) {
	dir := writeSpec(t, sixty)
	mustExec(t, dir, "run", "sixty.yaml", "--runs", "want")
	run := prepare(t, dir, "sixty.yaml", "got", app.RunOptions{})
	if out, err := command(t, dir, "work", run, "--stage", "cells", "--part", "0/3").CombinedOutput(); exitCode(err) != 75 || !strings.Contains(string(out), "not trained yet") {
		t.Errorf("cells before their priors: %v\n%s", err, out)
	}
	for _, stage := range []string{"trainings", "cells"} {
		for part := range 3 {
			mustExec(t, dir, "work", run, "--stage", stage, "--part", fmt.Sprintf("%d/3", part))
		}
	}
	if count, lost := stored(t, run); len(count) != 62 || again(count)+lost != 0 {
		t.Errorf("%d steps were stored, %d again, and work was thrown away %d times; want 62, 0, 0", len(count), again(count), lost)
	}
	mustExec(t, dir, "work", run, "--stage", "gather")
	sameRun(t, run, filepath.Join(dir, "want", "latest"))
	if s, err := app.Open(filepath.Join(dir, "got"), catalog.Default()).State(t.Context(), run, app.StateOptions{}); err != nil || s.Status != store.Done || s.Counts[app.StepDone] != 62 {
		t.Errorf("state: %v, %+v", err, s)
	}
	mustExec(t, dir, "runs", "verify", run, "--runs", "got")
}

func exitCode(err error) int {
	if e, ok := err.(*exec.ExitError); ok {
		return e.ExitCode()
	}
	return 0
}

// Two people who submit the same spec share the work.
func TestTwoSubmittersShare(t *testing.T) {
	dir := writeSpec(t, sixty)
	runs := []string{prepare(t, dir, "sixty.yaml", "got", app.RunOptions{}), prepare(t, dir, "sixty.yaml", "got", app.RunOptions{})}
	var both sync.WaitGroup
	for _, run := range runs {
		for range 2 {
			both.Go(func() { mustWork(t, dir, run) })
		}
	}
	both.Wait()
	count, lost := stored(t, runs[0])
	others, thrown := stored(t, runs[1])
	for id, n := range others {
		count[id] += n
	}
	if len(count) != 62 || again(count)+lost+thrown != 0 {
		t.Errorf("%d steps were stored, %d again, and work was thrown away %d times; want 62, 0, 0", len(count), again(count), lost+thrown)
	}
	for _, run := range runs {
		mustExec(t, dir, "work", run, "--stage", "gather")
	}
	sameRun(t, runs[0], runs[1])
}

// mustWork works on a run until nothing is left.
func mustWork(t *testing.T, dir, run string) {
	for range 100 {
		out, err := command(t, dir, "work", run, "--workers", "1").CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, out)
			return
		}
		if !strings.Contains(string(out), "not finished") {
			return
		}
	}
	t.Error("never finished")
}

// Work that a slow disk keeps from ending after SIGTERM can be tried again, unlike work that
// Ctrl-C ends, for which nobody has to wait that long.
func TestSlowWorkEnds(t *testing.T) {
	dir := writeSpec(t, sixty)
	run := prepare(t, dir, "sixty.yaml", "got", app.RunOptions{})
	for _, x := range []struct {
		signal syscall.Signal
		args   []string
		want   int
	}{{syscall.SIGTERM, nil, 75}, {syscall.SIGTERM, []string{"--unfinished", "74"}, 74}, {syscall.SIGINT, nil, 130}} {
		c := command(t, dir, append([]string{"work", run}, x.args...)...)
		c.Env = append(c.Env, slowDisk+"=1")
		out, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "syncing"; {
		}
		_ = c.Process.Signal(x.signal)
		if err := waitFor(c, 30*time.Second); exitCode(err) != x.want {
			t.Errorf("%v, %v: %v, want %d", x.signal, x.args, err, x.want)
		}
	}
}

// Work that a time limit or SIGTERM ends saves its state and exits with 0; going on gives the
// same bits.
func TestWorkStopsInTime(t *testing.T) {
	dir := writeSpec(t, strings.Replace(sixty, "epochs: 40", "epochs: 3000", 1))
	run := prepare(t, dir, "sixty.yaml", "got", app.RunOptions{})
	mustExec(t, dir, "run", "sixty.yaml", "--runs", "want")
	stop := map[string]func() *exec.Cmd{
		"time limit": func() *exec.Cmd { return command(t, dir, "work", run, "--until", "700ms") },
		"terminated": func() *exec.Cmd {
			c := command(t, dir, "work", run)
			time.AfterFunc(700*time.Millisecond, func() { _ = c.Process.Signal(syscall.SIGTERM) })
			return c
		},
	}
	for why, start := range stop {
		out, err := start().CombinedOutput()
		if err != nil || !strings.Contains(string(out), "not finished: "+why) {
			t.Errorf("%s: %v: %s", why, err, out)
		}
	}
	if saved, _ := filepath.Glob(filepath.Join(dir, "got", "cache", "checkpoints", "*")); len(saved) != 1 {
		t.Errorf("saved states: %v", saved)
	}
	mustExec(t, dir, "work", run)
	attempts, err := store.Attempts(run)
	if err != nil || len(attempts) != 3 || attempts[0].Ended == nil || attempts[2].Reason != "done" {
		t.Fatalf("attempts: %v, %+v", err, attempts)
	}
	logs, err := os.ReadFile(filepath.Join(run, store.WorkFolder, attempts[2].ID+".log"))
	if err != nil || !strings.Contains(string(logs), `"resumed":true`) {
		t.Errorf("the training did not go on: %v\n%s", err, logs)
	}
	mustExec(t, dir, "work", run, "--stage", "gather")
	sameRun(t, run, filepath.Join(dir, "want", "latest"))
}

// A file of steps that cannot be read is wrong usage, unless the file system is to blame; nothing is
// waited for.
func TestStepFiles(t *testing.T) {
	dir := writeSpec(t, sixty)
	run := prepare(t, dir, "sixty.yaml", "got", app.RunOptions{})
	pipe, large := filepath.Join(dir, "pipe"), filepath.Join(dir, "large")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o666), os.WriteFile(large, nil, 0o666), os.Truncate(large, app.MostStepBytes+1)); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]int{
		"none": 2, "none/at/all": 2, dir: 2, pipe: 2, large: 2,
		"/proc/self/mem": 75, // of which Linux can read nothing: EIO
	} {
		if strings.HasPrefix(file, "/proc") && runtime.GOOS != "linux" {
			continue
		}
		out, err := command(t, dir, "work", run, "--steps", file).CombinedOutput()
		if exitCode(err) != want || !strings.Contains(string(out), file) {
			t.Errorf("%s: %v, want %d: %s", file, err, want, out)
		}
	}
}

// Status says that it watches a process of which it is not known whether it lives, and what it saw.
func TestStatusOfASilentProcess(t *testing.T) {
	dir := writeSpec(t, sixty)
	run := prepare(t, dir, "sixty.yaml", "got", app.RunOptions{})
	s, err := app.Open(filepath.Join(dir, "got"), catalog.Default()).State(t.Context(), run, app.StateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(dir, "got", "cache", "locks", s.Solving[0].Block)
	file, at := filepath.Join(lock, "0123456789abcdef"), time.Now().Add(time.Hour)
	text := []byte(`{"pid":7,"host":"elsewhere","since":"2026-01-02T03:04:05Z","lease_seconds":1}` + "\n000000000000001\n")
	if err := errors.Join(os.MkdirAll(lock, 0o777), os.WriteFile(file, text, 0o666), os.Chtimes(file, at, at)); err != nil {
		t.Fatal(err)
	}
	out, err := command(t, dir, "status", run).CombinedOutput()
	for _, want := range []string{
		"note: process 7 on elsewhere seems to be silent; watching it for up to 1s to be sure\n", ": not submitted, 0 of 62 steps done, 0 in progress, 62 waiting, 0 failed\n",
		"fallen silent, such as process 7 on elsewhere, last heard from 0s ago",
	} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%v: no %q in\n%s", err, want, out)
		}
	}
}
