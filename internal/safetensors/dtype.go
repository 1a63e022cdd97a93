package safetensors

import (
	"encoding/binary"
	"io"
	"slices"
)

// element is the type of an array's elements.
type element interface{ float32 | float64 | int64 }

// dtype is how a type of element is stored in a file.
type dtype struct {
	size   int // bytes of an element
	decode func(raw []byte) any
	length func(data any) int
	write  func(w io.Writer, data any, buf []byte) error
}

var dtypes = map[string]dtype{
	"F32": newDtype[float32](4),
	"F64": newDtype[float64](8),
	"I64": newDtype[int64](8),
}

func newDtype[E element](size int) dtype {
	return dtype{
		size: size,
		decode: func(raw []byte) any {
			data := make([]E, len(raw)/size)
			mustHold(binary.Decode(raw, binary.LittleEndian, data))
			return data
		},
		length: func(data any) int { return len(data.([]E)) },
		write: func(w io.Writer, data any, buf []byte) error {
			for part := range slices.Chunk(data.([]E), len(buf)/size) {
				n := mustHold(binary.Encode(buf, binary.LittleEndian, part))
				if _, err := w.Write(buf[:n]); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// mustHold panics if a buffer does not hold the elements it was made for.
func mustHold(n int, err error) int {
	if err != nil {
		panic(err)
	}
	return n
}

// dtypeOf returns the name of data's type in a file, or "unknown".
func dtypeOf(data any) string {
	switch data.(type) {
	case []float32:
		return "F32"
	case []float64:
		return "F64"
	case []int64:
		return "I64"
	}
	return "unknown"
}
