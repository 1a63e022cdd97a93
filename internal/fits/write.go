package fits

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Writer writes HDUs one after another.
type Writer struct {
	w    io.Writer
	hdus int
}

// NewWriter returns a Writer to w, whose first HDU is the primary one.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Image writes an image of a shape, slowest axis first as in NumPy. The values are a
// []float32, []float64, []int64, []int32, []int16 or []uint8, or nil for an HDU without data,
// which holds keywords alone. A name of "" is not written, and a long one is cut to what a
// card holds.
//
// Texts must be printable ASCII; see Escape. Keywords that the writer sets itself, such
// as NAXIS, are refused among the cards.
func (w *Writer) Image(name string, cards []Card, shape []int, values any) error {
	if err := w.image(name, cards, shape, values); err != nil {
		return fmt.Errorf("image %q: %w", name, err)
	}
	return nil
}

func (w *Writer) image(name string, cards []Card, shape []int, values any) error {
	e, err := newElements(values)
	if err != nil {
		return err
	}
	n := min(1, len(shape))
	for _, axis := range shape {
		n *= axis
	}
	if n != e.n || slices.ContainsFunc(shape, func(axis int) bool { return axis < 0 }) || len(shape) > 999 {
		return fmt.Errorf("%d values, expected those of shape %v", e.n, shape)
	}
	if e.kind == 'L' || e.kind == 'A' {
		return fmt.Errorf("values of type %T, expected numbers", values)
	}
	var h header
	h.begin(w.hdus == 0, "IMAGE", bitpix(e.kind), shape)
	if w.hdus > 0 {
		h.set("PCOUNT", 0, "no parameters")
		h.set("GCOUNT", 1, "one group")
	} else {
		h.set("EXTEND", true, "extensions may follow")
	}
	if err := w.header(&h, name, cards); err != nil {
		return err
	}
	return w.data(e.n, e.size, e.append)
}

// bitpix is the inverse of kinds. Without data, it is 8.
func bitpix(kind byte) int {
	for n, k := range kinds {
		if k == kind {
			return int(n)
		}
	}
	return 8
}

// header completes a header and writes it.
func (w *Writer) header(h *header, name string, cards []Card) error {
	if name != "" {
		h.set("EXTNAME", cut(name), "")
	}
	h.append(cards)
	if h.err != nil {
		return h.err
	}
	w.hdus++
	_, err := w.w.Write(pad(append(h.text, fmt.Sprintf("%-80s", "END")...), len(h.text)+cardSize, ' '))
	return err
}

// data writes n items of a size, each of which put appends to a buffer, and fills up the
// last block with zeros.
func (w *Writer) data(n, size int, put func(buf []byte, i int) []byte) error {
	buf := make([]byte, 0, pieceSize+size)
	for i := range n {
		if buf = put(buf, i); len(buf) < pieceSize {
			continue
		}
		if _, err := w.w.Write(buf); err != nil {
			return err
		}
		buf = buf[:0]
	}
	_, err := w.w.Write(pad(buf, n*size, 0))
	return err
}

// pad appends what the last block lacks after size bytes.
func pad(buf []byte, size int, with byte) []byte {
	for ; size%blockSize != 0; size++ {
		buf = append(buf, with)
	}
	return buf
}

// elements is a slice to be written.
type elements struct {
	n      int
	kind   byte // as of a column
	size   int  // bytes of an element
	append func(buf []byte, i int) []byte
}

// newElements returns the elements of values, or an error if FITS has no such type or
// text.
func newElements(values any) (e elements, err error) {
	switch v := values.(type) {
	case nil:
	case []float32:
		e = elements{len(v), 'E', 4, func(buf []byte, i int) []byte { return binary.BigEndian.AppendUint32(buf, math.Float32bits(v[i])) }}
	case []float64:
		e = elements{len(v), 'D', 8, func(buf []byte, i int) []byte { return binary.BigEndian.AppendUint64(buf, math.Float64bits(v[i])) }}
	case []int64:
		e = elements{len(v), 'K', 8, func(buf []byte, i int) []byte { return binary.BigEndian.AppendUint64(buf, uint64(v[i])) }}
	case []int32:
		e = elements{len(v), 'J', 4, func(buf []byte, i int) []byte { return binary.BigEndian.AppendUint32(buf, uint32(v[i])) }}
	case []int16:
		e = elements{len(v), 'I', 2, func(buf []byte, i int) []byte { return binary.BigEndian.AppendUint16(buf, uint16(v[i])) }}
	case []uint8:
		e = elements{len(v), 'B', 1, func(buf []byte, i int) []byte { return append(buf, v[i]) }}
	case []bool:
		e = elements{len(v), 'L', 1, func(buf []byte, i int) []byte {
			if v[i] {
				return append(buf, 'T')
			}
			return append(buf, 'F')
		}}
	case []string:
		return newTexts(v)
	default:
		return e, fmt.Errorf("values of type %T cannot be written", values)
	}
	return e, nil
}

// newTexts returns strings, padded with spaces to one length.
func newTexts(v []string) (elements, error) {
	size := 1
	for i, text := range v {
		if !isText(text) {
			return elements{}, fmt.Errorf("text %d, %q: %w", i, text, errText)
		}
		size = max(size, len(text))
	}
	return elements{len(v), 'A', size, func(buf []byte, i int) []byte {
		buf = append(buf, v[i]...)
		for range size - len(v[i]) {
			buf = append(buf, ' ')
		}
		return buf
	}}, nil
}

var errText = errors.New("expected printable ASCII")

// isText reports whether a text is printable ASCII, as FITS has it (§3.2).
func isText(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
