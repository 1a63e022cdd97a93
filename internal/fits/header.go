package fits

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

const (
	cardSize  = 80
	maxHeader = 1 << 26 // bytes of a header; those of real files have at most some 100 kB
)

// Header is the cards of an HDU. Keywords may be looked up in upper or lower case. If
// a keyword is repeated, its first card counts.
type Header struct {
	cards []Card
	first map[string]int // the first card of each keyword that has a value

	// A string that CONTINUE cards may still continue, with its comment (§4.2.1.2).
	long, note []byte
}

// Text returns the string of a keyword, without trailing spaces.
func (h *Header) Text(key string) (string, bool) { return lookUp[string](h, key) }

// Bool returns the logical of a keyword.
func (h *Header) Bool(key string) (value, ok bool) { return lookUp[bool](h, key) }

// Float returns the number of a keyword, an integer or not.
func (h *Header) Float(key string) (float64, bool) {
	if n, ok := lookUp[int64](h, key); ok {
		return float64(n), true
	}
	return lookUp[float64](h, key)
}

// Int returns the integer of a keyword. It may be written as 3 or as 3.0.
func (h *Header) Int(key string) (int64, bool) {
	x, ok := lookUp[float64](h, key)
	if ok && x == math.Trunc(x) && math.Abs(x) < 1<<53 {
		return int64(x), true
	}
	return lookUp[int64](h, key)
}

// Has reports whether a keyword is there, whatever its value.
func (h *Header) Has(key string) bool {
	_, ok := h.find(key)
	return ok
}

func (h *Header) find(key string) (Card, bool) {
	i, ok := h.first[strings.TrimPrefix(strings.ToUpper(key), "HIERARCH ")]
	if !ok {
		return Card{}, false
	}
	return h.cards[i], true
}

func lookUp[V any](h *Header, key string) (value V, ok bool) {
	c, _ := h.find(key)
	value, ok = c.Value.(V)
	return value, ok
}

// natural returns a count, from 0 to most. A keyword that is missing is an error,
// unless a default ≥ 0 is given.
func (h *Header) natural(key string, most, missing int64) (int64, error) {
	c, ok := h.find(key)
	if !ok && missing >= 0 {
		return missing, nil
	}
	if !ok {
		return 0, fmt.Errorf("keyword %s is missing", key)
	}
	n, ok := h.Int(key)
	if !ok || n < 0 || n > most {
		return 0, fmt.Errorf("keyword %s = %s: expected an integer from 0 to %d", key, show(c.Value), most)
	}
	return n, nil
}

// number returns a number, or a default where the keyword is missing.
func (h *Header) number(key string, missing float64) (float64, error) {
	c, ok := h.find(key)
	if !ok || c.Value == nil {
		return missing, nil
	}
	x, ok := h.Float(key)
	if !ok {
		return 0, fmt.Errorf("keyword %s = %s: expected a number", key, show(c.Value))
	}
	return x, nil
}

// show formats a value for an error message.
func show(value any) string {
	switch v := value.(type) {
	case nil:
		return "(undefined)"
	case string, Other:
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprint(value)
}

// readHeader reads the cards from a byte of the file to END. It returns where the data
// begin.
func readHeader(r io.ReaderAt, at, size int64) (h *Header, data int64, err error) {
	h = &Header{first: map[string]int{}}
	buf := make([]byte, blockSize)
	for begin := at; ; at += blockSize {
		if at-begin >= maxHeader {
			return nil, 0, fmt.Errorf("the header has no END in %d bytes", maxHeader)
		}
		buf = buf[:min(blockSize, max(0, size-at))]
		if len(buf) < cardSize {
			return nil, 0, fmt.Errorf("the file ends at byte %d, and the header has no END", size)
		}
		if err := readAt(r, buf, at); err != nil {
			return nil, 0, err
		}
		// Keys and values are parts of this string.
		end, err := h.parse(string(buf))
		if err != nil {
			return nil, 0, err
		}
		if end {
			return h, at + blockSize, nil
		}
	}
}

// parse adds the cards of a block. It reports whether END is among them.
func (h *Header) parse(block string) (end bool, err error) {
	for ; len(block) >= cardSize; block = block[cardSize:] {
		if strings.TrimRight(block[:8], " ") == "END" {
			h.finish()
			return true, nil
		}
		if err := h.add(block[:cardSize]); err != nil {
			return false, fmt.Errorf("card %d, %q: %w", len(h.cards)+1, strings.TrimRight(block[:cardSize], " "), err)
		}
	}
	return false, nil
}

// add adds a card. A CONTINUE card extends the string of the one before it.
func (h *Header) add(text string) error {
	for _, b := range []byte(text[:8]) {
		if b < ' ' || b > '~' {
			return errors.New("the keyword is not printable ASCII")
		}
	}
	c := parseCard(text)
	if c.Key == "CONTINUE" && h.long != nil {
		h.extend(text[8:])
		return nil
	}
	h.finish()
	if value, ok := c.Value.(string); ok && strings.HasSuffix(value, "&") {
		h.long, h.note = []byte(value), []byte(c.Comment)
	}
	if _, ok := h.first[c.Key]; !ok && !isCommentary(c.Key) {
		h.first[c.Key] = len(h.cards)
	}
	h.cards = append(h.cards, c)
	return nil
}

// extend continues a long string with the text of a CONTINUE card.
func (h *Header) extend(text string) {
	value, comment := parseValue(text)
	part, ok := value.(string)
	if !ok {
		h.finish()
		return
	}
	h.long = append(h.long[:len(h.long)-1], part...)
	if comment != "" && len(h.note) > 0 {
		h.note = append(h.note, ' ')
	}
	h.note = append(h.note, comment...)
	if !strings.HasSuffix(part, "&") {
		h.finish()
	}
}

// finish ends a long string, if there is one.
func (h *Header) finish() {
	if h.long != nil {
		last := &h.cards[len(h.cards)-1]
		last.Value, last.Comment = string(h.long), string(h.note)
	}
	h.long, h.note = nil, nil
}
