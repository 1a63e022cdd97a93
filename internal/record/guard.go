package record

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// parquet-go trusts the lengths that a file claims, and allocates memory before it
// reads. These checks refuse lengths that exceed the file itself, so that a damaged
// file of a kilobyte does not cost gigabytes.

const (
	maxPage  = 1 << 27 // bytes of an uncompressed page; ours have 256 KiB
	maxDepth = 32      // of nested structs and lists in the footer
)

var errLength = errors.New("a length exceeds the file")

// checkFooter checks the lengths in the footer: FileMetaData, 4 bytes of its
// length, "PAR1".
func checkFooter(data []byte) error {
	if len(data) < 12 {
		return fmt.Errorf("%d bytes are too few for a Parquet file", len(data))
	}
	end := len(data) - 8
	size := int64(binary.LittleEndian.Uint32(data[end:]))
	if size > int64(end-4) {
		return fmt.Errorf("footer of %d bytes in a file of %d: truncated, or not Parquet", size, len(data))
	}
	footer := data[end-int(size) : end]
	if err := checkThrift(new(thrift.CompactProtocol).NewReaderFromBytes(footer), thrift.STRUCT, len(footer), 0); err != nil {
		return fmt.Errorf("footer: %w", err)
	}
	return nil
}

// checkThrift walks a value that Thrift encoded in size bytes. It refuses lists with
// more entries than there are bytes left, because each entry takes at least one byte.
// The reader itself refuses strings that are too long.
func checkThrift(r thrift.Reader, t thrift.Type, size, depth int) (err error) {
	if depth > maxDepth {
		return errors.New("nested too deeply")
	}
	switch t {
	case thrift.TRUE, thrift.FALSE, thrift.I8:
		_, err = r.ReadInt8()
	case thrift.I16:
		_, err = r.ReadInt16()
	case thrift.I32:
		_, err = r.ReadInt32()
	case thrift.I64:
		_, err = r.ReadInt64()
	case thrift.DOUBLE:
		_, err = r.ReadFloat64()
	case thrift.BINARY:
		_, err = r.ReadBytes()
	case thrift.STRUCT:
		for err == nil {
			var f thrift.Field
			if f, err = r.ReadField(); err != nil || f.Type == thrift.STOP {
				break
			}
			if f.Type != thrift.TRUE && f.Type != thrift.FALSE { // the type itself holds a boolean's value
				err = checkThrift(r, f.Type, size, depth+1)
			}
		}
	case thrift.LIST, thrift.SET:
		l, err := r.ReadList()
		if err == nil && int(l.Size) > size-r.BytesRead() {
			err = errLength
		}
		for i := int32(0); err == nil && i < l.Size; i++ {
			err = checkThrift(r, l.Type, size, depth+1)
		}
		return err
	default: // maps, which Parquet does not use
		err = errors.New("a value of an unknown type")
	}
	return err
}

// checkPages checks the columns' codec and the pages' headers: each page must lie in the
// file and have a sane size. Codecs that sedlab does not write are refused, because
// parquet-go's LZ4 doubles its buffer for as long as a damaged page asks for more.
func checkPages(data []byte, meta *format.FileMetaData) error {
	for _, group := range meta.RowGroups {
		for _, chunk := range group.Columns {
			c := &chunk.MetaData
			if c.Codec != format.Zstd && c.Codec != format.Uncompressed {
				return fmt.Errorf("column %q: compressed by %s, expected %s or none", c.PathInSchema, c.Codec, format.Zstd)
			}
			start := c.DataPageOffset
			if d := c.DictionaryPageOffset; d > 0 {
				start = min(start, d)
			}
			size := c.TotalCompressedSize
			if start < 0 || size < 0 || start > int64(len(data)) || size > int64(len(data))-start {
				return fmt.Errorf("column %q: %w", c.PathInSchema, errLength)
			}
			if err := checkChunk(data[start : start+size]); err != nil {
				return fmt.Errorf("column %q: page: %w", c.PathInSchema, err)
			}
		}
	}
	return nil
}

// checkChunk checks the headers of a column chunk's pages, one after the other.
func checkChunk(chunk []byte) error {
	for len(chunk) > 0 {
		var p thrift.CompactProtocol
		if err := checkThrift(p.NewReaderFromBytes(chunk), thrift.STRUCT, len(chunk), 0); err != nil {
			return err
		}
		r := p.NewReaderFromBytes(chunk)
		var h format.PageHeader
		if err := thrift.NewDecoder(r).Decode(&h); err != nil {
			return err
		}
		chunk = chunk[r.BytesRead():]
		size := int(h.CompressedPageSize)
		if size < 0 || size > len(chunk) {
			return errLength
		}
		values := max(h.DataPageHeader.V.NumValues, h.DataPageHeaderV2.V.NumValues, h.DictionaryPageHeader.V.NumValues)
		if max(h.UncompressedPageSize, values) > maxPage {
			return fmt.Errorf("%d bytes and %d values, more than %d", h.UncompressedPageSize, values, maxPage)
		}
		chunk = chunk[size:]
	}
	return nil
}
