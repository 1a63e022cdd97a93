package fits

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Spectra of SDSS are read as astropy reads them: testdata/record.py summed up columns.
func TestRealFiles(t *testing.T) {
	paths := sharedFiles(t)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := readAll(t.Context(), text); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	var want map[string][]struct {
		Name    string
		Columns map[string]any
	}
	readJSON(t, "real.json", &want)
	for name, hdus := range want {
		f := open(t, filepath.Join(filepath.Dir(paths[0]), name))
		if len(f.HDUs) != len(hdus) {
			t.Fatalf("%s: %d HDUs, expected %d", name, len(f.HDUs), len(hdus))
		}
		for i, want := range hdus {
			if h := f.HDUs[i]; h.Name != want.Name {
				t.Errorf("%s: %s, expected the name %q", name, h.Place(), want.Name)
			}
			for column, value := range want.Columns {
				checkSum(t, f.HDUs[i], column, value)
			}
		}
	}
}

func checkSum(t *testing.T, h *HDU, column string, want any) {
	t.Helper()
	table, err := h.Table()
	if err != nil {
		t.Fatal(err)
	}
	i := table.Find(column)
	if text, ok := want.(string); ok {
		got, err := table.Texts(t.Context(), i, 0, table.Rows)
		if err != nil || strings.Join(got, "|") != text {
			t.Errorf("%s: %s: %q, %v; expected %q", h.Place(), column, got, err, text)
		}
		return
	}
	values, err := table.Floats(t.Context(), i, 0, table.Rows)
	if err != nil {
		t.Fatal(err)
	}
	got, size := 0.0, 0.0
	for _, x := range values {
		got, size = got+x, size+math.Abs(x)
	}
	if math.Abs(got-want.(float64)) > 1e-12*size {
		t.Errorf("%s: %s: the sum is %v, expected %v", h.Place(), column, got, want)
	}
}

func BenchmarkRealFiles(b *testing.B) {
	var files [][]byte
	bytes := int64(0)
	for _, path := range sharedFiles(b) {
		text, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		files, bytes = append(files, text), bytes+int64(len(text))
	}
	b.SetBytes(bytes)
	b.ReportAllocs()
	for b.Loop() {
		for _, text := range files {
			if err := readAll(b.Context(), text); err != nil {
				b.Fatal(err)
			}
		}
	}
}
