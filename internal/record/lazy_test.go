package record_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"sedlab/internal/confined"
	"sedlab/internal/record"
)

func all(string) bool { return true }

func openLazy[T record.Row](data []byte) (*record.Lazy[T], error) {
	return record.OpenLazy[T](bytes.NewReader(data), int64(len(data)))
}

// manyExamples returns n rows with lists of different lengths and values.
func manyExamples(n, fluxes int) []record.Example {
	rows := make([]record.Example, n)
	for i := range rows {
		r := &rows[i]
		*r = record.Example{CellID: fmt.Sprint("cell", i/10), Prior: "pca", SignalID: int64(i), Lambda: math.NaN(), Norm: float64(i) + 0.5, Sweep: map[string]any{"evaluate.repeat": float64(i % 3)}}
		for k := range fluxes + i%3 {
			r.Wavelength = append(r.Wavelength, 4000+float64(k))
			r.Truth = append(r.Truth, float32(i)+float32(k)/1000)
			r.Reconstruction = append(r.Reconstruction, float32(k)*float32(i+1))
			r.Measurement = append(r.Measurement, float32(math.NaN()))
			r.Observed = append(r.Observed, (i+k)%2 == 0)
		}
		if i%2 == 0 {
			r.Sigma = append([]float32{}, r.Truth...)
		}
	}
	return rows
}

// Every row that is read by itself is the one that Decode reads, across pages and row groups.
func TestLazyRowsAreThoseOfDecode(t *testing.T) {
	data := encode(t, manyExamples(300, 700))
	for name, data := range map[string][]byte{"as written": data, "in groups": grouped(t, data, 70)} {
		want, err := record.Decode[record.Example](t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		l, err := openLazy[record.Example](data)
		if err != nil || l.Rows() != len(want) {
			t.Fatalf("%s: %v", name, err)
		}
		for _, i := range []int{0, 1, 63, 64, 69, 70, 71, 139, 140, 200, 298, 299} {
			got, err := l.On(bytes.NewReader(data)).Row(i)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want[i], got, bits); d != "" {
				t.Errorf("%s: row %d (-decoded +lazy):\n%s", name, i, d)
			}
		}
		seen := 0
		err = l.Scan(t.Context(), all, func(i int, row *record.Example) error {
			w := want[i]
			if seen++; row.CellID != w.CellID || row.SignalID != w.SignalID || row.Norm != w.Norm || row.Truth != nil || row.Sweep["evaluate.repeat"] != w.Sweep["evaluate.repeat"] {
				t.Errorf("%s: row %d: %+v", name, i, row)
			}
			return nil
		})
		if err != nil || seen != len(want) {
			t.Errorf("%s: scanned %d rows, %v", name, seen, err)
		}
		for _, i := range []int{-1, 300} {
			if _, err := l.Row(i); err == nil {
				t.Errorf("row %d is read", i)
			}
		}
	}
}

// grouped writes a table again with n rows in each group.
func grouped(t *testing.T, data []byte, n int64) []byte {
	t.Helper()
	file := openFile(t, data)
	var b bytes.Buffer
	w := parquet.NewWriter(&b, file.Schema(), parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(n))
	for _, group := range file.RowGroups() {
		if _, err := parquet.CopyRows(w, group.Rows()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestScanReadsWhatIsAskedForAndStops(t *testing.T) {
	data := encode(t, manyExamples(20, 5))
	l, err := openLazy[record.Example](data)
	if err != nil {
		t.Fatal(err)
	}
	err = l.Scan(t.Context(), func(c string) bool { return c == "signal_id" }, func(i int, row *record.Example) error {
		if row.SignalID != int64(i) || row.CellID != "" || row.Sweep != nil {
			t.Errorf("row %d: %+v", i, row)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Scan(ctx, all, func(int, *record.Example) error { return nil }); err == nil {
		t.Error("a scan goes on after its context has ended")
	}
}

// lazily reads all of a table that may be damaged.
func lazily[T record.Row](data []byte) error {
	l, err := openLazy[T](data)
	if err != nil {
		return err
	}
	for i := range min(l.Rows(), 3) {
		if _, err := l.Row(i); err != nil {
			return err
		}
	}
	return l.Scan(context.Background(), all, func(i int, _ *T) error {
		if i > 10_000 {
			return fmt.Errorf("more than %d rows", i)
		}
		return nil
	})
}

// Truncated and flipped files give rows or errors, and take little memory.
func TestDamagedTablesAreReadLazilyOrRefused(t *testing.T) {
	confined.Run(t, 2<<30, time.Minute, func(string) {}, func(t *testing.T, _ string) {
		data := encode(t, manyExamples(8, 40))
		for i := range len(data) {
			if err := lazily[record.Example](data[:i]); err == nil {
				t.Fatalf("%d of %d bytes are a table", i, len(data))
			}
		}
		for i := 0; i < 8*len(data); i += 3 {
			damaged := bytes.Clone(data)
			damaged[i/8] ^= 1 << (i % 8)
			_ = lazily[record.Example](damaged) // must only return
		}
	})
}

// Pages that unpack to more than they say are refused before they are unpacked, and a
// row of millions of values too.
func TestHostilePagesTakeLittleMemory(t *testing.T) {
	for name, test := range map[string]struct {
		make    func() []byte
		problem string
	}{
		"sized":    {func() []byte { return swapPages(t, pack(t, 256<<20)) }, "unpacks to more"},
		"streamed": {func() []byte { return swapPages(t, stream(t, 1<<30)) }, "unpacks to more"},
		"lists":    {func() []byte { return longList(t) }, "lists of more than"},
	} {
		t.Run(name, func(t *testing.T) {
			confined.Run(t, 1<<30, time.Minute, func(dir string) {
				if err := os.WriteFile(filepath.Join(dir, "table"), test.make(), 0o666); err != nil {
					t.Fatal(err)
				}
			}, func(t *testing.T, dir string) {
				data, err := os.ReadFile(filepath.Join(dir, "table"))
				if err != nil {
					t.Fatal(err)
				}
				if name == "lists" {
					err = lazily[record.Example](data)
				} else {
					err = lazily[record.Training](data)
				}
				if err == nil || !strings.Contains(err.Error(), test.problem) {
					t.Errorf("%v, expected %q", err, test.problem)
				}
			})
		})
	}
}

func FuzzLazy(f *testing.F) {
	for _, data := range tables(f) {
		f.Add(data)
		f.Add(bare(f, data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = lazily[record.Signal](data)
		_ = lazily[record.Example](data)
	})
}
