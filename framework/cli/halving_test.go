package cli_test

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sedlab/framework/store"
	"sedlab/internal/record"
)

// Nine settings, of which three are trained for 6 epochs more and one for 18
// more; exhaustive trains each for 3, 9 and 27, every time from the start.
const (
	settings = `
name: tiny
dataset: {source: synthetic, size: 100, split: {train: 0.7, validation: 0.3, test: 0}}
priors:
  glo: {kind: glo, code_dim: 3, hidden: [8]}
  zero: {kind: zero}
problem: {operator: inpainting, missing_fraction: 0.4}
solver: {steps: 5}
evaluate: {split: validation, signals: 10}
select: {prior: glo}
sweep:
  random: {count: 9, space: {priors.glo.train.lr_generator: {log_uniform: [1e-3, 0.3]}, priors.glo.code_dim: {integer: [2, 8]}}}
`
	halved     = settings + "  halving: {resource: priors.glo.train.epochs, from: 3, to: 27}\n"
	exhaustive = settings + "  priors.glo.train.epochs: [3, 9, 27]\n"
)

func writeHalving(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{"halved.yaml": halved, "exhaustive.yaml": exhaustive} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// logged returns the lines of a run's log with a message.
func logged(t *testing.T, run, message string) (lines []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(run, store.LogFile))
	if err != nil {
		t.Fatal(err)
	}
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		var line map[string]any
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if line["msg"] == message {
			lines = append(lines, line)
		}
	}
	return lines
}

// medians returns the median MSE of each setting of glo at a number of epochs.
func medians(rows []record.Signal, epochs float64, among []string) (names []string, median map[string]float64) {
	values := map[string][]float64{}
	for i := range rows {
		dim, _ := rows[i].Value("sweep.priors.glo.code_dim")
		lr, _ := rows[i].Value("sweep.priors.glo.train.lr_generator")
		at, _ := rows[i].Value("sweep.priors.glo.train.epochs")
		name := fmt.Sprint(dim, lr)
		if rows[i].Prior != "glo" || at != epochs || among != nil && !slices.Contains(among, name) {
			continue
		}
		if values[name] == nil {
			names = append(names, name)
		}
		values[name] = append(values[name], rows[i].Score("mse"))
	}
	median = map[string]float64{}
	for name, v := range values {
		slices.Sort(v)
		median[name] = (v[(len(v)-1)/2] + v[len(v)/2]) / 2
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(median[a], median[b]) })
	return names, median
}

// Halving has the very rows that trainings from the start give, chooses what one
// would choose from all of them, and trains no epoch twice.
func TestHalvingIsBruteForceWithoutTheRest(t *testing.T) {
	dir := writeHalving(t)
	mustExec(t, dir, "run", "exhaustive.yaml", "--runs", "all")
	out := mustExec(t, dir, "run", "halved.yaml", "--runs", "got")
	all, got := readTables(t, filepath.Join(dir, "all/latest")), readTables(t, filepath.Join(dir, "got/latest"))
	type signal struct {
		cell string
		id   int64
	}
	undisturbed := map[signal]float64{}
	for _, s := range all.Signals {
		undisturbed[signal{s.CellID, s.SignalID}] = s.Score("mse")
	}
	if len(all.Signals) != 9*3*2*10 || len(got.Signals) != (9+3+1)*2*10 {
		t.Fatalf("%d rows of all, %d of halving", len(all.Signals), len(got.Signals))
	}
	for _, s := range got.Signals {
		if mse, ok := undisturbed[signal{s.CellID, s.SignalID}]; !ok || math.Float64bits(mse) != math.Float64bits(s.Score("mse")) {
			t.Fatalf("cell %s, signal %d: mse %v, of a training without a stop %v", s.CellID, s.SignalID, s.Score("mse"), mse)
		}
	}

	first, _ := medians(all.Signals, 3, nil)
	second, _ := medians(all.Signals, 9, first[:3])
	last, median := medians(all.Signals, 27, second[:1])
	if names, _ := medians(got.Signals, 9, nil); !sameNames(names, first[:3]) {
		t.Errorf("%q went on, want %q", names, first[:3])
	}
	if names, at := medians(got.Signals, 27, nil); !slices.Equal(names, last) || at[last[0]] != median[last[0]] {
		t.Errorf("%q came last, want %q", names, last)
	}
	if want := fmt.Sprintf("priors.glo.train.epochs = 27: %.3g over 10 reconstructions", median[last[0]]); !strings.Contains(out, "best by median mse: ") || !strings.Contains(out, want) {
		t.Errorf("expected %q in\n%s", want, out)
	}

	epochs := 0.0
	for _, line := range logged(t, filepath.Join(dir, "got/latest"), "trained") {
		epochs += line["epochs"].(float64)
	}
	if epochs != 9*3+3*6+1*18 {
		t.Errorf("%g epochs were trained, expected %d", epochs, 9*3+3*6+1*18)
	}
	left(t, filepath.Join(dir, "got"))
	if text := mustExec(t, dir, "plan", "halved.yaml", "--runs", "got", "--no-time"); !strings.Contains(text, "26 cells, 14 trainings; 26 in the cache") {
		t.Errorf("the plan of a search that is done:\n%s", text)
	}
	if text := mustExec(t, dir, "plan", "halved.yaml", "--runs", "all", "--no-time"); !strings.Contains(text, "26 in the cache") {
		t.Errorf("a search whose results are known:\n%s", text)
	}
}

