package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/repaired"
	"sedlab/framework/spec"
)

// What cannot be read or written is refused before there is a prior.
func TestReconstructLooksFirst(t *testing.T) {
	a := app.Open(filepath.Join(t.TempDir(), "runs"), catalog.Default())
	dir := t.TempDir()
	in, absent := spectrumFile(t, filepath.Join(dir, "in.csv")), filepath.Join(dir, "absent.csv")
	table := spec.Edit{Origin: "--set", Text: "dataset.table=" + absent}
	for want, r := range map[string]app.Reconstruction{
		"a.doc: unknown ending":   {Files: []string{in}, Out: "a.doc"},
		absent:                    {Files: []string{absent}, Out: filepath.Join(dir, "a.csv")},
		absent + ": no such file": {Files: []string{in}, Out: filepath.Join(dir, "a.csv"), Edits: []spec.Edit{table}},
		`run "latest"`:            {Files: []string{in}, Out: filepath.Join(dir, "a.csv")},
	} {
		r.Prior = "latest"
		if _, err := a.Reconstruct(t.Context(), r, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; expected %q", err, want)
		}
	}
}

// Two commands never write the same results at a time, and what one that was interrupted has
// left is free for the next.
func TestReconstructAlone(t *testing.T) {
	a, dir := smallRun(), t.TempDir()
	out := filepath.Join(dir, "out.csv")
	r := app.Reconstruction{Prior: "latest", Files: []string{galaxy(dir)}, Out: out}
	other, _, err := repaired.OpenParts(out+".part", "other work")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Reconstruct(t.Context(), r, nil); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("%v; expected that the results are in use", err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	_, err = a.Reconstruct(ctx, r, stopAfter{unit: "spectra", done: 1, stop: stop})
	if want := "interrupted: 1 spectrum kept in " + out + ".part; the same command goes on from there"; !errors.Is(err, context.Canceled) || err.Error() != want {
		t.Fatalf("%v; expected %s", err, want)
	}
	if done, err := a.Reconstruct(t.Context(), r, nil); err != nil || done.Resumed != 1 || done.Repaired != 1 {
		t.Errorf("%+v, %v; expected to go on", done, err)
	}
	if _, err := os.Stat(out + ".part"); err == nil {
		t.Error("the parts are left")
	}
}

// A command that fails before anything was repaired leaves nothing.
func TestReconstructLeavesNothing(t *testing.T) {
	a, dir := smallRun(), t.TempDir()
	out := filepath.Join(dir, "out.csv")
	r := app.Reconstruction{Prior: "latest", Files: []string{write(t, filepath.Join(dir, "broken.csv"), "wavelength,flux\n1,x\n")}, Out: out}
	if _, err := a.Reconstruct(t.Context(), r, nil); !errors.As(err, new(*app.InputError)) {
		t.Errorf("%v; expected an InputError", err)
	}
	if _, err := os.Stat(out + ".part"); err == nil {
		t.Error("the folder of parts is left")
	}
}

// Redshifts at the edge of their range are named.
func TestReconstructAtEdge(t *testing.T) {
	a, dir := smallRun(), t.TempDir()
	r := app.Reconstruction{Prior: "latest", Files: []string{galaxy(dir)}, Out: filepath.Join(dir, "out.csv")}
	r.RedshiftRange = &[2]float64{0.1, 0.10001} // both ends are near
	if done, err := a.Reconstruct(t.Context(), r, nil); err != nil || len(done.AtEdge) != 1 {
		t.Errorf("%+v, %v; expected one at the edge", done, err)
	}
}
