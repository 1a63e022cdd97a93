package app_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"sedlab/framework/app"
	"sedlab/framework/repaired"
)

// observed is a row of a Parquet file of spectra without names.
type observed struct {
	Wavelength []float64 `parquet:"wavelength,list"`
	Flux       []float64 `parquet:"flux,list"`
	Redshift   float64   `parquet:"redshift"`
}

// survey writes a Parquet file of spectra in row groups of some sizes.
func survey(t *testing.T, path string, groups ...int) {
	t.Helper()
	var out bytes.Buffer
	w := parquet.NewGenericWriter[observed](&out)
	row := 0.0
	for _, n := range groups {
		for range n {
			row++
			x := observed{Redshift: 0.001 * row}
			for i := range 300 {
				lambda := 3700 + 10*float64(i)
				x.Wavelength, x.Flux = append(x.Wavelength, lambda), append(x.Flux, 2+math.Sin(lambda/300+row))
			}
			if _, err := w.Write([]observed{x}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, path, out.String())
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func repairedRows(t *testing.T, paths ...string) (rows []repaired.Spectrum) {
	t.Helper()
	for _, path := range paths {
		list, err := parquet.ReadFile[repaired.Spectrum](path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		rows = append(rows, list...)
	}
	return rows
}

// reconstructed reconstructs, in one or in parts, and returns the files that this made.
func reconstructed(t *testing.T, a *app.App, r app.Reconstruction, parts int) (out []string) {
	t.Helper()
	for r.Part = range max(1, parts) {
		r.Parts = parts
		done, err := a.Reconstruct(t.Context(), r, nil)
		if err != nil || done.Before || done.Rate <= 0 && done.Spectra > 0 {
			t.Fatalf("part %d: %+v, %v", r.Part, done, err)
		}
		out = append(out, done.Out)
	}
	return out
}

// However many parts there are, together they have the rows of an undivided call, and each can be
// read even if it has none.
func TestReconstructParts(t *testing.T) {
	a, dir := smallRun(), t.TempDir()
	in := filepath.Join(dir, "in")
	if err := os.Mkdir(in, 0o777); err != nil {
		t.Fatal(err)
	}
	survey(t, filepath.Join(in, "b.parquet"), 66, 1, 3, 4)
	survey(t, filepath.Join(in, "a.parquet"), 3)
	write(t, filepath.Join(in, "c.csv"), string(mustRead(t, galaxy(dir))))
	r := app.Reconstruction{Prior: "latest", Files: []string{in}, Out: filepath.Join(dir, "all.parquet")}
	want := repairedRows(t, reconstructed(t, a, r, 0)...)
	if len(want) != 78 || want[77].Name != "c" || want[76].Name != "b#73" || want[76].Row != 73 {
		t.Fatalf("%d rows", len(want))
	}
	for _, n := range []int{1, 2, 3, 10} {
		r.Out = filepath.Join(dir, fmt.Sprint("of", n), "out.parquet")
		files := reconstructed(t, a, r, n)
		last := filepath.Join(filepath.Dir(r.Out), fmt.Sprintf("out-%05d-of-%05d.parquet", n-1, n))
		if len(files) != n || files[n-1] != last {
			t.Errorf("%v; expected %d files to %s", files, n, last)
		}
		if diff := cmp.Diff(want, repairedRows(t, files...), cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })); diff != "" {
			t.Errorf("%d parts differ: %.2000s", n, diff)
		}
		counts := map[bool]int{}
		for _, file := range files {
			counts[len(repairedRows(t, file)) == 0]++
		}
		if n == 3 && counts[true] != 0 || n == 10 && counts[false] < 4 {
			t.Errorf("%d parts: %d of them are empty", n, counts[true])
		}
	}
	t.Run("DuckDB", func(t *testing.T) { globbed(t, filepath.Join(dir, "of10", "out-*.parquet"), 78) })
}

// globbed tests that DuckDB reads the files of a pattern as one table.
func globbed(t *testing.T, pattern string, rows int) {
	t.Helper()
	code := "import duckdb, sys; print(duckdb.sql('select count(*), sum(row), count(distinct file) from read_parquet(?)', params=[sys.argv[1]]).fetchall())"
	if exec.Command("python3", "-c", "import duckdb").Run() != nil {
		t.Skip("python3 has no DuckDB")
	}
	out, err := exec.Command("python3", "-c", code, pattern).CombinedOutput()
	if want := fmt.Sprintf("[(%d, %d, 3)]\n", rows, 73*74/2+3); err != nil || string(out) != want {
		t.Errorf("%s: %v, %s; expected %s", pattern, err, out, want)
	}
}

// A part that is done is not done again, unless its file is lost or cut short; and parts of other
// work, or of another division, do not get beside it.
func TestReconstructPartAgain(t *testing.T) {
	a, dir := smallRun(), t.TempDir()
	in := filepath.Join(dir, "in.parquet")
	survey(t, in, 2, 2)
	r := app.Reconstruction{Prior: "latest", Files: []string{in}, Out: filepath.Join(dir, "out.parquet"), Parts: 2}
	again := func(before bool) {
		t.Helper()
		if done, err := a.Reconstruct(t.Context(), r, nil); err != nil || done.Before != before || done.Repaired != 2 {
			t.Errorf("%+v, %v; expected done before: %v", done, err, before)
		}
	}
	again(false)
	again(true)
	if err := os.Remove(filepath.Join(dir, "out-00000-of-00002.parquet")); err != nil {
		t.Fatal(err)
	}
	again(false)
	if err := os.Truncate(filepath.Join(dir, "out-00000-of-00002.parquet"), 100); err != nil {
		t.Fatal(err)
	}
	again(false)
	again(true)
	survey(t, in, 2, 3)
	r.Part = 1
	if _, err := a.Reconstruct(t.Context(), r, nil); !errors.As(err, new(*app.QueryError)) || !strings.Contains(err.Error(), "out-00000-of-00002.manifest.json: was made from other spectra") {
		t.Errorf("%v; expected that the spectra are others", err)
	}
	r.Parts = 3
	if _, err := a.Reconstruct(t.Context(), r, nil); !errors.As(err, new(*app.QueryError)) || !strings.Contains(err.Error(), "out-00000-of-00002.manifest.json: is one of another number of parts") {
		t.Errorf("another number of parts: %v", err)
	}
}

// The manifest says what was done where, and how fast.
func TestReconstructManifest(t *testing.T) {
	a, dir := smallRun(), t.TempDir()
	r := app.Reconstruction{Prior: "latest", Files: []string{galaxy(dir)}, Out: filepath.Join(dir, "folder"), Part: 1, Parts: 2, Workers: 1}
	done, err := a.Reconstruct(t.Context(), r, nil)
	if err != nil || done.Manifest != filepath.Join(dir, "folder-00001-of-00002.manifest.json") {
		t.Fatalf("%+v, %v", done, err)
	}
	text := string(mustRead(t, done.Manifest))
	for _, want := range []string{`"kernel": "`, `"spectra_per_second": `, `"prior": "pca of `, `"parts": 2`, `"workers": 1`, `"started": "20`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}
