package repaired_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sedlab/framework/repaired"
)

// writers make a file of spectra, by its ending.
var writers = map[string]func(io.Writer) repaired.Sink{".parquet": repaired.NewParquet, ".csv": repaired.NewCSV, ".fits": repaired.NewFITS}

// outputs writes some spectra in every format, and returns the paths.
func outputs(t testing.TB, list ...*repaired.Spectrum) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	write := func(path string, ending string, list ...*repaired.Spectrum) {
		var b bytes.Buffer
		s := writers[ending](&b)
		for _, x := range list {
			if err := s.Add(x); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, ending := range []string{".parquet", ".csv", ".fits"} {
		paths = append(paths, filepath.Join(dir, "out"+ending))
		write(paths[len(paths)-1], ending, list...)
	}
	for i, x := range list {
		write(filepath.Join(folder, fmt.Sprintf("%d.fits", i)), ".fits", x)
	}
	return append(paths, folder)
}

// What was written comes back from every format, in its order.
func TestResultsComeBack(t *testing.T) {
	failed := &repaired.Spectrum{Name: "failed", Status: "redshift unknown", File: "b.fits"}
	list := []*repaired.Spectrum{example("a"), failed, example("a \"b\", c")}
	for i, x := range list {
		x.Row = int64(i)
	}
	for _, path := range outputs(t, list...) {
		r, err := repaired.OpenResults(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.List) != len(list) || len(r.Problems) > 0 || !r.Same() {
			t.Fatalf("%s: %d spectra, %v", path, len(r.List), r.Problems)
		}
		for i, want := range list {
			short := *want
			short.Wavelength, short.Original, short.Error, short.Flux, short.Low, short.Median, short.High, short.Filled = nil, nil, nil, nil, nil, nil, nil, nil
			short.FluxUnit = r.List[i].FluxUnit // FITS has it with the fluxes
			if !same(&r.List[i], &short) {
				t.Errorf("%s: listed %+v, expected %+v", path, r.List[i], short)
			}
			got, err := r.Spectrum(t.Context(), i)
			if err != nil {
				t.Fatal(err)
			}
			if !same(got, want) {
				t.Errorf("%s: got %+v, expected %+v", path, got, want)
			}
		}
		for _, n := range []int{-1, 3} {
			if _, err := r.Spectrum(t.Context(), n); err == nil {
				t.Errorf("%s: spectrum %d is read", path, n)
			}
		}
	}
}

// A folder is not left through links, and what is not a repaired spectrum is named.
func TestResultsStayInTheirFolder(t *testing.T) {
	paths := outputs(t, example("a"))
	folder := paths[3]
	if err := os.Symlink(paths[2], filepath.Join(folder, "z.fits")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "y.fits"), []byte("SIMPLE"), 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := repaired.OpenResults(t.Context(), folder)
	if err != nil || len(r.List) != 1 || len(r.Problems) != 2 || !strings.Contains(r.Problems[0], "y.fits") || !strings.Contains(r.Problems[1], "escapes") {
		t.Errorf("%+v, %v", r, err)
	}
	if r.Same() != true {
		t.Error("the folder has changed")
	}
	for _, path := range []string{t.TempDir(), filepath.Join(folder, "y.fits"), filepath.Join(folder, "none"), "/dev/null"} {
		if _, err := repaired.OpenResults(t.Context(), path); err == nil {
			t.Errorf("%s is opened", path)
		}
	}
}

func FuzzResults(f *testing.F) {
	for _, path := range outputs(f, example("a"), example("b"))[:3] {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)*2/3])
	}
	path := filepath.Join(f.TempDir(), "out")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		r, err := repaired.OpenResults(t.Context(), path)
		if err != nil {
			return
		}
		for i := range min(3, len(r.List)) {
			if x, err := r.Spectrum(t.Context(), i); err == nil && len(x.Flux) > 0 && len(x.Flux) != len(x.Wavelength) {
				t.Errorf("%d fluxes at %d wavelengths", len(x.Flux), len(x.Wavelength))
			}
		}
	})
}
