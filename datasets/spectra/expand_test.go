package spectra_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sedlab/datasets/spectra"
)

func TestExpand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[b")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b.csv", "a.fits", "notes.doc", ".hidden.csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(plain), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"b.csv.gz", "c.fits.gz", "notes.doc.gz"} { // b.csv is unpacked
		if err := os.WriteFile(filepath.Join(dir, name), []byte("\x1f\x8b\x08"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := spectra.Expand([]string{dir}); err != nil || len(got) != 3 || got[2] != filepath.Join(dir, "c.fits.gz") {
		t.Errorf("with compressed files: %v, %v", got, err)
	}
	for _, name := range []string{"b.csv.gz", "c.fits.gz"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{filepath.Join(dir, "a.fits"), filepath.Join(dir, "b.csv")}
	for _, names := range [][]string{{dir}, {filepath.Join(dir, "[ab].*"), want[0]}} {
		if got, err := spectra.Expand(names); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v: %v, %v", names, got, err)
		}
	}
	if got, err := spectra.Expand([]string{filepath.Join(filepath.Dir(dir), "?[[]b", "b.*")}); err != nil || !slices.Equal(got, want[1:]) {
		t.Errorf("a pattern of folders: %v, %v", got, err)
	}
	if _, err := spectra.Expand([]string{filepath.Join(dir, "*.parquet")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a pattern without a match: %v", err)
	}
}
