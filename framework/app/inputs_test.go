package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/repaired"
	"sedlab/framework/spec"
)

// No command writes over what it reads.
func TestInputsAreKept(t *testing.T) {
	a := app.Open(filepath.Join(t.TempDir(), "runs"), catalog.Default())
	dir := t.TempDir()
	in := spectrumFile(t, filepath.Join(dir, "a.csv"))
	image := write(t, filepath.Join(dir, "b.fits"), "SIMPLE")
	table := write(t, filepath.Join(dir, "table.parquet"), "name\n")
	edits := []spec.Edit{{Origin: "--table", Text: "dataset.table=" + table}}
	away := filepath.Join(dir, "c.parquet")
	for name, r := range map[string]app.Reconstruction{
		"the file":    {Files: []string{in}, Out: in},
		"of a folder": {Files: []string{dir}, Out: in},
		"the folder":  {Files: []string{image}, Out: dir + "/"},
		"the table":   {Files: []string{in}, Out: table, Edits: edits},
		"the figures": {Files: []string{in}, Out: away, Plots: dir},
		"the prior":   {Files: []string{in}, Out: away, SavePrior: in},
	} {
		r.Prior = "latest"
		if _, err := a.Reconstruct(t.Context(), r, nil); !errors.As(err, new(*app.QueryError)) || !strings.Contains(err.Error(), "is read") {
			t.Errorf("%s: %v; expected a refusal", name, err)
		}
	}
	if _, err := a.Convert(t.Context(), app.Conversion{Files: []string{table}, Out: table}, nil); !errors.As(err, new(*app.QueryError)) {
		t.Errorf("convert: %v; expected a refusal", err)
	}
}

// What reconstruct wrote is no measurement, and its unfinished results are no input.
func TestResultsAreNoInputs(t *testing.T) {
	a, dir := smallRun(), t.TempDir()
	in := filepath.Join(dir, "in")
	if err := os.Mkdir(in, 0o777); err != nil {
		t.Fatal(err)
	}
	galaxy(in)
	for _, out := range []string{"out.csv", "out.parquet", "out.fits"} {
		r := app.Reconstruction{Prior: "latest", Files: []string{filepath.Join(in, "*")}, Out: filepath.Join(in, out)}
		if left, _, err := repaired.OpenParts(r.Out+".part", "other work"); err != nil || left.Close() != nil {
			t.Fatal(err)
		}
		if done, err := a.Reconstruct(t.Context(), r, nil); err != nil || done.Repaired != 1 {
			t.Fatalf("%s: %+v, %v", out, done, err)
		}
		again := app.Reconstruction{Prior: "latest", Files: []string{r.Out}, Out: filepath.Join(dir, "again.csv")}
		if _, err := a.Reconstruct(t.Context(), again, nil); !errors.As(err, new(*app.InputError)) || !strings.Contains(err.Error(), "holds repaired spectra") {
			t.Errorf("%s: %v; expected that it is refused", out, err)
		}
		again.Edits = []spec.Edit{{Origin: "--set", Text: "dataset.columns={flux: original}"}}
		if done, err := a.Reconstruct(t.Context(), again, nil); err != nil || done.Repaired != 1 {
			t.Errorf("%s: %+v, %v; expected the original", out, done, err)
		}
		if err := os.Remove(r.Out); err != nil {
			t.Fatal(err)
		}
	}
}

// Rows of a table that are about no spectrum are counted.
func TestUnmatchedRows(t *testing.T) {
	a := smallRun()
	c := conversion(t)
	table := write(t, filepath.Join(filepath.Dir(c.Out), "table.csv"), "name,redshift\na,0\nx,0\ny,0\n")
	want := "2 of 3 rows of " + table + " match no spectrum"
	var events recorder
	if _, err := a.Convert(t.Context(), c, &events); err != nil || !slices.Contains(events.notes, want) {
		t.Errorf("convert: %q, %v; expected %q", events.notes, err, want)
	}
	events.notes = nil
	r := app.Reconstruction{Prior: "latest", Files: c.Files, Out: c.Out + ".csv", Edits: c.Edits}
	if _, err := a.Reconstruct(t.Context(), r, &events); err != nil || !slices.Contains(events.notes, want) {
		t.Errorf("reconstruct: %q, %v; expected %q", events.notes, err, want)
	}
}