func sameNames(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// left tests that a finished search leaves no states, and a plan that names all.
func left(t *testing.T, runs string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(runs, "cache/checkpoints/[^.]*")) // a killed process leaves .*.tmp for a day
	if err != nil || len(files) != 3+1+1 {                                      // of the settings that go on, and of the last
		t.Errorf("states %v are left: %v", files, err)
	}
	text, err := os.ReadFile(filepath.Join(runs, "latest", store.PlanFile))
	if err != nil {
		t.Fatal(err)
	}
	var plan struct{ Trainings, Cells []struct{ Key string } }
	if err := json.Unmarshal(text, &plan); err != nil || len(plan.Trainings) != 14 || len(plan.Cells) != 26 {
		t.Errorf("the plan has %d trainings and %d cells: %v", len(plan.Trainings), len(plan.Cells), err)
	}
}

// A search that is killed several times, in any rung, and resumed has the
// rows of one that nothing disturbed; neither the workers matter.
func TestHalvingGoesOnAfterKills(t *testing.T) {
	dir := writeHalving(t)
	started := time.Now()
	mustExec(t, dir, "run", "halved.yaml", "--runs", "want", "--workers", "1")
	took := time.Since(started)
	args := []string{"run", "halved.yaml", "--runs", "got", "--checkpoint", "0s"}
	latest := filepath.Join(dir, "got", "latest")
	for kill := 1; ; kill++ {
		c := command(t, dir, args...)
		var out strings.Builder
		c.Stdout, c.Stderr = &out, &out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if kill < 4 {
			time.AfterFunc(took*time.Duration(kill)/5, func() { _ = c.Process.Signal(syscall.SIGKILL) })
		}
		err := c.Wait()
		if err == nil {
			break
		}
		if c.ProcessState.ExitCode() != -1 {
			t.Fatalf("after %d kills: %v\n%s", kill, err, out.String())
		}
		if _, err := os.Lstat(latest); err == nil {
			args = []string{"resume", "latest", "--runs", "got", "--checkpoint", "0s"}
		}
	}
	sameRun(t, latest, filepath.Join(dir, "want", "latest"))
	left(t, filepath.Join(dir, "got"))
}

// An interrupted search keeps the states that it goes on from, also past a prune.
func TestPruneKeepsTheStatesOfASearch(t *testing.T) {
	dir := writeHalving(t)
	states := filepath.Join(dir, "got/cache/checkpoints/*.checkpoint")
	c := command(t, dir, "run", "halved.yaml", "--runs", "got", "--set", "priors.glo.hidden=[64]",
		"--set", "sweep.halving.from=300", "--set", "sweep.halving.to=900")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		if files, _ := filepath.Glob(states); len(files) > 1 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil {
		t.Skip("the run was done before it could be interrupted")
	}
	before, _ := filepath.Glob(states)
	mustExec(t, dir, "cache", "prune", "--runs", "got")
	after, _ := filepath.Glob(states)
	if len(before) < 2 || !slices.Equal(before, after) {
		t.Errorf("of the states %v prune has left %v", before, after)
	}
}
