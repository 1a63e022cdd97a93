package record_test

import (
	"os"
	"path/filepath"
	"testing"

	"sedlab/internal/record"
)

// readDamaged reads bytes as a table of each kind. Any bytes must give rows or an
// error, never a panic.
func readDamaged(t *testing.T, data []byte) (failures int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "damaged.parquet")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := record.Read[record.Signal](path); err != nil {
		failures++
	}
	if _, err := record.Read[record.Example](path); err != nil {
		failures++
	}
	return failures
}

// tables returns the bytes of a small table of signals and one of examples.
func tables(t testing.TB) (tables [][]byte) {
	t.Helper()
	dir := t.TempDir()
	paths := []string{filepath.Join(dir, "signals.parquet"), filepath.Join(dir, "examples.parquet")}
	if err := record.Write(paths[0], signals(3)); err != nil {
		t.Fatal(err)
	}
	example := record.Example{CellID: "a", Wavelength: []float64{1, 2}, Truth: []float32{1, 2}, Observed: []bool{true, false}}
	if err := record.Write(paths[1], []record.Example{example}); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tables = append(tables, data)
	}
	return tables
}

func TestTruncatedTableIsAnError(t *testing.T) {
	for _, data := range tables(t) {
		for n := 0; n < len(data); n += 1 + len(data)/100 {
			if failures := readDamaged(t, data[:n]); failures != 2 {
				t.Errorf("the first %d of %d bytes were read as a table", n, len(data))
			}
		}
	}
}

func TestDamagedTableDoesNotPanic(t *testing.T) {
	for _, data := range tables(t) {
		for i := range data {
			if i%7 != 0 && i < len(data)-64 {
				continue
			}
			damaged := append([]byte(nil), data...)
			damaged[i] ^= 0xff
			readDamaged(t, damaged)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, data := range tables(f) {
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add([]byte("PAR1\x00\x00\x00\x00PAR1"))
	f.Fuzz(func(t *testing.T, data []byte) { readDamaged(t, data) })
}
