package record

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Limits of a file that is read page by page.
const (
	maxFooter     = 64 << 20 // bytes
	maxPages      = 1 << 20
	maxPaged      = 32 << 20 // bytes of an uncompressed page, and its values
	maxRow        = 4 << 20  // values of a row
	usualHeader   = 512      // bytes of a page's header, which is read first
	largestHeader = 64 << 10
)

// Paged is a Parquet file of any size that is read page by page. Only the places of its
// pages are in memory. A page is checked before it is unpacked.
type Paged struct {
	r     io.ReaderAt
	file  *parquet.File
	pages [][]pageAt // of each column, in the order of the rows
	of    []int      // the number of each group's first row
}

// pageAt is the place of a data page in a file.
type pageAt struct {
	group      int
	first      int   // number of its first row in the file
	rows       int   // 0 for a dictionary
	at, size   int64 // with its header [bytes]
	dictionary span  // of its column chunk
}

// span is a range of bytes.
type span struct{ at, size int64 }

// OpenPaged opens a Parquet file of the given size [bytes]. It refuses pages that do not
// say how many rows they have; those of sedlab do.
func OpenPaged(r io.ReaderAt, size int64) (p *Paged, err error) {
	defer caught(&err)
	file, err := open(r, size)
	if err == nil {
		err = checkRows(file.NumRows())
	}
	if err != nil {
		return nil, err
	}
	p = &Paged{r: r, file: file, pages: make([][]pageAt, len(file.Schema().Columns()))}
	return p, p.find(size)
}

// caught makes an error of a panic of parquet-go, which has no other way to report some
// damaged pages.
func caught(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("damaged Parquet file: %v", r)
	}
}

// find notes the places of all pages.
func (p *Paged) find(size int64) error {
	count, row := 0, 0
	for g, group := range p.file.Metadata().RowGroups {
		if len(group.Columns) != len(p.pages) {
			return fmt.Errorf("row group %d has %d columns, expected %d", g, len(group.Columns), len(p.pages))
		}
		p.of = append(p.of, row)
		for c := range group.Columns {
			m := &group.Columns[c].MetaData
			if err := checkCodec(m); err != nil {
				return err
			}
			start, length := extent(m)
			if start < 0 || length < 0 || start > size || length > size-start {
				return fmt.Errorf("column %q: %w", m.PathInSchema, errLength)
			}
			list, err := p.chunk(g, len(m.PathInSchema) > 1, span{start, length}, row)
			if err != nil {
				return fmt.Errorf("column %q: page: %w", m.PathInSchema, err)
			}
			rows := 0
			for _, page := range list {
				rows += page.rows
			}
			if count += len(list); int64(rows) != group.NumRows || count > maxPages {
				return fmt.Errorf("column %q: %d rows in %d pages, expected %d rows in at most %d", m.PathInSchema, rows, count, group.NumRows, maxPages)
			}
			p.pages[c] = append(p.pages[c], list...)
		}
		row += int(group.NumRows)
	}
	if int64(row) != p.file.NumRows() {
		return fmt.Errorf("%d rows, expected %d", row, p.file.NumRows())
	}
	return nil
}

// chunk lists the data pages of a column chunk.
func (p *Paged) chunk(group int, lists bool, in span, row int) (list []pageAt, err error) {
	var dictionary span
	for end := in.at + in.size; in.at < end; {
		h, length, err := p.header(in.at, end-in.at)
		if err != nil {
			return nil, err
		}
		size := length + int64(h.CompressedPageSize)
		if h.CompressedPageSize < 0 || size > end-in.at || len(list) == maxPages {
			return nil, errLength
		}
		if h.CompressedPageSize > maxPaged {
			return nil, fmt.Errorf("%d bytes, more than %d", h.CompressedPageSize, maxPaged)
		}
		if h.Type == format.DictionaryPage {
			dictionary = span{in.at, size}
			in.at += size
			continue
		}
		rows := int(h.DataPageHeaderV2.V.NumRows)
		if h.Type == format.DataPage && !lists {
			rows = int(h.DataPageHeader.V.NumValues)
		} else if h.Type != format.DataPageV2 {
			return nil, errors.New("does not say how many rows it has; run the spec again, or write the file with data pages of version 2")
		}
		if rows < 0 {
			return nil, errLength
		}
		list = append(list, pageAt{group, row, rows, in.at, size, dictionary})
		row += rows
		in.at += size
	}
	return list, nil
}

