package npz

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// maxHeader is the longest header that numpy.load accepts by default, its
// max_header_size.
const maxHeader = 10000

// header is what precedes the data of a .npy array (NEP 1, and
// numpy.lib.format for versions 2 and 3).
type header struct {
	size    int    // of the header itself, in bytes
	descr   string // NumPy's type string, such as <f4
	order   binary.ByteOrder
	elem    element
	text    byte // U or S for an array of texts, else 0
	fortran bool
	shape   []int
}

func (h header) len() int {
	n := 1
	for _, d := range h.shape {
		n *= d // cannot overflow: readHeader bounds the product
	}
	return n
}

func (h header) bytes() int { return h.len() * h.elem.size }

// element is how one number is stored.
type element struct {
	size  int
	value func(binary.ByteOrder, []byte) float64
}

// elements are the types that can be read, by NumPy's kind and size.
var elements = map[string]element{
	"b1": {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(b[0]) }},
	"u1": {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(b[0]) }},
	"u2": {2, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint16(b)) }},
	"u4": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint32(b)) }},
	"u8": {8, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint64(b)) }},
	"i1": {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(int8(b[0])) }},
	"i2": {2, func(o binary.ByteOrder, b []byte) float64 { return float64(int16(o.Uint16(b))) }},
	"i4": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(int32(o.Uint32(b))) }},
	"i8": {8, func(o binary.ByteOrder, b []byte) float64 { return float64(int64(o.Uint64(b))) }},
	"f2": {2, func(o binary.ByteOrder, b []byte) float64 { return half(o.Uint16(b)) }},
	"f4": {4, func(o binary.ByteOrder, b []byte) float64 { return float64(math.Float32frombits(o.Uint32(b))) }},
	"f8": {8, func(o binary.ByteOrder, b []byte) float64 { return math.Float64frombits(o.Uint64(b)) }},
}

// half returns the value of an IEEE 754 binary16 number.
func half(bits uint16) float64 {
	sign, exponent, fraction := 1-2*float64(bits>>15), int(bits>>10&0x1f), float64(bits&0x3ff)
	switch {
	case exponent == 0x1f && fraction != 0:
		return math.NaN()
	case exponent == 0x1f:
		return sign * math.Inf(1)
	case exponent == 0:
		return sign * math.Ldexp(fraction, -24)
	}
	return sign * math.Ldexp(1+fraction/0x400, exponent-15)
}

var orders = map[string]binary.ByteOrder{
	"<": binary.LittleEndian, ">": binary.BigEndian, "|": binary.LittleEndian,
}

// The header is a Python dictionary with three keys in any order.
var (
	descrKey   = regexp.MustCompile(`['"]descr['"]\s*:\s*['"]([^'"]*)['"]`)
	fortranKey = regexp.MustCompile(`['"]fortran_order['"]\s*:\s*(True|False)`)
	shapeKey   = regexp.MustCompile(`['"]shape['"]\s*:\s*\(([^()]*)\)`)
)

// readHeader reads and checks everything before the data.
func readHeader(r io.Reader) (header, error) {
	text, size, err := readHeaderText(r)
	if err != nil {
		return header{}, err
	}
	h := header{size: size}
	descr, fortran, shape := descrKey.FindSubmatch(text), fortranKey.FindSubmatch(text), shapeKey.FindSubmatch(text)
	if fortran == nil || shape == nil || descr == nil && !bytes.Contains(text, []byte("descr")) {
		return header{}, fmt.Errorf("npy header %.80q lacks descr, fortran_order or shape", text)
	}
	if descr == nil {
		return header{}, errors.New("a structured type, expected an array of numbers")
	}
	h.fortran = string(fortran[1]) == "True"
	if err := h.setType(string(descr[1])); err != nil {
		return header{}, err
	}
	return h, h.setShape(string(shape[1]))
}

// readHeaderText returns the header's dictionary, and the number of bytes before the
// data.
func readHeaderText(r io.Reader) (text []byte, size int, err error) {
	var start [12]byte
	if _, err := io.ReadFull(r, start[:10]); err != nil {
		return nil, 0, fmt.Errorf("npy header: %w", err)
	}
	if string(start[:6]) != "\x93NUMPY" {
		return nil, 0, errors.New("not a npy array")
	}
	length := int(binary.LittleEndian.Uint16(start[8:]))
	size = 10
	switch version := start[6]; version {
	case 1:
	case 2, 3:
		if _, err := io.ReadFull(r, start[10:12]); err != nil {
			return nil, 0, fmt.Errorf("npy header: %w", err)
		}
		length = int(binary.LittleEndian.Uint32(start[8:]))
		size = 12
	default:
		return nil, 0, fmt.Errorf("npy version %d, expected 1, 2 or 3", version)
	}
	if length > maxHeader {
		return nil, 0, fmt.Errorf("npy header of %d bytes, at most %d can be read", length, maxHeader)
	}
	text = make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, 0, fmt.Errorf("npy header: %w", err)
	}
	return text, size + length, nil
}

func (h *header) setType(descr string) error {
	h.descr = descr
	if strings.HasSuffix(descr, "O") {
		return errors.New("holds Python objects; unpickling them could run code, so they are refused: save the array as numbers, or as texts with dtype=str")
	}
	if len(descr) == 3 {
		h.order = orders[descr[:1]]
		h.elem = elements[descr[1:]]
	}
	if h.setText(descr) {
		return nil
	}
	if h.order == nil || h.elem.size == 0 {
		if strings.Contains(descr, "c") {
			return fmt.Errorf("type %q holds complex numbers; save their real part", descr)
		}
		return fmt.Errorf("type %q, expected an integer, bool, float16, float32 or float64", descr)
	}
	return nil
}

// maxBytes is the largest size of an array whose elements fit in memory as float64.
const maxBytes = math.MaxInt / 2

func (h *header) setShape(text string) error {
	bytes := int64(max(h.elem.size, 8))
	for dim := range strings.SplitSeq(text, ",") {
		if dim = strings.TrimSpace(dim); dim == "" {
			continue // the tuples () and (5,)
		}
		n, err := strconv.Atoi(strings.TrimSuffix(dim, "L")) // Python 2 wrote 5L
		if err != nil || n < 0 {
			return fmt.Errorf("shape (%.80s): %.20q is not a length", text, dim)
		}
		if n > 0 && bytes > maxBytes/int64(n) {
			return fmt.Errorf("shape (%.80s): more than %d bytes", text, int64(maxBytes))
		}
		bytes *= int64(n)
		h.shape = append(h.shape, n)
	}
	if len(h.shape) > 2 {
		return fmt.Errorf("shape (%.80s): at most 2 dimensions can be read", text)
	}
	return nil
}
