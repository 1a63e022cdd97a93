package cli_test

import (
	"errors"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sedlab/framework/cache"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/record/recordtest"
)

// kills is how often a run is killed. The long form of the test is
//
//	go test ./framework/cli -run Kill -kills 100 -timeout 1h
var kills = flag.Int("kills", 6, "times that TestKill kills a run")

// sixty is a spec of 60 cells, of which those of glo share a training.
const sixty = `
name: sixty
dataset: {source: synthetic, size: 200}
priors:
  glo: {kind: glo, code_dim: 4, hidden: [16], train: {epochs: 40, batch_size: 16, lr_generator: 0.01}}
  zero: {kind: zero}
problem: {operator: inpainting}
solver: {steps: 10}
evaluate: {signals: 10, keep: 2}
sweep:
  problem.missing_fraction: {from: 0.05, to: 0.75, step: 0.05}
  evaluate.split: [test, train]
`

// command is the program under test.
func command(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Dir, c.Env = dir, append(os.Environ(), asProgram+"=1")
	return c
}

func mustExec(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := command(t, dir, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("sedlab %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// tables are the results of a run, without what may differ.
type tables struct {
	Signals  []record.Signal
	Training []record.Training
	Examples []record.Example
}

func readTables(t *testing.T, dir string) (x tables) {
	t.Helper()
	var errs [3]error
	x.Signals, errs[0] = recordtest.Read[record.Signal](filepath.Join(dir, store.SignalsFile))
	x.Training, errs[1] = recordtest.Read[record.Training](filepath.Join(dir, store.TrainingFile))
	x.Examples, errs[2] = recordtest.Read[record.Example](filepath.Join(dir, store.ExamplesFile))
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return x
}

var (
	sameBits32 = cmp.Comparer(func(a, b []float32) bool {
		return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
	})
	sameBits64 = cmp.Comparer(func(a, b []float64) bool {
		return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
	})
)

// sameRun tests that two runs have the same rows, none missing and none twice.
func sameRun(t *testing.T, got, want string) {
	t.Helper()
	o := cmp.Options{
		cmpopts.EquateNaNs(), sameBits32, sameBits64, // the last two save much time
		cmpopts.IgnoreFields(record.Signal{}, "RunID", "Seconds"), cmpopts.IgnoreFields(record.Example{}, "RunID"),
		cmpopts.IgnoreFields(record.Training{}, "Seconds"),
	}
	if diff := cmp.Diff(readTables(t, want), readTables(t, got), o); diff != "" {
		t.Fatalf("%s differs from a run that nothing disturbed: -want +got\n%.2000s", got, diff)
	}
}

func writeSpec(t *testing.T, text string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "sixty.yaml"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A run that is killed at any instant, and resumed until it is done, has the
// results of one that nothing disturbed.
func TestKill(t *testing.T) {
	dir := writeSpec(t, strings.Replace(sixty, "to: 0.75", "to: 0.4", 1))
	started := time.Now()
	mustExec(t, dir, "run", "sixty.yaml", "--runs", "want")
	took := time.Since(started)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, an undisturbed run takes %v", seed, took)
	random := rand.New(rand.NewPCG(seed, 0))
	kills := *kills
	if testing.Short() {
		kills = 2
	}
	for killed := 0; killed < kills; {
		runs := filepath.Join(dir, "got")
		args := []string{"run", "sixty.yaml", "--runs", runs, "--checkpoint", "0s"}
		for {
			c := command(t, dir, args...)
			var out strings.Builder
			c.Stdout, c.Stderr = &out, &out
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			if killed < kills {
				time.AfterFunc(time.Duration(random.Int64N(int64(took))), func() { _ = c.Process.Signal(syscall.SIGKILL) })
			}
			err := c.Wait()
			if err == nil {
				break
			}
			if c.ProcessState.ExitCode() != -1 {
				t.Fatalf("after %d kills: %v\n%s", killed, err, out.String())
			}
			killed++
			if _, err := os.Lstat(filepath.Join(runs, "latest")); err == nil {
				args = []string{"resume", "latest", "--runs", runs, "--checkpoint", "0s"}
			}
		}
		sameRun(t, filepath.Join(runs, "latest"), filepath.Join(dir, "want", "latest"))
		if err := os.RemoveAll(runs); err != nil {
			t.Fatal(err)
		}
	}
}

// Eight processes at once on one cache train once, and each has all rows.
func TestEightAtOnce(t *testing.T) {
	dir := writeSpec(t, strings.Replace(sixty, "to: 0.75", "to: 0.2", 1))
	mustExec(t, dir, "run", "sixty.yaml", "--runs", "want")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if out, err := command(t, dir, "run", "sixty.yaml", "--runs", "got", "--workers", "1").CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	group.Wait()
	logs, err := filepath.Glob(filepath.Join(dir, "got", "sixty-*", store.LogFile))
	if err != nil || len(logs) != 8 {
		t.Fatalf("%d runs, %v", len(logs), err)
	}
	trainings := 0
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		trainings += strings.Count(string(text), `"msg":"trained"`)
		sameRun(t, filepath.Dir(log), filepath.Join(dir, "want", "latest"))
	}
	if trainings != 2 {
		t.Errorf("%d trainings of 2 priors", trainings)
	}
}

// On a full disk a run fails and says so; after space is made it is finished.
func TestFullDisk(t *testing.T) {
	dir := writeSpec(t, sixty)
	small := filepath.Join(dir, "small")
	if err := os.Mkdir(small, 0o777); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", small).CombinedOutput(); err != nil {
		t.Skipf("no small file system can be mounted: %v: %s", err, out)
	}
	defer func() {
		if out, err := exec.Command("umount", small).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}()
	mustExec(t, dir, "run", "sixty.yaml", "--runs", "want")
	c := command(t, dir, "run", "sixty.yaml", "--runs", "small/runs")
	out, err := c.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "no space left on device") {
		t.Fatalf("on a full disk: %v\n%s", err, out)
	}
	if out, err := exec.Command("mount", "-o", "remount,size=64m", small).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	runs := filepath.Join(small, "runs")
	if _, err := os.Lstat(filepath.Join(runs, "latest")); err == nil {
		mustExec(t, dir, "resume", "latest", "--runs", "small/runs")
	} else {
		mustExec(t, dir, "run", "sixty.yaml", "--runs", "small/runs")
	}
	sameRun(t, filepath.Join(runs, "latest"), filepath.Join(dir, "want", "latest"))
	opened, err := cache.Open(t.Context(), 0, filepath.Join(runs, "cache"))
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if report, err := opened.Verify(t.Context()); err != nil || len(report.Damaged) > 0 {
		t.Errorf("the cache after it: %+v, %v", report, err)
	}
}
