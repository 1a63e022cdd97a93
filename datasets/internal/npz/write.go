package npz

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// Writer writes an .npz archive. The same arrays give the same bytes.
type Writer struct {
	zip *zip.Writer
	err error
}

// NewWriter returns a Writer of an archive.
func NewWriter(w io.Writer) *Writer { return &Writer{zip: zip.NewWriter(w)} }

// Element is the type of an array's elements.
type Element interface {
	bool | int64 | float32 | float64 | string
}

// Write writes an array of a shape; no shape means a scalar. It panics if the shape does not
// fit the values. Texts are cut to no length, and must not end with a NUL, which NumPy drops.
// The first error is kept for Close.
func Write[T Element](w *Writer, name string, values []T, shape ...int) {
	size := 1
	for _, n := range shape {
		size *= n
	}
	if size != len(values) {
		panic(fmt.Sprintf("npz: %d values in shape %v", len(values), shape))
	}
	if w.err != nil {
		return
	}
	var entry io.Writer
	if entry, w.err = w.zip.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Deflate}); w.err != nil {
		return
	}
	out := bufio.NewWriterSize(entry, 64<<10)
	descr, write := encoding(values)
	_, w.err = out.Write(npyHeader(descr, shape))
	for first := 0; first < len(values) && w.err == nil; first += 4096 {
		w.err = write(out, values[first:min(first+4096, len(values))])
	}
	if w.err == nil {
		w.err = out.Flush()
	}
}

// Close ends the archive, and returns the first error.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	return w.zip.Close()
}

// npyHeader returns the magic, version 1.0 and the dictionary of an .npy file, padded to a
// multiple of 64 bytes (NumPy's numpy.lib.format).
func npyHeader(descr string, shape []int) []byte {
	var dims strings.Builder
	for _, n := range shape {
		fmt.Fprintf(&dims, "%d,", n)
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, dims.String())
	const before = len("\x93NUMPY") + 2 + 2
	pad := 63 - (before+len(text))%64
	text += strings.Repeat(" ", pad) + "\n"
	out := append([]byte("\x93NUMPY\x01\x00"), 0, 0)
	binary.LittleEndian.PutUint16(out[8:], uint16(len(text)))
	return append(out, text...)
}

// encoding returns NumPy's name of the type of values, and a function that writes some.
func encoding[T Element](values []T) (descr string, write func(io.Writer, []T) error) {
	plain := func(w io.Writer, part []T) error { return binary.Write(w, binary.LittleEndian, part) }
	switch all := any(values).(type) {
	case []bool:
		return "|b1", plain
	case []int64:
		return "<i8", plain
	case []float32:
		return "<f4", plain
	case []float64:
		return "<f8", plain
	case []string:
		longest := 1 // NumPy has no empty texts
		for _, s := range all {
			longest = max(longest, len([]rune(s)))
		}
		return fmt.Sprintf("<U%d", longest), func(w io.Writer, part []T) error {
			var out bytes.Buffer
			for _, s := range any(part).([]string) {
				runes := make([]rune, longest)
				copy(runes, []rune(s))
				_ = binary.Write(&out, binary.LittleEndian, runes) // a buffer accepts everything
			}
			_, err := w.Write(out.Bytes())
			return err
		}
	}
	panic("unreachable")
}
