package app_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/framework/app"
	"sedlab/framework/repaired"
	"sedlab/internal/f32"
)

// The first spectra tell how many there are, and a prior of a run is named for good.
func TestSurvey(t *testing.T) {
	a, dir := smallRun(), t.TempDir()
	in := filepath.Join(dir, "in.parquet")
	survey(t, in, 100, 100, 100, 100)
	r := app.Reconstruction{Prior: "latest", Files: []string{in}, Out: filepath.Join(dir, "out.parquet")}
	x, err := a.Survey(t.Context(), r, 0, 100, nil)
	if err != nil {
		t.Fatal(err)
	}
	run, err := filepath.EvalSymlinks(filepath.Join(a.Runs, "latest"))
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(x.Prior) != filepath.Base(run)+":pca" || !filepath.IsAbs(x.Prior) || x.File || !x.Calibrated || x.Calibrate < 1e6 {
		t.Errorf("%+v; expected prior pca of %s", x, run)
	}
	if x.Files != 1 || x.Pieces != 4 || math.Abs(x.Spectra-400) > 20 || !(x.Seconds > 0) {
		t.Errorf("%+v; expected about 400 spectra in 4 pieces", x)
	}
	for n, want := range map[int]float64{1: 1, 2: 0.5, 3: 0.5, 4: 0.25, 9: 0.25} {
		if got := x.Share(n); math.Abs(got-want) > 0.03 {
			t.Errorf("the largest of %d parts has %g of the bytes, expected %g", n, got, want)
		}
	}
	if one, four := x.Memory(1, 1), x.Memory(100, 1); one <= four || x.Memory(1, 9) <= one {
		t.Errorf("memory %g for the file, %g for a row group", one, four)
	}
	prior := filepath.Join(dir, "prior.safetensors")
	if err := x.Save(prior); err != nil {
		t.Fatal(err)
	}
	if x, err = a.Survey(t.Context(), r, 2, 100, nil); err != nil || x.Seconds != 0 || x.Spectra != 0 || x.Calibrated {
		t.Errorf("nothing is to be measured: %+v, %v", x, err)
	}
	r.Prior = prior
	if x, err = a.Survey(t.Context(), r, 2, 100, nil); err != nil || !x.File || x.Prior != prior || !(x.Seconds > 0) {
		t.Errorf("with the file of a prior: %+v, %v", x, err)
	}
}

