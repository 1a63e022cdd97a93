package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/parquet-go/parquet-go/encoding/thrift"

	"sedlab/internal/machine"
)

// parquet-go trusts the lengths that a file claims, and allocates memory before it
// reads. These checks refuse lengths that exceed the file itself, so that a damaged
// file of a kilobyte does not cost gigabytes.

const (
	maxDepth   = 32      // of nested structs and lists in the footer
	maxEntries = 1 << 18 // of all lists in the footer; ours have a few hundred
)

// A table may take the most of these: leastBudget [bytes], a quarter of the memory, and
// budgetFactor times the size of its file. Rows of noise take up to eighty times their size
// in the file, but equal rows take a thousand times and more.
const (
	leastBudget  = 64 << 20
	budgetFactor = 128
	usualMemory  = 16 << 30 // [bytes], where the memory is unknown
)

// budgetOf returns the memory [bytes] that a table of a file's size may take.
func budgetOf(size int) int64 {
	return max(leastBudget, quarter(), budgetFactor*int64(size))
}

var quarter = sync.OnceValue(func() int64 { return int64(min(machine.Limit(), usualMemory) / 4) })

var errLength = errors.New("a length exceeds the file")

// checkFooter checks the lengths in the footer of a file of length bytes: FileMetaData, 4 bytes
// of its length, "PAR1".
func checkFooter(r io.ReaderAt, length int64) error {
	if length < 12 {
		return fmt.Errorf("%d bytes are too few for a Parquet file", length)
	}
	end := length - 8
	var four [4]byte
	if err := readAt(r, four[:], end); err != nil {
		return err
	}
	size := int64(binary.LittleEndian.Uint32(four[:]))
	if size > min(end-4, maxFooter) {
		return fmt.Errorf("footer of %d bytes in a file of %d: truncated, or not Parquet", size, length)
	}
	footer := make([]byte, size)
	if err := readAt(r, footer, end-size); err != nil {
		return err
	}
	if err := walk(footer); err != nil {
		return fmt.Errorf("footer: %w", err)
	}
	return nil
}

// walk checks the struct at the start of text, as Thrift encodes it.
func walk(text []byte) error {
	w := walker{r: new(thrift.CompactProtocol).NewReaderFromBytes(text), size: len(text)}
	return w.value(thrift.STRUCT, 0)
}

// walker walks values that Thrift encoded in size bytes.
type walker struct {
	r       thrift.Reader
	size    int
	entries int // of the lists so far
}

// value walks a value. It refuses lists with more entries than there are bytes left,
// because each entry takes at least one byte, and too many entries in all, because each
// becomes a struct of hundreds of bytes. The reader itself refuses strings that are too
// long.
func (w *walker) value(t thrift.Type, depth int) (err error) {
	r := w.r
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
				err = w.value(f.Type, depth+1)
			}
		}
	case thrift.LIST, thrift.SET:
		l, err := r.ReadList()
		w.entries += int(l.Size)
		if err == nil && (int(l.Size) > w.size-r.BytesRead() || w.entries > maxEntries) {
			err = errLength
		}
		for i := int32(0); err == nil && i < l.Size; i++ {
			err = w.value(l.Type, depth+1)
		}
		return err
	default: // maps, which Parquet does not use
		err = errors.New("a value of an unknown type")
	}
	return err
}
