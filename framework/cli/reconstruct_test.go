package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const smallRun = `
name: small
dataset: {source: synthetic, size: 300}
priors: {pca: {kind: pca, code_dim: 5}, zero: {kind: zero}}
problem: {operator: inpainting, missing_fraction: 0.3}
evaluate: {signals: 10, keep: 0}
`

// repairable writes a spec and spectra, and runs the spec.
func repairable(t *testing.T, spectra int) (dir string) {
	t.Helper()
	dir = writeSpec(t, smallRun)
	mustExec(t, dir, "run", "sixty.yaml")
	writeSpectra(t, filepath.Join(dir, "spectra.csv"), spectra)
	return dir
}

func readFile(t *testing.T, parts ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A prior of a run and its file give the same results, in every format, and leave nothing else.
func TestReconstruct(t *testing.T) {
	dir := repairable(t, 12)
	var done struct {
		Spectra, Repaired int
		Prior             string
	}
	out := mustExec(t, dir, "reconstruct", "--prior", "latest:pca", "--in", "spectra.csv", "--out", "a.csv", "--save-prior", "pca.safetensors", "--plot", "figures", "--json")
	if err := json.Unmarshal([]byte(out[strings.IndexByte(out, '{'):]), &done); err != nil || done.Spectra != 12 || done.Repaired != 12 || !strings.HasPrefix(done.Prior, "pca of small-") {
		t.Errorf("%+v, %v\n%s", done, err, out)
	}
	mustExec(t, dir, "reconstruct", "--prior", "pca.safetensors", "--in", "spectra.csv", "--out", "b.csv", "--workers", "1")
	if !bytes.Equal(readFile(t, dir, "a.csv"), readFile(t, dir, "b.csv")) {
		t.Error("the prior's file, or one worker, gives other results")
	}
	for _, to := range []string{"c.parquet", "c.fits", "folder"} {
		mustExec(t, dir, "reconstruct", "--prior", "pca.safetensors", "--in", "spectra.csv", "--out", to, "--redshift-range", "0,0.1")
	}
	if n := len(glob(t, filepath.Join(dir, "folder", "*.fits"))); n != 12 {
		t.Errorf("%d FITS files", n)
	}
	if n := len(glob(t, filepath.Join(dir, "figures", "*.png"))); n != 12 {
		t.Errorf("%d figures", n)
	}
	for _, want := range []string{"d-00001-of-00002.csv: 12 of 12 spectra repaired by pca", "was done already"} {
		if out := mustExec(t, dir, "reconstruct", "--prior", "pca.safetensors", "--in", "spectra.csv", "--out", "d.csv", "--part", "1/2"); !strings.Contains(out, want) {
			t.Errorf("%q is not in %s", want, out)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.part")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// What is wrong has its exit code and says what to do.
func TestReconstructErrors(t *testing.T) {
	dir := repairable(t, 1)
	whole := readFile(t, dir, "spectra.csv")
	if err := os.WriteFile(filepath.Join(dir, "broken.csv"), append(whole, "s0,1,x,1,1\n"...), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		code int
		want string
	}{
		{"--in spectra.csv --out a.csv", 2, "--prior is missing"},
		{"--prior latest:pca --out a.csv", 2, "--in is missing"},
		{"--prior latest:pca --in spectra.csv", 2, "--out is missing"},
		{"--prior latest --in spectra.csv --out a.csv", 2, "has several priors; expected"},
		{"--prior latest:pcs --in spectra.csv --out a.csv", 2, `did you mean "pca"?`},
		{"--prior latest:pca --in spectra.csv --out a.doc", 2, "a.doc: unknown ending"},
		{"--prior latest:pca --in spectra.csv --out a.csv --redshift-range 1,0", 2, "redshift-range"},
		{"--prior latest:pca --in spectra.csv --out a.csv --part 2/2", 2, "must be i/n with i from 0 to n - 1"},
		{"--prior latest:pca spectra.csv --out a.csv", 2, "name files of spectra with --in"},
		{"--prior latest:pca --in spectra.csv --out a.csv --unit furlong", 2, "furlong"},
		{"--prior latest:pca --in spectra.csv --out a.csv --set dataset.units=nm", 2, "dataset.units"},
		{"--prior latest:pca --in absent.csv --out a.csv", 3, "absent.csv"},
		{"--prior latest:pca --in broken.csv --out a.csv", 3, "broken.csv: line 302: column flux"},
		{"--prior spectra.csv --in spectra.csv --out a.csv", 3, "spectra.csv"},
	} {
		cmd := command(t, dir, append([]string{"reconstruct"}, strings.Fields(c.args)...)...)
		out, _ := cmd.CombinedOutput() // the exit code says it
		if cmd.ProcessState.ExitCode() != c.code || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: exit code %d, expected %d; %q not in\n%s", c.args, cmd.ProcessState.ExitCode(), c.code, c.want, out)
		}
		if _, err := os.Stat(filepath.Join(dir, "a.csv")); err == nil {
			t.Fatalf("%s: leaves a result", c.args)
		}
	}
}

// An interrupted command goes on, and has the results of an undisturbed one. A broken file is
// skipped both times.
func TestReconstructGoesOn(t *testing.T) {
	dir := repairable(t, 256)
	if err := os.WriteFile(filepath.Join(dir, "broken.csv"), append(readFile(t, dir, "spectra.csv")[:50_000], "\nx"...), 0o666); err != nil {
		t.Fatal(err)
	}
	args := []string{"reconstruct", "--prior", "latest:pca", "--in", "broken.csv", "--in", "spectra.csv", "--skip-broken", "--out", "a.csv", "--redshift-range", "0,0.1", "--workers", "1"}
	mustExec(t, dir, append(args, "--out", "want.csv")...)
	c, errs := command(t, dir, args...), new(bytes.Buffer)
	c.Stderr = errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if parts, _ := filepath.Glob(filepath.Join(dir, "a.csv.part", "*.part")); len(parts) > 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	_ = c.Process.Signal(syscall.SIGINT)
	_ = c.Wait()
	switch code := c.ProcessState.ExitCode(); {
	case code == 0:
		t.Skip("it was done before the signal came")
	case code != 130 || !strings.Contains(errs.String(), " spectra kept in a.csv.part; the same command goes on from there") || strings.Contains(errs.String(), "context canceled"):
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	if parts, _ := filepath.Glob(filepath.Join(dir, "a.csv.part", "*.part")); len(parts) == 0 {
		t.Error("nothing was kept")
	}
	out := mustExec(t, dir, append(args, "--json")...)
	if !strings.Contains(out, `"resumed": `) || !strings.Contains(out, "going on from what an interrupted command has done") {
		t.Errorf("it started over:\n%s", out)
	}
	if !bytes.Equal(readFile(t, dir, "a.csv"), readFile(t, dir, "want.csv")) {
		t.Error("the results differ from those of an undisturbed command")
	}
}

// Converted spectra are a data set that a run can use.
func TestDataConvert(t *testing.T) {
	dir := repairable(t, 30)
	if err := os.WriteFile(filepath.Join(dir, "table.csv"), []byte("name,redshift\ns3,9\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{"set.npz", "set.parquet"} {
		text := mustExec(t, dir, "data", "convert", "spectra.csv", "--out", out, "--table", "table.csv",
			"--set", "dataset.preprocess=[]", "--set", "dataset.prepare=[{step: select, max_redshift: 1}, {step: rest_frame}, {step: mask}, {step: rebin, from: 4000, to: 6000, fluxes: 100}]")
		if !strings.Contains(text, "left out: s3: redshift 9 is above 1") || !strings.Contains(text, "29 of 30 spectra from 1 file, 100 fluxes from 40") {
			t.Errorf("%s", text)
		}
	}
	mustExec(t, dir, "run", "sixty.yaml", "--set", "dataset.source=npz", "--set", "dataset.path=set.npz")
	text := mustExec(t, dir, "run", "sixty.yaml", "--set", "dataset.source=spectra", "--set", "dataset.path=spectra.csv", "--set", "dataset.prepare=[{step: rest_frame}, {step: rebin, from: 4000, to: 6000, fluxes: 100}]")
	if !strings.Contains(text, "done, 2 of 2 cells") {
		t.Errorf("%s", text)
	}
}