// What is submitted, what is shown and what a task leaves as it is are the same parts. What they were
// made of is compared before tasks are.
func TestSurveyDone(t *testing.T) {
	a, dir := smallRun(), t.TempDir()
	in, prior := filepath.Join(dir, "in.parquet"), filepath.Join(dir, "prior.safetensors")
	survey(t, in, 2, 2)
	r := app.Reconstruction{Prior: "latest", SavePrior: prior, Files: []string{in}, Out: filepath.Join(dir, "out.parquet"), Part: 1, Parts: 2}
	task := func(before bool) {
		t.Helper()
		if done, err := a.Reconstruct(t.Context(), r, nil); err != nil || done.Before != before {
			t.Fatalf("%+v, %v; expected done before: %v", done, err, before)
		}
	}
	look := func(prior string, parts int) (*app.Survey, map[int]bool, error) {
		t.Helper()
		r := r
		r.Part, r.Parts, r.SavePrior, r.Prior = 0, 0, "", prior
		x, err := a.Survey(t.Context(), r, parts, 100, nil)
		if err != nil {
			t.Fatal(err)
		}
		done, err := x.Done(parts)
		return x, done, err
	}
	same := func(second bool) {
		t.Helper()
		for _, prior := range []string{prior, "latest"} {
			x, done, err := look(prior, 2)
			results, _, failed := app.PartResults(r.Out, 2, x.Input)
			if err != nil || done[1] != second || done[0] || failed != nil || (results[1] != nil) != second || results[0] != nil {
				t.Errorf("%s: %v, %v, %v, %v; expected that the second part is done: %v", prior, done, err, results, failed, second)
			}
		}
	}
	refused := func(prior string, parts int, want string) {
		t.Helper()
		if _, _, err := look(prior, parts); !errors.As(err, new(*app.QueryError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; expected %q", err, want)
		}
	}
	task(false)
	same(true)
	part := filepath.Join(dir, "out-00001-of-00002.parquet")
	if err := os.Truncate(part, 100); err != nil {
		t.Fatal(err)
	}
	same(false)
	task(false)
	task(true)
	same(true)
	refused(prior, 3, "out-00001-of-00002.manifest.json: is one of another number of parts")
	other := filepath.Join(dir, "other.safetensors")
	if _, err := a.Reconstruct(t.Context(), app.Reconstruction{Prior: "latest", SavePrior: other}, nil); err != nil {
		t.Fatal(err)
	}
	text := bytes.Replace(mustRead(t, other), []byte(`\"seed\":`), []byte(`\"seed\":1`), 1) // as if trained anew
	binary.LittleEndian.PutUint64(text, binary.LittleEndian.Uint64(text)+1)
	write(t, other, string(text))
	refused(other, 2, "out-00001-of-00002.manifest.json: was made with another prior; remove the parts beside "+r.Out)
	survey(t, in, 2, 2)
	refused(prior, 2, "out-00001-of-00002.manifest.json: was made from other spectra, with other options or by another version")
}

// All parts of a survey are of one kernel, and a run's prior is found by that of the run, whatever
// this process computes with.
func TestSurveyKernel(t *testing.T) {
	a, ref := open(t, swept)
	if _, err := a.Run(t.Context(), ref, app.RunOptions{Kernel: "generic"}); err != nil {
		t.Fatal(err)
	}
	before, dir := f32.Kernel(), t.TempDir()
	in, prior := filepath.Join(dir, "in.parquet"), filepath.Join(dir, "prior.safetensors")
	survey(t, in, 2, 2)
	for _, kernel := range []string{"", "generic"} {
		path := filepath.Join(dir, kernel+".safetensors")
		if _, err := a.Reconstruct(t.Context(), app.Reconstruction{Prior: "latest:own", SavePrior: path, Kernel: kernel}, nil); err != nil {
			t.Fatalf("kernel %q: %v", kernel, err)
		}
		if kernel == "" {
			prior = path
		} else if !bytes.Equal(mustRead(t, path), mustRead(t, prior)) {
			t.Error("the kernel of the spectra changes the prior")
		}
	}
	r := app.Reconstruction{Prior: prior, Files: []string{in}, Out: filepath.Join(dir, "out.parquet"), Kernel: "generic"}
	x, err := a.Survey(t.Context(), r, 2, 100, nil)
	if err != nil || x.Kernel != "generic" {
		t.Fatalf("%+v, %v", x, err)
	}
	r.Parts = 2
	done, err := a.Reconstruct(t.Context(), r, nil)
	if err != nil || !strings.Contains(string(mustRead(t, done.Manifest)), `"kernel": "generic"`) {
		t.Fatalf("%+v, %v", done, err)
	}
	if results, _, err := app.PartResults(r.Out, 2, x.Input); err != nil || results[0] == nil {
		t.Errorf("%v, %v; expected that the first part is done", results, err)
	}
	if list, err := x.Done(2); err != nil || !list[0] {
		t.Errorf("%v, %v; expected that the first part is done", list, err)
	}
	if f32.Kernel() != before {
		t.Errorf("the kernel stayed %s", f32.Kernel())
	}
	r.Part, r.Kernel = 1, "sve"
	if _, err := a.Reconstruct(t.Context(), r, nil); !errors.As(err, new(*app.LaterError)) || !errors.As(err, new(*app.UnfitError)) {
		t.Errorf("%v; expected that another machine may do it", err)
	}
	if _, err := a.Survey(t.Context(), r, 2, 100, nil); !errors.As(err, new(*app.QueryError)) {
		t.Errorf("a survey with a kernel that there is not: %v", err)
	}
	if before == "generic" {
		return // the machine has no other
	}
	want := "out-00000-of-00002.manifest.json: was made with kernel generic, not " + before
	r.Kernel = ""
	if _, err := a.Reconstruct(t.Context(), r, nil); !errors.As(err, new(*app.QueryError)) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v; expected %q", err, want)
	}
	if x, err = a.Survey(t.Context(), r, 2, 100, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Done(2); !errors.As(err, new(*app.QueryError)) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v; expected %q", err, want)
	}
	if results, _, err := app.PartResults(r.Out, 2, x.Input); err != nil || len(results) > 0 {
		t.Errorf("%v, %v; expected that no part is of this kernel", results, err)
	}
}

