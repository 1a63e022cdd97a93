package yamlpos

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// MarshalJSON writes the tree as JSON, with keys in the order of the tree. For a tree
// from Encode, Parse reads that JSON as the same tree.
func (n *Node) MarshalJSON() ([]byte, error) {
	return toJSON(n, false), nil
}

// Canonical returns a tree from Encode or Changed as JSON that is the same for equal
// trees: keys are sorted, and only characters that JSON cannot hold are escaped.
func (n *Node) Canonical() json.RawMessage {
	return toJSON(n, true)
}

// jsonWriter writes trees as JSON.
type jsonWriter struct {
	bytes.Buffer
	canonical bool
	texts     *json.Encoder // to the buffer; nil until it is needed
}

func toJSON(n *Node, canonical bool) []byte {
	w := jsonWriter{canonical: canonical}
	w.node(n)
	return w.Bytes()
}

func (w *jsonWriter) node(n *Node) {
	switch n.Kind {
	case Mapping:
		entries := n.Entries
		if w.canonical {
			entries = slices.SortedFunc(slices.Values(entries), func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) })
		}
		w.WriteByte('{')
		for i, e := range entries {
			if i > 0 {
				w.WriteByte(',')
			}
			w.text(e.Key)
			w.WriteByte(':')
			w.node(e.Value)
		}
		w.WriteByte('}')
	case Sequence:
		w.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				w.WriteByte(',')
			}
			w.node(item)
		}
		w.WriteByte(']')
	default:
		w.scalar(n)
	}
}

func (w *jsonWriter) scalar(n *Node) {
	switch {
	case n.plain:
		w.WriteString(n.Value)
	case w.canonical:
		w.canonicalScalar(n)
	case n.IsNull():
		w.WriteString("null")
	case !isText(n) && json.Valid([]byte(n.Value)):
		w.WriteString(n.Value)
	default:
		v, ok := n.Scalar()
		if _, number := v.(float64); ok && number {
			w.WriteString(jsonNumber(n.Value))
		} else {
			w.text(n.Value)
		}
	}
}

// jsonNumber returns a decimal number, such as +.5 or 3.e2, as JSON writes it.
func jsonNumber(text string) string {
	digits := strings.TrimLeft(text, "+-")
	exponent := ""
	if at := strings.IndexAny(digits, "eE"); at >= 0 {
		digits, exponent = digits[:at], digits[at:]
	}
	sign := ""
	if text[0] == '-' {
		sign = "-"
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	if fraction != "" {
		fraction = "." + fraction
	}
	return sign + cmp.Or(whole, "0") + fraction + exponent
}

// canonicalScalar tells a number or a truth value apart from text that looks like it.
func (w *jsonWriter) canonicalScalar(n *Node) {
	switch v, _ := n.Scalar(); v := v.(type) {
	case float64:
		w.WriteString(number(v))
	case bool:
		w.WriteString(strconv.FormatBool(v))
	default:
		w.text(n.Value)
	}
}

func (w *jsonWriter) text(text string) {
	if !strings.ContainsFunc(text, mayBeEscaped) { // as in most keys and values
		w.WriteByte('"')
		w.WriteString(text)
		w.WriteByte('"')
		return
	}
	if w.texts == nil {
		w.texts = json.NewEncoder(w)
		w.texts.SetEscapeHTML(!w.canonical)
	}
	start := w.Len()
	_ = w.texts.Encode(text) // of a string, to memory: it cannot fail
	w.Truncate(w.Len() - 1)  // the encoder's line break
	if w.canonical || !strings.ContainsFunc(text, onlyEscaped) {
		return
	}
	written := string(w.Bytes()[start:])
	w.Truncate(start)
	for _, r := range written {
		if onlyEscaped(r) {
			fmt.Fprintf(w, `\u%04x`, r)
		} else {
			w.WriteRune(r)
		}
	}
}

// mayBeEscaped reports whether JSON may have to escape a character.
func mayBeEscaped(r rune) bool {
	return r < ' ' || r > '~' || strings.ContainsRune(`"\<>&`, r)
}

// onlyEscaped reports whether JSON may have a character as it is, but YAML may not, or
// takes it for a line break.
func onlyEscaped(r rune) bool {
	return r >= 0x7f && r <= 0x9f || r == 0xfeff || r == 0xfffe || r == 0xffff
}
