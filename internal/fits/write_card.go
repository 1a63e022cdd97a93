package fits

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// header is cards to be written, and the first error.
type header struct {
	text []byte
	err  error
}

// reserved keywords are set by the writer alone.
var reserved = regexp.MustCompile(`^(SIMPLE|XTENSION|BITPIX|NAXIS|EXTEND|PCOUNT|GCOUNT|GROUPS|TFIELDS|THEAP|EXTNAME|LONGSTRN|CONTINUE|END|` +
	`BSCALE|BZERO|BLANK|ZIMAGE|ZTABLE|CHECKSUM|DATASUM|(NAXIS|TTYPE|TFORM|TUNIT|TDIM|TSCAL|TZERO|TNULL)[0-9]+)$`)

// Keywords of eight characters (§4.1.2.1), and longer ones of the HIERARCH convention.
var (
	shortKey = regexp.MustCompile(`^[A-Z0-9_-]{1,8}$`)
	longKey  = regexp.MustCompile(`^[A-Z0-9_.-]+( [A-Z0-9_.-]+)*$`)
)

// Escape returns a text with everything but printable ASCII escaped as in a Go string:
// é is \u00e9, and a backslash \\.
func Escape(text string) string {
	quoted := strconv.QuoteToASCII(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// begin sets the first keywords (§4.4.1). The shape is slowest first.
func (h *header) begin(primary bool, extension string, bitpix int, shape []int) {
	if primary {
		h.set("SIMPLE", true, "conforms to the FITS standard")
	} else {
		h.set("XTENSION", extension, "")
	}
	h.set("BITPIX", bitpix, "")
	h.set("NAXIS", len(shape), "")
	for i := range shape {
		h.set(fmt.Sprint("NAXIS", i+1), shape[len(shape)-1-i], "")
	}
}

// append adds a user's cards.
func (h *header) append(cards []Card) {
	if h.err != nil {
		return
	}
	var user header
	seen := map[string]bool{}
	for _, c := range cards {
		c.Key = strings.ToUpper(strings.TrimSpace(c.Key))
		switch {
		case reserved.MatchString(c.Key):
			user.fail(c.Key, errors.New("only the writer sets it"))
		case seen[c.Key] && !isCommentary(c.Key):
			user.fail(c.Key, errors.New("appears twice"))
		}
		seen[c.Key] = true
		user.add(c)
	}
	if strings.Contains(string(user.text), "CONTINUE  '") {
		h.set("LONGSTRN", "OGIP 1.0", "long strings go on in CONTINUE cards")
	}
	h.text = append(h.text, user.text...)
	h.err = user.err
}

// set adds a keyword of the standard, which may not go on in CONTINUE cards.
func (h *header) set(key string, value any, comment string) {
	if text, ok := value.(string); ok && cut(text) != text {
		h.fail(key, fmt.Errorf("text %q is longer than a card", text))
		return
	}
	h.add(Card{key, value, comment})
}

// cut returns as much of a text as a card holds, in which quotes are doubled.
func cut(text string) string {
	size := 0
	for i := range len(text) {
		if size++; text[i] == '\'' {
			size++
		}
		if size > cardSize-len("KEYWORD = ''") {
			return text[:i]
		}
	}
	return text
}

func (h *header) fail(key string, err error) {
	if h.err == nil {
		h.err = fmt.Errorf("keyword %s: %w", key, err)
	}
}

// add adds a card.
func (h *header) add(c Card) {
	if !isText(c.Comment) {
		h.fail(c.Key, fmt.Errorf("comment %q: %w", c.Comment, errText))
		return
	}
	if isCommentary(c.Key) {
		h.comment(c)
		return
	}
	start := fmt.Sprintf("%-8s= ", c.Key)
	if !shortKey.MatchString(c.Key) {
		if start = "HIERARCH " + c.Key + " = "; !longKey.MatchString(c.Key) {
			h.fail(c.Key, errors.New("expected letters, digits, - and _, in words"))
			return
		}
	}
	if text, ok := c.Value.(string); ok {
		h.addText(c, start, text)
		return
	}
	value, err := formatPlain(c.Value)
	if err != nil {
		h.fail(c.Key, err)
		return
	}
	if len(start) == 10 {
		value = fmt.Sprintf("%20s", value) // the fixed format, §4.2
	}
	h.line(c.Key, start+value, c.Comment)
}

// line adds a card of 80 bytes.
func (h *header) line(key, text, comment string) {
	if comment != "" {
		text += " / " + comment
	}
	if len(text) > cardSize {
		h.fail(key, fmt.Errorf("value and comment are %d bytes longer than a card", len(text)-cardSize))
		return
	}
	h.text = fmt.Appendf(h.text, "%-80s", text)
}

// comment adds as many COMMENT or HISTORY cards as a text needs.
func (h *header) comment(c Card) {
	if c.Value != nil {
		h.fail(c.Key, errors.New("cannot have a value"))
	}
	for text := c.Comment; ; {
		n := min(len(text), cardSize-8)
		h.text = fmt.Appendf(h.text, "%-8s%-72s", c.Key, text[:n])
		if text = text[n:]; text == "" {
			return
		}
	}
}

// addText adds a string, and goes on with it in CONTINUE cards if it, or it with its
// comment, is too long for one (§4.2.1.2).
func (h *header) addText(c Card, start, text string) {
	if !isText(text) {
		h.fail(c.Key, fmt.Errorf("text %q: %w", text, errText))
		return
	}
	quoted := strings.ReplaceAll(text, "'", "''")
	line := fmt.Sprintf("%s'%-8s'", start, quoted)
	if c.Comment == "" && len(line) <= cardSize || len(line)+3+len(c.Comment) <= cardSize || len(start) > 10 {
		h.line(c.Key, line, c.Comment)
		return
	}
	const most = cardSize - len("CONTINUE  '&'")
	for len(quoted) > most {
		n := most
		if strings.Count(quoted[:n], "'")%2 == 1 { // not within a doubled quote
			n--
		}
		h.line(c.Key, start+"'"+quoted[:n]+"&'", "")
		start, quoted = "CONTINUE  ", quoted[n:]
	}
	if last := start + "'" + quoted + "'"; len(last)+3+len(c.Comment) <= cardSize {
		h.line(c.Key, last, c.Comment)
		return
	}
	h.line(c.Key, start+"'"+quoted+"&'", "")
	h.line(c.Key, "CONTINUE  ''", c.Comment)
}

// formatPlain writes a logical, a number or nothing.
func formatPlain(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case bool:
		if v {
			return "T", nil
		}
		return "F", nil
	case int, int64:
		return fmt.Sprint(v), nil
	case float32:
		return formatFloat(float64(v), 32)
	case float64:
		return formatFloat(v, 64)
	}
	return "", fmt.Errorf("a value of type %T cannot be written", value)
}

// formatFloat writes the shortest decimal number that is read back as x (§4.2.4).
func formatFloat(x float64, bits int) (string, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "", fmt.Errorf("%g cannot be written", x)
	}
	text := strconv.FormatFloat(x, 'G', -1, bits)
	if digits, exponent, ok := strings.Cut(text, "E"); !strings.Contains(digits, ".") {
		text = digits + ".0"
		if ok {
			text += "E" + exponent
		}
	}
	return text, nil
}
