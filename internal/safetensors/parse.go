package safetensors

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
)

// maxHeader is the longest header in bytes, as in the reference implementation.
const maxHeader = 100_000_000

// Parse reads a file's bytes; the result shares no memory with them. It refuses any
// file that does not follow the format to the letter: a header that is too long, that
// is not JSON, or that has repeated, unknown or missing keys; tensors whose bytes
// overlap, leave a hole, lie outside the file or disagree with their shape; and bytes
// that belong to no tensor. Of the format's types it reads F32, F64 and I64.
func Parse(data []byte) (*File, error) {
	if len(data) < 8 {
		return nil, fmt.Errorf("not a safetensors file: %d bytes; expected at least the 8 that hold the header's length", len(data))
	}
	n, rest := binary.LittleEndian.Uint64(data), data[8:]
	switch {
	case n > maxHeader:
		return nil, fmt.Errorf("header of %d bytes; expected at most %d", n, maxHeader)
	case n > uint64(len(rest)):
		return nil, fmt.Errorf("header of %d bytes; the file ends after %d", n, len(rest))
	}
	metadata, infos, err := parseHeader(rest[:n])
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	body := rest[n:]
	if err := checkExtents(infos, len(body)); err != nil {
		return nil, err
	}
	f := &File{Metadata: metadata}
	for _, t := range infos {
		d := dtypes[t.dtype]
		f.Tensors = append(f.Tensors, Tensor{Name: t.name, Shape: t.shape, Data: d.decode(body[t.begin:t.end])})
	}
	return f, nil
}

// checkExtents returns an error unless each tensor has as many bytes as its type and
// shape need, and the tensors cover a body of size bytes without gap or overlap.
func checkExtents(infos []info, size int) error {
	sorted := slices.Clone(infos)
	slices.SortStableFunc(sorted, func(a, b info) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
	})
	covered := 0
	for _, t := range sorted {
		if err := t.check(size); err != nil {
			return fmt.Errorf("tensor %.60q: %w", t.name, err)
		}
		switch {
		case t.begin < covered:
			return fmt.Errorf("tensor %.60q: bytes [%d, %d) overlap another tensor's, which end at %d", t.name, t.begin, t.end, covered)
		case t.begin > covered:
			return fmt.Errorf("tensor %.60q: begins at byte %d, and leaves a hole from byte %d", t.name, t.begin, covered)
		}
		covered = t.end
	}
	if covered < size {
		return fmt.Errorf("%d bytes after the last tensor", size-covered)
	}
	return nil
}

// check returns an error unless the tensor's bytes lie within a body of size bytes and
// are as many as its type and shape need.
func (t *info) check(size int) error {
	d, known := dtypes[t.dtype]
	if !known {
		return fmt.Errorf("dtype %.20q, expected F32, F64 or I64", t.dtype)
	}
	if t.begin > t.end || t.end > size {
		return fmt.Errorf("bytes [%d, %d) are not within the data's %d", t.begin, t.end, size)
	}
	if n, ok := elements(t.shape, d.size); !ok || n*d.size != t.end-t.begin {
		return fmt.Errorf("%d bytes are not %s of shape %s", t.end-t.begin, t.dtype, shapeText(t.shape))
	}
	return nil
}
