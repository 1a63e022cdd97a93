package repaired

import (
	"bytes"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"

	"sedlab/internal/regular"
)

// Written reports whether a file has repaired spectra, as this package writes them. One that
// cannot be read has none.
func Written(path string) bool {
	f, info, err := regular.Open(path)
	if err != nil {
		return false
	}
	defer f.Close() // opened for reading only
	start := make([]byte, 16<<10)
	n, err := f.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return false
	}
	switch start = start[:n]; {
	case bytes.HasPrefix(start, []byte("SIMPLE")):
		return bytes.Contains(start, []byte("ORIGFILE=")) && bytes.Contains(start, []byte("ORIGROW ="))
	case bytes.HasPrefix(start, []byte("PAR1")):
		return writtenParquet(f, info.Size())
	}
	return bytes.HasPrefix(start, []byte(strings.Join(header, ",")))
}

func writtenParquet(r io.ReaderAt, size int64) bool {
	file, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return false
	}
	for _, name := range []string{"original", "flux", "flux_16", "filled"} {
		if _, ok := file.Schema().Lookup(name, "list", "element"); !ok {
			return false
		}
	}
	return true
}
