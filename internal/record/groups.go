package record

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// Groups is a Parquet file of any columns, of which one row group at a time is in memory.
type Groups struct {
	*parquet.File
	size int64
	w    window
}

// OpenGroups opens a Parquet file of size bytes, of which it reads only the footer.
func OpenGroups(r io.ReaderAt, size int64) (*Groups, error) {
	g := &Groups{size: size, w: window{r: r}}
	var err error
	g.File, err = open(&g.w, size)
	return g, err
}

// Bytes returns the range of a row group's bytes in the file.
func (g *Groups) Bytes(number int) (from, to int64, err error) {
	from = g.size
	for _, c := range g.Metadata().RowGroups[number].Columns {
		start, size := extent(&c.MetaData)
		if start < 0 || size < 0 || start > g.size || size > g.size-start {
			return 0, 0, fmt.Errorf("row group %d: column %q: %w", number, c.MetaData.PathInSchema, errLength)
		}
		from, to = min(from, start), max(to, start+size)
	}
	return from, max(from, to), nil
}

// Load reads the bytes of a row group, in place of the one before, and checks its pages. What rows of
// it may take in memory [bytes] is returned too. Reading the rows may still panic.
func (g *Groups) Load(number int) (_ parquet.RowGroup, budget int64, err error) {
	from, to, err := g.Bytes(number)
	if err != nil {
		return nil, 0, err
	}
	if to-from > MaxBytes {
		return nil, 0, fmt.Errorf("row group %d: %d bytes long; expected at most %d", number, to-from, int64(MaxBytes))
	}
	meta := g.Metadata().RowGroups[number : number+1]
	if err := checkRows(meta[0].NumRows); err != nil {
		return nil, 0, fmt.Errorf("row group %d: %w", number, err)
	}
	g.w.data = nil // before there is memory for the next
	data := make([]byte, to-from)
	if err := readAt(g.w.r, data, from); err != nil {
		return nil, 0, err
	}
	g.w.from, g.w.data = from, data
	budget = max(leastBudget, budgetFactor*(to-from))
	return g.RowGroups()[number], budget, checkPages(data, from, meta, budget, budget)
}

// window is a file of which some bytes, from a place on, are in memory.
type window struct {
	r    io.ReaderAt
	from int64
	data []byte
}

// ReadAt is io.ReaderAt.
func (w *window) ReadAt(p []byte, at int64) (int, error) {
	if i := at - w.from; i >= 0 && i+int64(len(p)) <= int64(len(w.data)) {
		return copy(p, w.data[i:]), nil
	}
	return w.r.ReadAt(p, at)
}

// readAt reads all of p.
func readAt(r io.ReaderAt, p []byte, at int64) error {
	n, err := r.ReadAt(p, at)
	switch {
	case n == len(p):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return io.ErrUnexpectedEOF
	}
	return err
}
