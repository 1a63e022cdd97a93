package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	maxPage    = 1 << 27 // bytes of an uncompressed page; ours have 256 KiB
	valueBytes = 24      // of a parquet.Value
)

// encodings are those that sedlab and the usual writers of tables use for our columns.
// Others could hide how much memory they take.
var encodings = []format.Encoding{format.Plain, format.RLE, format.RLEDictionary, plainDictionary, format.DeltaLengthByteArray}

// plainDictionary is the encoding of dictionaries that older writers use.
const plainDictionary format.Encoding = 2

// pages adds up what the pages of a table need.
type pages struct {
	values  int64 // in all pages of lists; other columns have as many as there are rows
	largest int64 // uncompressed bytes of the largest page of each column, together
}

// checkPages checks the pages of every column of row groups, whose bytes are data, from byte base
// of the file on: each must lie in there, have a sane size, and unpack to no more than it says, and
// all to no more than the budget [bytes], the pages alone to no more than pagesBudget. Codecs
// besides sedlab's own and pandas' are refused: parquet-go's LZ4, for one, doubles its buffer for
// as long as a damaged page asks for more.
func checkPages(data []byte, base int64, groups []format.RowGroup, budget, pagesBudget int64) error {
	var all pages
	for _, group := range groups {
		for _, chunk := range group.Columns {
			c := &chunk.MetaData
			if err := checkCodec(c); err != nil {
				return err
			}
			start, size := extent(c)
			start -= base
			if start < 0 || size < 0 || start > int64(len(data)) || size > int64(len(data))-start {
				return fmt.Errorf("column %q: %w", c.PathInSchema, errLength)
			}
			if err := all.addChunk(len(c.PathInSchema) > 1, data[start:start+size], c.Codec); err != nil {
				return fmt.Errorf("column %q: page: %w", c.PathInSchema, err)
			}
		}
	}
	if all.largest > pagesBudget || all.values > budget/valueBytes {
		return &excess{fmt.Errorf("%d values, and pages of %d bytes, are too much for a file of %d bytes: more than %d bytes of memory",
			all.values, all.largest, len(data), budget), all.largest}
	}
	return nil
}

// checkCodec refuses how a column is compressed unless its pages can be checked.
func checkCodec(c *format.ColumnMetaData) error {
	if c.Codec != format.Zstd && c.Codec != format.Snappy && c.Codec != format.Uncompressed {
		return fmt.Errorf("column %q: compressed by %s, expected %s, %s or none", c.PathInSchema, c.Codec, format.Zstd, format.Snappy)
	}
	return nil
}

// extent returns the first byte of a column's pages in a file, where parquet-go begins to read, and
// their length.
func extent(c *format.ColumnMetaData) (start, size int64) {
	start = c.DataPageOffset
	if c.DictionaryPageOffset != 0 {
		start = c.DictionaryPageOffset
	}
	return start, c.TotalCompressedSize
}

// addChunk checks the pages of a column chunk, one after the other.
func (p *pages) addChunk(list bool, chunk []byte, codec format.CompressionCodec) error {
	var largest int64
	for len(chunk) > 0 {
		if err := walk(chunk); err != nil {
			return err
		}
		r := new(thrift.CompactProtocol).NewReaderFromBytes(chunk)
		var h format.PageHeader
		if err := thrift.NewDecoder(r).Decode(&h); err != nil {
			return err
		}
		chunk = chunk[r.BytesRead():]
		size := int(h.CompressedPageSize)
		if size < 0 || size > len(chunk) {
			return errLength
		}
		if err := checkPage(&h, chunk[:size], codec); err != nil {
			return err
		}
		largest = max(largest, int64(h.UncompressedPageSize))
		if list {
			p.values += int64(valuesOf(&h))
		}
		chunk = chunk[size:]
	}
	p.largest += largest
	return nil
}

func valuesOf(h *format.PageHeader) int32 {
	return max(h.DataPageHeader.V.NumValues, h.DataPageHeaderV2.V.NumValues, h.DictionaryPageHeader.V.NumValues)
}

// checkPage checks a page by its header.
func checkPage(h *format.PageHeader, page []byte, codec format.CompressionCodec) error {
	v2 := &h.DataPageHeaderV2.V
	if h.UncompressedPageSize < 0 || max(h.UncompressedPageSize, valuesOf(h)) > maxPage {
		return fmt.Errorf("%d bytes and %d values, more than %d", h.UncompressedPageSize, valuesOf(h), maxPage)
	}
	for _, e := range []format.Encoding{h.DataPageHeader.V.Encoding, v2.Encoding, h.DictionaryPageHeader.V.Encoding} {
		if !slices.Contains(encodings, e) {
			return fmt.Errorf("encoding %s, which is not used in these tables", e)
		}
	}
	levels := 0 // bytes before the compressed ones
	if h.DataPageHeaderV2.Valid {
		levels = int(v2.RepetitionLevelsByteLength) + int(v2.DefinitionLevelsByteLength)
		if v2.RepetitionLevelsByteLength < 0 || v2.DefinitionLevelsByteLength < 0 || levels > len(page) {
			return errLength
		}
	}
	if codec == format.Uncompressed {
		return nil
	}
	if h.Type == format.DataPageV2 && v2.IsCompressed.Valid && !v2.IsCompressed.V {
		return nil
	}
	if codec == format.Snappy {
		return checkSnappy(page[levels:], int(h.UncompressedPageSize))
	}
	return checkZstd(page[levels:], int(h.UncompressedPageSize))
}

// checkSnappy checks that a page says to unpack to no more than size bytes. The decoder takes
// that much memory, and keeps to it (Snappy's format, §1).
func checkSnappy(page []byte, size int) error {
	if unpacked, n := binary.Uvarint(page); len(page) > 0 && (n <= 0 || unpacked > uint64(size)) {
		return errors.New("unpacks to more than it says")
	}
	return nil
}

// maxBlock is the most that a block of a Zstandard frame unpacks to (RFC 8878, §3.1.1.2.4).
const maxBlock = 128 << 10

// checkZstd checks that a page unpacks to no more than size bytes and one block, by what its
// frames declare. The decoder keeps to that.
func checkZstd(page []byte, size int) error {
	for left := uint64(size) + maxBlock; len(page) > 0; {
		var h zstd.Header
		if err := h.Decode(page); err != nil {
			return err
		}
		if h.Skippable {
			page = page[min(len(page), h.HeaderSize+int(h.SkippableSize)):]
			continue
		}
		length, blocks, err := measure(page, &h)
		if err != nil {
			return err
		}
		unpacked := h.FrameContentSize
		if !h.HasFCS { // as in frames of less than 256 bytes
			unpacked = blocks * maxBlock
		}
		if unpacked > left {
			return errors.New("unpacks to more than it says")
		}
		left -= unpacked
		page = page[length:]
	}
	return nil
}

// measure returns the length [bytes] of a Zstandard frame, and the number of its blocks.
func measure(page []byte, h *zstd.Header) (length int, blocks uint64, err error) {
	at := h.HeaderSize
	for last := false; !last; blocks++ {
		if at+3 > len(page) {
			return 0, 0, errLength
		}
		block := int(page[at]) | int(page[at+1])<<8 | int(page[at+2])<<16
		last = block&1 != 0
		size := block >> 3
		if block>>1&3 == 1 { // a byte that is repeated size times
			size = 1
		}
		at += 3 + size
	}
	if h.HasCheckSum {
		at += 4
	}
	if at > len(page) {
		return 0, 0, errLength
	}
	return at, blocks, nil
}