// whileRepairing calls a function when the first spectra are done.
type whileRepairing struct {
	app.Quiet
	do func()
}

func (w whileRepairing) Counted(string, int, int) { w.do() }

// A part does not get beside one of another kernel that ended while it was made.
func TestPartsOfKernelsAtOnce(t *testing.T) {
	before := f32.Kernel()
	if before == "generic" {
		t.Skip("the machine has no other kernel")
	}
	a, dir := smallRun(), t.TempDir()
	in := filepath.Join(dir, "in.parquet")
	survey(t, in, 2, 2)
	r := app.Reconstruction{Prior: "latest", Files: []string{in}, Out: filepath.Join(dir, "out.parquet"), Parts: 2, Kernel: "generic"}
	done, err := a.Reconstruct(t.Context(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	manifest := string(mustRead(t, done.Manifest))
	if err := os.Remove(done.Manifest); err != nil {
		t.Fatal(err)
	}
	r.Part, r.Kernel = 1, before
	_, err = a.Reconstruct(t.Context(), r, whileRepairing{do: func() { write(t, done.Manifest, manifest) }})
	if !errors.As(err, new(*app.QueryError)) || !strings.Contains(err.Error(), "was made with kernel generic, not "+before) {
		t.Errorf("%v; expected that the other part is of another kernel", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "out-00001-of-00002.parquet")); !os.IsNotExist(err) {
		t.Errorf("%v; expected that nothing was written", err)
	}
}

// Who waits for a prior that another process writes comes again until it is there, or cannot be.
func TestSharedPrior(t *testing.T) {
	a, dir := smallRun(), t.TempDir()
	prior := filepath.Join(dir, "prior.safetensors")
	r := app.Reconstruction{Prior: prior, Files: []string{galaxy(dir)}, Out: filepath.Join(dir, "out.csv"), Shared: true}
	task := func() error {
		_, err := a.Reconstruct(t.Context(), r, nil)
		return err
	}
	if err := task(); !errors.As(err, new(*app.LaterError)) {
		t.Errorf("%v; expected that it is not calibrated yet", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := a.Reconstruct(stopped, app.Reconstruction{Prior: "latest", SavePrior: prior, Shared: true}, nil); err == nil {
		t.Error("calibrated though it was interrupted")
	}
	if err := task(); !errors.As(err, new(*app.LaterError)) {
		t.Errorf("%v; expected that it may be calibrated yet", err)
	}
	if _, err := a.Reconstruct(t.Context(), app.Reconstruction{Prior: "latest:no", SavePrior: prior, Shared: true}, nil); err == nil {
		t.Error("calibrated a prior that there is not")
	}
	if err := task(); err == nil || errors.As(err, new(*app.LaterError)) || !strings.Contains(err.Error(), `the prior could not be calibrated: run `) {
		t.Errorf("%v; expected why there is no prior", err)
	}
	if _, err := a.Reconstruct(t.Context(), app.Reconstruction{Prior: "latest", SavePrior: prior, Shared: true}, nil); err != nil {
		t.Fatal(err)
	}
	if err := task(); err != nil {
		t.Error(err)
	}
}

func TestReadParts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "parts.txt")
	if _, err := app.ReadParts(path, 9); !errors.As(err, new(*app.QueryError)) {
		t.Errorf("%v; expected that there is no file", err)
	}
	write(t, path, "0\n3\n8\n")
	if list, err := app.ReadParts(path, 9); err != nil || !slices.Equal(list, []int{0, 3, 8}) {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := app.ReadParts(path, 8); !errors.As(err, new(*app.QueryError)) || !strings.Contains(err.Error(), `line 3: got "8"; expected the number of a part, from 0 to 7`) {
		t.Errorf("%v; expected that there is no part 8", err)
	}
}

// Who comes while another process does the same may come again.
func TestReconstructInUse(t *testing.T) {
	a, dir := smallRun(), t.TempDir()
	out := filepath.Join(dir, "out.parquet")
	parts, _, err := repaired.OpenParts(out+".part", "other")
	if err != nil {
		t.Fatal(err)
	}
	defer parts.Close()
	r := app.Reconstruction{Prior: "latest", Files: []string{galaxy(dir)}, Out: out}
	if _, err := a.Reconstruct(t.Context(), r, nil); !errors.As(err, new(*app.LaterError)) {
		t.Errorf("got %v, expected a *LaterError", err)
	}
}