// header reads the header of a page, and returns its length too.
func (p *Paged) header(at, most int64) (h format.PageHeader, length int64, err error) {
	for _, size := range []int64{usualHeader, largestHeader} {
		text := make([]byte, min(size, most))
		if _, err := p.r.ReadAt(text, at); err != nil {
			return h, 0, err
		}
		if err = walk(text); err != nil {
			continue // it may be longer
		}
		r := new(thrift.CompactProtocol).NewReaderFromBytes(text)
		err = thrift.NewDecoder(r).Decode(&h)
		return h, int64(r.BytesRead()), err
	}
	return h, 0, err
}

// On returns the same file as read from r, so that it need not stay open.
func (p *Paged) On(r io.ReaderAt) *Paged {
	same := *p
	same.r = r
	return &same
}

// Rows returns the number of rows.
func (p *Paged) Rows() int { return int(p.file.NumRows()) }

// Schema returns the columns of the file.
func (p *Paged) Schema() *parquet.Schema { return p.file.Schema() }

// Row returns the values of a row, in the order of the columns. Those that skip returns true
// for are left out; skip may be nil.
func (p *Paged) Row(number int, skip func(column int) bool) (row parquet.Row, err error) {
	defer caught(&err)
	if number < 0 || number >= p.Rows() {
		return nil, fmt.Errorf("row %d of %d", number, p.Rows())
	}
	for c, pages := range p.pages {
		if skip != nil && skip(c) {
			continue
		}
		k, _ := slices.BinarySearchFunc(pages, number, func(page pageAt, n int) int { return cmp.Compare(page.first+page.rows, n+1) })
		page, err := p.page(c, pages[k])
		if err != nil {
			return nil, p.wrong(c, err)
		}
		at := int64(number - pages[k].first)
		part := page.Slice(at, at+1)
		if part.NumValues() > maxRow-int64(len(row)) {
			return nil, p.wrong(c, fmt.Errorf("lists of more than %d values", maxRow))
		}
		values, err := valuesIn(part)
		if err != nil || len(values) == 0 {
			return nil, p.wrong(c, cmp.Or(err, error(io.ErrUnexpectedEOF)))
		}
		row = append(row, values...)
	}
	return row, nil
}

func (p *Paged) wrong(column int, err error) error {
	return fmt.Errorf("column %q: %w", p.Schema().Columns()[column], err)
}

// page reads, checks and unpacks a page.
func (p *Paged) page(column int, at pageAt) (parquet.Page, error) {
	chunk := p.file.RowGroups()[at.group].ColumnChunks()[column].(*parquet.FileColumnChunk)
	m := &p.file.Metadata().RowGroups[at.group].Columns[column].MetaData
	var text []byte
	for _, part := range []span{at.dictionary, {at.at, at.size}} {
		if part.size == 0 {
			continue
		}
		h, length, err := p.header(part.at, part.size) // first, so that no memory is taken for what is refused
		if err != nil {
			return nil, err
		}
		if max(h.UncompressedPageSize, valuesOf(&h)) > maxPaged {
			return nil, fmt.Errorf("%d bytes and %d values, more than %d", h.UncompressedPageSize, valuesOf(&h), maxPaged)
		}
		some := make([]byte, part.size)
		if _, err := p.r.ReadAt(some, part.at); err != nil {
			return nil, err
		}
		if err := checkPage(&h, some[length:], m.Codec); err != nil {
			return nil, err
		}
		text = append(text, some...)
	}
	// The reader believes that the chunk begins with these bytes.
	pages := chunk.PagesFrom(shifted{bytes.NewReader(text), cmp.Or(m.DictionaryPageOffset, m.DataPageOffset)})
	defer pages.Close()
	return pages.ReadPage()
}

// shifted is a reader whose bytes begin at an offset.
type shifted struct {
	r  *bytes.Reader
	by int64
}

// ReadAt implements io.ReaderAt.
func (s shifted) ReadAt(b []byte, at int64) (int, error) { return s.r.ReadAt(b, at-s.by) }

// valuesIn returns the values of a page.
func valuesIn(page parquet.Page) ([]parquet.Value, error) {
	values := make([]parquet.Value, page.NumValues())
	n, err := page.Values().ReadValues(values)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return values[:n], err
}
