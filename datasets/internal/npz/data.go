package npz

import (
	"fmt"
	"io"
	"unsafe"
)

// chunk is the number of elements that are converted at a time, so that an array is
// never held both as bytes and as numbers.
const chunk = 8192

// readData reads the elements after a header and converts them, in C order. It reads to
// the end of the entry, where zip verifies the checksum.
func readData[T Number](r io.Reader, h header) ([]T, error) {
	convert := converter[T]()
	total := h.len()
	if limit := MaxArrayBytes / uint64(unsafe.Sizeof(*new(T))); uint64(total) > limit {
		return nil, fmt.Errorf("%d elements, at most %d can be read", total, limit)
	}
	var data []T // grows as elements arrive, because the header may lie
	buf := make([]byte, chunk*h.elem.size)
	for len(data) < total {
		part := buf[:min(chunk, total-len(data))*h.elem.size]
		if _, err := io.ReadFull(r, part); err != nil {
			return nil, fmt.Errorf("data after element %d of %d: %w", len(data), total, err)
		}
		for ; len(part) > 0; part = part[h.elem.size:] {
			data = append(data, convert(h.elem.value(h.order, part)))
		}
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if !h.fortran || len(h.shape) < 2 {
		return data, nil
	}
	ordered, rows, cols := make([]T, total), h.shape[0], h.shape[1]
	for i, v := range data {
		ordered[i%rows*cols+i/rows] = v
	}
	return ordered, nil
}

func converter[T Number]() func(float64) T {
	var convert any
	switch any(*new(T)).(type) {
	case float32:
		convert = func(v float64) float32 { return float32(v) }
	case float64:
		convert = func(v float64) float64 { return v }
	case bool:
		convert = func(v float64) bool { return v != 0 }
	}
	return convert.(func(float64) T)
}
