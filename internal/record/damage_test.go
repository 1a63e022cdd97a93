package record_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/format"

	"sedlab/internal/record"
)

// readDamaged reads bytes as a table of each kind. Any bytes must give rows or an
// error, never a panic.
func readDamaged(t *testing.T, data []byte) (failures int) {
	t.Helper()
	if _, err := record.Decode[record.Signal](t.Context(), data); err != nil {
		failures++
	}
	if _, err := record.Decode[record.Training](t.Context(), data); err != nil {
		failures++
	}
	if _, err := record.Decode[record.Example](t.Context(), data); err != nil {
		failures++
	}
	return failures
}

// tables returns the bytes of a small table of each kind.
func tables(t testing.TB) [][]byte {
	t.Helper()
	example := record.Example{CellID: "a", Wavelength: []float64{1, 2}, Truth: []float32{1, 2}, Observed: []bool{true, false}}
	return [][]byte{encode(t, signals(3)), encode(t, trainings), encode(t, []record.Example{example})}
}

var trainings = []record.Training{{Prior: "glo", PriorHash: "ab", Epoch: 1, Loss: 0.5}, {Prior: "glo", PriorHash: "ab", Epoch: 2, Loss: 0.25}}

func encode[T record.Row](t testing.TB, rows []T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := record.Encode(t.Context(), &b, rows); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTruncatedTableIsAnError(t *testing.T) {
	for _, data := range tables(t) {
		for n := 0; n < len(data); n += 1 + len(data)/100 {
			if failures := readDamaged(t, data[:n]); failures != 3 {
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
			damaged := bytes.Clone(data)
			damaged[i] ^= 0xff
			readDamaged(t, damaged)
		}
	}
}

// The codecs are among the bytes of a table, as 2 × their number.
func TestTableOfOtherCodecDoesNotPanic(t *testing.T) {
	data := encode(t, trainings)
	for i := range data {
		for _, codec := range []format.CompressionCodec{format.Snappy, format.Lz4, format.Lz4Raw} {
			damaged := bytes.Clone(data)
			damaged[i] = 2 * byte(codec)
			_, _ = record.Decode[record.Training](t.Context(), damaged)
		}
	}
}

func TestOtherCodecsAreRefused(t *testing.T) {
	type row struct {
		Prior       string  `parquet:"prior"`
		PriorHash   string  `parquet:"prior_hash"`
		Epoch       int32   `parquet:"epoch"`
		Loss        float64 `parquet:"loss"`
		Seconds     float64 `parquet:"seconds"`
		LRGenerator float64 `parquet:"lr_generator"`
		LRCodes     float64 `parquet:"lr_codes"`
	}
	for codec, ok := range map[compress.Codec]bool{
		&parquet.Zstd: true, &parquet.Uncompressed: true, &parquet.Snappy: true,
		&parquet.Lz4Raw: false, &parquet.Gzip: false, &parquet.Brotli: false,
	} {
		var b bytes.Buffer
		if err := parquet.Write(&b, []row{{Prior: "glo"}}, parquet.Compression(codec)); err != nil {
			t.Fatal(err)
		}
		_, err := record.Decode[record.Training](t.Context(), b.Bytes())
		if ok && err != nil || !ok && (err == nil || !strings.Contains(err.Error(), "compressed by "+codec.String())) {
			t.Errorf("%v: %v", codec, err)
		}
	}
}
