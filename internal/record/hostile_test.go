package record_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"sedlab/internal/confined"
	"sedlab/internal/record"
)

// epoch is a row of training.parquet as another program may write it.
type epoch struct {
	Prior       string  `parquet:"prior,dict"`
	PriorHash   string  `parquet:"prior_hash,dict"`
	Epoch       int32   `parquet:"epoch"`
	Loss        float64 `parquet:"loss,optional"`
	Seconds     float64 `parquet:"seconds,optional"`
	LRGenerator float64 `parquet:"lr_generator,optional"`
	LRCodes     float64 `parquet:"lr_codes,optional"`
}

// epochs returns a table of n rows, of which each is one of some, in turn.
func epochs(t *testing.T, n int, some []epoch) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[epoch](&b, parquet.Compression(&parquet.Zstd), parquet.PageBufferSize(16<<20))
	rows := make([]epoch, 1<<12)
	for i := range rows {
		rows[i] = some[i%len(some)]
	}
	for left := n; left > 0; left -= len(rows) {
		if _, err := w.Write(rows[:min(left, len(rows))]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A file of less than a megabyte takes no gigabytes, whatever it claims: equal texts are
// kept once, and too many rows or texts are refused. A page that unpacks to more than it
// says is refused before it is unpacked.
func TestHostileTablesTakeLittleMemory(t *testing.T) {
	two := make([]epoch, 2)
	for i := range two {
		two[i].Prior = strings.Repeat(string('x'+rune(i)), 50_000)
	}
	for name, test := range map[string]struct {
		make    func() []byte
		problem string
	}{
		"same text":  {func() []byte { return epochs(t, 20_000, two[:1]) }, ""},
		"texts":      {func() []byte { return epochs(t, 20_000, two) }, "too long for the size of the file"},
		"rows":       {func() []byte { return epochs(t, 4_000_000, make([]epoch, 1)) }, "too m"},
		"lists":      {func() []byte { return longList(t) }, "too much for a file"},
		"sized":      {func() []byte { return swapPages(t, pack(t, 256<<20)) }, "unpacks to more"},
		"streamed":   {func() []byte { return swapPages(t, stream(t, 1<<30)) }, "unpacks to more"},
		"two frames": {func() []byte { return swapPages(t, append(pack(t, 100), pack(t, 256<<20)...)) }, "unpacks to more"},
	} {
		t.Run(name, func(t *testing.T) {
			confined.Run(t, 1<<30, time.Minute, func(dir string) {
				if err := os.WriteFile(filepath.Join(dir, "table"), test.make(), 0o666); err != nil {
					t.Fatal(err)
				}
			}, func(t *testing.T, dir string) {
				data, err := os.ReadFile(filepath.Join(dir, "table"))
				if err != nil || len(data) > 1<<20 {
					t.Fatalf("the file has %d bytes, %v", len(data), err)
				}
				if name == "lists" {
					_, err = record.Decode[record.Example](t.Context(), data)
				} else {
					_, err = record.Decode[record.Training](t.Context(), data)
				}
				if test.problem == "" && err != nil || test.problem != "" && (err == nil || !strings.Contains(err.Error(), test.problem)) {
					t.Errorf("%v, expected %q", err, test.problem)
				}
			})
		})
	}
}

// Each flipped bit of a small table gives rows or an error, and takes little memory.
func TestFlippedBitsOfTablesTakeLittleMemory(t *testing.T) {
	confined.Run(t, 2<<30, time.Minute, func(dir string) {}, func(t *testing.T, _ string) {
		for _, data := range append(tables(t), epochs(t, 3, make([]epoch, 1))) {
			for i := range 8 * len(data) {
				if len(data) > 4096 && i%97 != 0 {
					continue
				}
				damaged := bytes.Clone(data)
				damaged[i/8] ^= 1 << (i % 8)
				readDamaged(t, damaged)
			}
		}
	})
}

// longList returns a table with a row whose lists have millions of equal entries.
func longList(t *testing.T) []byte {
	t.Helper()
	n := 3_000_000
	return encode(t, []record.Example{{CellID: "a", Wavelength: make([]float64, n), Truth: make([]float32, n), Reconstruction: make([]float32, n), Observed: make([]bool, n)}})
}

func pack(t *testing.T, size int) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(make([]byte, size), nil)
}

// stream returns size zeros as they are packed by who does not know their number.
func stream(t *testing.T, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err == nil {
		_, err = io.CopyN(w, zeroReader{}, size)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// swapPages returns a table of a row, whose pages have other packed bytes.
func swapPages(t *testing.T, packed []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[epoch](&b, parquet.Compression(fixed{packed}))
	if _, err := w.Write([]epoch{{Loss: math.Pi}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fixed is Zstandard that packs everything to the same bytes.
type fixed struct{ packed []byte }

func (f fixed) String() string                            { return "fixed" }
func (f fixed) CompressionCodec() format.CompressionCodec { return parquet.Zstd.CompressionCodec() }
func (f fixed) Encode(dst, _ []byte) ([]byte, error)      { return append(dst[:0], f.packed...), nil }
func (f fixed) Decode(dst, src []byte) ([]byte, error)    { return nil, errors.ErrUnsupported }

// Texts and columns of errors have limits, at which they are read.
func TestLimitsOfATable(t *testing.T) {
	for _, n := range []int{64 << 10, 64<<10 + 1} {
		rows := []record.Signal{{Prior: strings.Repeat("x", n)}}
		if _, err := record.Decode[record.Signal](t.Context(), encode(t, rows)); (err != nil) != (n > 64<<10) {
			t.Errorf("a text of %d bytes: %v", n, err)
		}
	}
	for _, n := range []int{200, 201} {
		rows := make([]record.Signal, 1)
		for i := range n {
			rows[0].Scores = append(rows[0].Scores, record.Score{Name: fmt.Sprint("mse", i), Value: 1})
		}
		if _, err := record.Decode[record.Signal](t.Context(), encode(t, rows)); (err != nil) != (n > 200) {
			t.Errorf("%d columns of errors: %v", n, err)
		}
	}
}

// A table of many equal rows, as a run may write it, is read however small its file is.
func TestEqualRowsAreRead(t *testing.T) {
	rows := make([]record.Signal, 150_000)
	for i := range rows {
		rows[i] = record.Signal{Prior: "zero", Status: "ok", Scores: []record.Score{{Name: "mse", Value: 1}}, Sweep: map[string]any{"solver.lr": 0.1}}
	}
	data := encode(t, rows)
	got, err := record.Decode[record.Signal](t.Context(), data)
	if err != nil || len(got) != len(rows) || len(data) > 1<<18 {
		t.Errorf("%d rows of a file of %d bytes, %v", len(got), len(data), err)
	}
}
