package fits

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// kinds maps the values of BITPIX (§4.4.1.1) to the letters that binary tables have for
// the same elements (§7.3.1).
var kinds = map[int64]byte{8: 'B', 16: 'I', 32: 'J', 64: 'K', -32: 'E', -64: 'D'}

// sizes are the bytes of an element, by its letter.
var sizes = map[byte]int{'L': 1, 'B': 1, 'A': 1, 'I': 2, 'J': 4, 'K': 8, 'E': 4, 'D': 8, 'C': 8, 'M': 16, 'P': 8, 'Q': 16}

// number says how stored numbers become values: value = zero + scale × stored, and an
// integer equal to null is undefined (§4.4.2.5, §7.3.2).
type number struct {
	kind        byte // B I J K E D
	scale, zero float64
	null        int64
	hasNull     bool
}

// scaling reads the keywords of an image's or a column's numbers.
func (h *Header) scaling(kind byte, scale, zero, null string) (n number, err error) {
	n.kind = kind
	if n.scale, err = h.number(scale, 1); err != nil {
		return n, err
	}
	if n.zero, err = h.number(zero, 0); err != nil {
		return n, err
	}
	if n.isStoredInteger() {
		n.null, n.hasNull = h.Int(null)
	}
	return n, nil
}

func (n number) isStoredInteger() bool { return n.kind != 'E' && n.kind != 'D' }

// isInteger reports whether all values are integers that mostly fit in an int64: the
// unsigned ones among them have a zero of 2ᵏ⁻¹ (§5.2.5).
func (n number) isInteger() bool {
	whole := math.Abs(n.zero) < 1<<63 && n.zero == math.Trunc(n.zero)
	return n.isStoredInteger() && n.scale == 1 && (whole || n.isUint64())
}

func (n number) isUint64() bool { return n.kind == 'K' && n.scale == 1 && n.zero == 1<<63 }

// floats decodes len(dst) elements.
func (n number) floats(dst []float64, raw []byte) {
	size := sizes[n.kind]
	for i := range dst {
		dst[i] = n.float(raw[i*size:])
	}
}

func (n number) float(raw []byte) float64 {
	var x float64
	switch n.kind {
	case 'E':
		x = float64(math.Float32frombits(binary.BigEndian.Uint32(raw)))
	case 'D':
		x = math.Float64frombits(binary.BigEndian.Uint64(raw))
	default:
		v := n.stored(raw)
		if n.hasNull && v == n.null {
			return math.NaN()
		}
		if n.isUint64() { // as a float, v may have lost what the sum needs
			return float64(uint64(v) ^ 1<<63)
		}
		x = float64(v)
	}
	if n.scale != 1 || n.zero != 0 {
		x = float64(n.scale*x) + n.zero // the product is rounded, on every architecture
	}
	return x
}

// stored returns an integer as the file has it. That of a byte has no sign.
func (n number) stored(raw []byte) int64 {
	switch n.kind {
	case 'B':
		return int64(raw[0])
	case 'I':
		return int64(int16(binary.BigEndian.Uint16(raw)))
	case 'J':
		return int64(int32(binary.BigEndian.Uint32(raw)))
	}
	return int64(binary.BigEndian.Uint64(raw))
}

// ints decodes len(dst) elements of numbers that are integers. An error begins with the
// element's index, counted from first.
func (n number) ints(dst []int64, raw []byte, first int) error {
	size := sizes[n.kind]
	for i := range dst {
		v := n.stored(raw[i*size:])
		if n.hasNull && v == n.null {
			return fmt.Errorf("element %d is null, expected an integer", first+i)
		}
		zero := int64(n.zero)
		if n.isUint64() {
			v, zero = v^math.MinInt64, 0
			if v < 0 {
				return fmt.Errorf("element %d is %d, expected an integer below 2^63", first+i, uint64(v))
			}
		}
		dst[i] = v + zero
		if (dst[i]^v)&(dst[i]^zero) < 0 {
			return fmt.Errorf("element %d is %d + %d, expected an integer within ±2^63", first+i, v, zero)
		}
	}
	return nil
}

// multiply returns a × b of natural numbers, or the largest int64 if the product is
// larger.
func multiply(a, b int64) int64 {
	high, low := bits.Mul64(uint64(a), uint64(b))
	if high > 0 || low > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(low)
}

// add returns a + b likewise.
func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
