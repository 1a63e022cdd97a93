package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sedlab/catalog"
	"sedlab/framework/cli"
)

// manyCells is a spec whose commands take long enough to be interrupted.
const manyCells = `
name: sixty
dataset: {source: synthetic, size: 400}
priors: {zero: {kind: zero}, pca: {kind: pca, code_dim: 3}}
problem: {operator: inpainting}
evaluate: {signals: 20, keep: 0}
sweep: {problem.missing_fraction: {from: 0, to: 0.9, step: 0.01}, evaluate.split: [test, train]}
report: [{figure: boxplot, x: problem.missing_fraction}]
`

// A signal soon ends every command, at whatever moment it comes: by itself, with
// the exit code of an interrupt, or because it was done.
func TestInterruptEndsEveryCommand(t *testing.T) {
	const enough = 8 * time.Second // of processor time, which does not depend on what else the machine does
	dir := writeSpec(t, manyCells)
	mustExec(t, dir, "run", "sixty.yaml")
	writeSpectra(t, filepath.Join(dir, "spectra.csv"), 300)
	commands := [][]string{
		{"run", "sixty.yaml", "--set", "seed=1"}, {"run", "sixty.yaml"}, {"resume", "latest"}, {"replay", "latest"}, {"work", "latest"},
		{"submit", "sixty.yaml", "--slurm", "--dry-run"}, {"status", "latest"}, {"cancel", "latest"},
		{"submit", "reconstruct", "--prior", "latest:pca", "--in", "spectra.csv", "--out", "survey.parquet", "--slurm", "--dry-run"},
		{"check", "sixty.yaml", "quickstart", "sixty.yaml"}, {"plan", "sixty.yaml", "--set", "seed=2"}, {"plan", "--why", "--no-time", "sixty.yaml", "--set", "evaluate.signals=30"},
		{"explain", "sixty.yaml"}, {"schema"}, {"report", "latest"},
		{"runs", "ls"}, {"runs", "show", "latest"}, {"runs", "diff", "latest", "latest", "--all"}, {"runs", "verify", "latest"}, {"runs", "export"},
		{"runs", "watch", "--interval", "1s"}, {"runs", "tag", "latest", "+a"}, {"runs", "note", "latest", "a"}, {"runs", "rm", "--older-than", "1000d"},
		{"experiments", "ls"}, {"experiments", "show", "quickstart"},
		{"data", "ls"}, {"data", "info", "synthetic"}, {"data", "split", "sixty.yaml"}, {"data", "fetch", "--url", "http://127.0.0.1:1/", "--to", "x"},
		{"data", "convert", "spectra.csv", "--out", "set.npz"}, {"reconstruct", "--prior", "latest:pca", "--in", "spectra.csv", "--out", "repaired"},
		{"cache", "ls"}, {"cache", "verify"}, {"cache", "prune", "--older-than", "1000d"},
		{"serve", "--addr", "127.0.0.1:0"}, {"bench"}, {"version"}, {"completion", "bash"},
	}
	for _, path := range paths(cli.Root(catalog.Default())) {
		words := strings.Fields(path)
		tested := func(c []string) bool { return slices.Equal(c[:min(len(c), len(words))], words) }
		if !slices.ContainsFunc(commands, tested) {
			t.Errorf("%s is not tested", path)
		}
	}
	for _, args := range commands {
		c, out := command(t, dir, args...), new(bytes.Buffer)
		c.Stdout, c.Stderr = out, out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
		_ = c.Process.Signal(syscall.SIGINT) // it may have ended
		err := waitFor(c, 2*time.Minute)
		failed := new(exec.ExitError)
		code := 0
		if errors.As(err, &failed) {
			code = failed.ExitCode() // -1: the signal came before the program could take it
		}
		killed := c.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
		if took := c.ProcessState.UserTime() + c.ProcessState.SystemTime(); killed || took > enough || !slices.Contains([]int{0, 1, 2, 3, 130, -1}, code) || strings.Contains(out.String(), "goroutine ") {
			t.Errorf("%s: took %v, exit code %d, %v\n%s", strings.Join(args, " "), took, code, err, out)
		}
	}
	// Whatever the moments were, all runs can be resumed and are whole then.
	for _, manifest := range glob(t, filepath.Join(dir, "runs", "*-*", "manifest.json")) {
		run := filepath.Dir(manifest)
		if out, err := command(t, dir, "resume", run).CombinedOutput(); err != nil && !strings.Contains(string(out), "is a replay of") && !strings.Contains(string(out), "repeats") {
			t.Errorf("resume %s: %v\n%s", run, err, out)
		}
		mustExec(t, dir, "runs", "verify", run)
	}
}

// writeSpectra writes a CSV file of a number of spectra, 300 pixels each.
func writeSpectra(t *testing.T, path string, count int) {
	t.Helper()
	var text strings.Builder
	text.WriteString("name,wavelength,flux,error,redshift\n")
	for i := range count {
		for k := range 300 {
			fmt.Fprintf(&text, "s%d,%d,%.4f,0.1,%.4f\n", i, 3800+10*k, 10+3*math.Sin(float64(k*i)/500), 0.01+0.001*float64(i%50))
		}
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

// waitFor waits for a command, and kills it if that takes too long.
func waitFor(c *exec.Cmd, limit time.Duration) error {
	timer := time.AfterFunc(limit, func() { _ = c.Process.Kill() })
	defer timer.Stop()
	return c.Wait()
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil || len(list) == 0 {
		t.Fatalf("%s: %v, %v", pattern, list, err)
	}
	return list
}
