package npz

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// textType matches NumPy's types of texts: U with a number of UCS-4 code points, S with a
// number of bytes.
var textType = regexp.MustCompile(`^([<>|=])([US])([1-9][0-9]{0,6})$`)

// setText sets a type of texts. It returns false for any other type.
func (h *header) setText(descr string) bool {
	parts := textType.FindStringSubmatch(descr)
	if parts == nil {
		return false
	}
	h.text = parts[2][0]
	h.elem.size, _ = strconv.Atoi(parts[3]) // seven digits cannot fail
	h.order = binary.LittleEndian
	if parts[1] == ">" {
		h.order = binary.BigEndian
	}
	if h.text == 'U' {
		h.elem.size *= 4
	}
	return true
}

// Texts reads an array of n texts or integers as texts. Errors name the array.
func Texts(a *Archive, name string, n int) (texts []string, err error) {
	f := a.entries[name]
	if f == nil {
		return nil, a.Missing(name)
	}
	defer func() {
		if err != nil {
			texts, err = nil, fmt.Errorf("array %q: %w", name, err)
		}
	}()
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close() // reading reports all errors
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	if h.text == 0 && strings.ContainsAny(h.descr[1:2], "fc") {
		return nil, fmt.Errorf("type %q, expected texts or integers", h.descr)
	}
	if h.len() != n || len(h.shape) == 0 {
		return nil, fmt.Errorf("shape %s, expected %s", shapeString(h.shape), shapeString([]int{n}))
	}
	if have, want := int64(f.UncompressedSize64)-int64(h.size), int64(h.bytes()); have != want {
		return nil, fmt.Errorf("%d bytes of data, but shape %s of type %s needs %d", have, shapeString(h.shape), h.descr, want)
	}
	if err := a.take(n, h.elem.size+16); err != nil {
		return nil, err
	}
	in, element := bufio.NewReader(r), make([]byte, h.elem.size)
	for range n {
		if _, err := io.ReadFull(in, element); err != nil {
			return nil, fmt.Errorf("data after element %d of %d: %w", len(texts), n, err)
		}
		texts = append(texts, h.asText(element))
	}
	_, err = io.Copy(io.Discard, in) // zip verifies the checksum at the end
	return texts, err
}

// asText returns an element as a text, without the zeros that fill it up.
func (h header) asText(b []byte) string {
	switch h.text {
	case 'S':
		return strings.TrimRight(string(b), "\x00")
	case 'U':
		var text []byte
		for ; len(b) > 0; b = b[4:] {
			text = utf8.AppendRune(text, rune(h.order.Uint32(b)))
		}
		return strings.TrimRight(string(text), "\x00")
	}
	return integerText(h.order, h.descr[1:], b)
}

// integerText returns an integer of any of NumPy's types in decimal digits.
func integerText(order binary.ByteOrder, kind string, b []byte) string {
	var bits uint64
	switch len(b) {
	case 1:
		bits = uint64(b[0])
	case 2:
		bits = uint64(order.Uint16(b))
	case 4:
		bits = uint64(order.Uint32(b))
	case 8:
		bits = order.Uint64(b)
	}
	if kind[0] == 'i' {
		shift := 64 - 8*len(b)
		return strconv.FormatInt(int64(bits<<shift)>>shift, 10)
	}
	return strconv.FormatUint(bits, 10)
}
