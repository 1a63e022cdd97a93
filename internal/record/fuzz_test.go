package record_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"sedlab/internal/record"
)

func FuzzRead(f *testing.F) {
	for _, data := range tables(f) {
		f.Add(data)
		f.Add(data[:len(data)/2])
		f.Add(bare(f, data))
	}
	f.Add([]byte("PAR1\x00\x00\x00\x00PAR1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		readsOrRefuses[record.Signal](t, data)
		readsOrRefuses[record.Training](t, data)
		readsOrRefuses[record.Example](t, data)
	})
}

// bare returns a table without compression and checksums, whose pages can be changed.
func bare(t testing.TB, data []byte) []byte {
	t.Helper()
	file := openFile(t, data)
	var b bytes.Buffer
	w := parquet.NewWriter(&b, file.Schema(), parquet.Compression(&parquet.Uncompressed))
	for _, group := range file.RowGroups() {
		if _, err := parquet.CopyRows(w, group.Rows()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data = b.Bytes()
	for _, group := range openFile(t, data).Metadata().RowGroups {
		for _, chunk := range group.Columns {
			start := chunk.MetaData.DataPageOffset
			if d := chunk.MetaData.DictionaryPageOffset; d > 0 {
				start = d
			}
			dropChecksums(t, data[start:start+chunk.MetaData.TotalCompressedSize])
		}
	}
	return data
}

// dropChecksums sets the checksums of a column's pages to zero, which means none.
func dropChecksums(t testing.TB, pages []byte) {
	t.Helper()
	for len(pages) > 0 {
		r := new(thrift.CompactProtocol).NewReaderFromBytes(pages)
		var h format.PageHeader
		if err := thrift.NewDecoder(r).Decode(&h); err != nil {
			t.Fatal(err)
		}
		sum := binary.AppendVarint(nil, int64(h.CRC))
		zero := append(bytes.Repeat([]byte{0x80}, len(sum)-1), 0)
		copy(pages[bytes.Index(pages, sum):], zero)
		pages = pages[r.BytesRead()+int(h.CompressedPageSize):]
	}
}

func openFile(t testing.TB, data []byte) *parquet.File {
	t.Helper()
	file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// readsOrRefuses checks that bytes are refused, or are rows that can be written and read
// again.
func readsOrRefuses[T record.Row](t *testing.T, data []byte) {
	t.Helper()
	rows, err := record.Decode[T](t.Context(), data)
	if err != nil {
		return
	}
	again, err := record.Decode[T](t.Context(), encode(t, rows))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(rows, again, bits); d != "" {
		t.Errorf("%T (-read +read again):\n%s", rows, d)
	}
}
