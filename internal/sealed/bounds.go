package sealed

import (
	"errors"
	"fmt"
)

// The bounds of JSON text: decoding takes up to hundreds of bytes for a value, and printing
// takes the square of the depth. In what we write, a value has more than valueBytes bytes.
const (
	maxDepth   = 100
	fewValues  = 10_000
	valueBytes = 6
)

// checkJSON refuses JSON text that is nested too deeply, or has too many values for its
// length. It looks at brackets and commas alone; decoding finds other errors.
func checkJSON(text []byte) error {
	values := max(fewValues, len(text)/valueBytes)
	depth, count, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			count++
			if depth++; depth > maxDepth {
				return errors.New("nested too deeply")
			}
		case c == '}' || c == ']':
			depth--
		case c == ',':
			count++
		}
		if count > values {
			return fmt.Errorf("has more than %d values in %d bytes", values, len(text))
		}
	}
	return nil
}
