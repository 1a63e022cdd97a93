package app_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/app"
	"sedlab/framework/spec"
)

// write writes a file and returns its path.
func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// spectrumFile writes a spectrum at rest on 40 pixels.
func spectrumFile(t *testing.T, path string) string {
	text := "# redshift: 0\nwavelength,flux,error\n"
	for i := range 40 {
		text += fmt.Sprintf("%d,%d,0.5\n", 4000+10*i, 10+i%3)
	}
	return write(t, path, text)
}

// conversion converts two spectra, with a table, without moving them to another grid.
func conversion(t *testing.T) app.Conversion {
	dir := t.TempDir()
	table := write(t, filepath.Join(dir, "table.csv"), "name,group\na,one\nb,two\n")
	return app.Conversion{
		Files: []string{spectrumFile(t, filepath.Join(dir, "a.csv")), spectrumFile(t, filepath.Join(dir, "b.csv"))},
		Out:   filepath.Join(dir, "set.npz"),
		Edits: []spec.Edit{{Origin: "--set", Text: "dataset.table=" + table}, {Origin: "--set", Text: "dataset.prepare=[]"}},
	}
}

// stopAfter ends a context once a number of things are done.
type stopAfter struct {
	app.Quiet
	unit string
	done int
	stop func()
}

func (s stopAfter) Counted(unit string, done, _ int) {
	if unit == s.unit && done == s.done {
		s.stop()
	}
}

// An interrupted conversion goes on, but not with another table.
func TestConvertGoesOn(t *testing.T) {
	a := app.Open(filepath.Join(t.TempDir(), "runs"), catalog.Default())
	for name, want := range map[string]int{"the same table": 1, "another table": 0} {
		c := conversion(t)
		ctx, stop := context.WithCancel(t.Context())
		if _, err := a.Convert(ctx, c, stopAfter{unit: "files", done: 1, stop: stop}); !errors.Is(err, context.Canceled) {
			t.Fatalf("%v; expected that it was interrupted", err)
		}
		if want == 0 {
			write(t, filepath.Join(filepath.Dir(c.Out), "table.csv"), "name,group\na,one\nb,six\n")
		}
		if done, err := a.Convert(t.Context(), c, nil); err != nil || done.Signals != 2 || done.Resumed != want {
			t.Errorf("%s: %+v, %v; expected to go on after %d files", name, done, err, want)
		}
	}
}

// What is said of a data set is true of its file.
func TestConvertedIsWhatWasWritten(t *testing.T) {
	a, c := app.Open(filepath.Join(t.TempDir(), "runs"), catalog.Default()), conversion(t)
	c.Edits = append(c.Edits, spec.Edit{Origin: "--set", Text: "dataset.preprocess=[{step: crop, from: 4100, to: 4200}]"})
	done, err := a.Convert(t.Context(), c, nil)
	if err != nil || done.Fluxes != 11 || done.From != 4100 || done.To != 4200 {
		t.Errorf("%+v, %v; expected 11 fluxes from 4100 to 4200 Å", done, err)
	}
}
