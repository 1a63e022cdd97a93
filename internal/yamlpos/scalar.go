package yamlpos

import (
	"encoding/json"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	anyNumber = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*|(0|[1-9][0-9]*)?\.[0-9]+|(0|[1-9][0-9]*)\.)([eE][-+]?[0-9]+)?$`)
	// oddNumber matches text that some YAML readers take for a number.
	oddNumber = regexp.MustCompile(`^[-+]?(0[xob]?[0-9a-fA-F_]+|[0-9][0-9_]*(\.[0-9_]*)?|\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
)

// isText reports whether every reader of YAML 1.2 reads a scalar as text.
func isText(n *Node) bool {
	return !n.plain && (n.Quoted || !(n.IsNull() || n.Value == "true" || n.Value == "false" ||
		strings.ContainsRune("+-.0123456789", rune(n.Value[0])) && (anyNumber.MatchString(n.Value) || oddNumber.MatchString(n.Value))))
}

// Scalar returns the value of a scalar that has no field to define its type: a float64,
// bool or string. It returns false for lists, sections, null, and numbers that JSON
// cannot hold.
func (n *Node) Scalar() (any, bool) {
	switch {
	case n.Kind != Scalar:
		return nil, false
	case isText(n):
		return n.Value, true
	case n.Value == "true" || n.Value == "false":
		return n.Value == "true", true
	}
	v, err := strconv.ParseFloat(n.Value, 64)
	return v, err == nil && (n.plain || anyNumber.MatchString(n.Value))
}

// setScalar sets dst to the value of n and reports whether f allows it.
func (f *Field) setScalar(n *Node, enum []string, dst reflect.Value) bool {
	switch f.Type {
	case Boolean:
		dst.SetBool(n.Value == "true")
		return !n.Quoted && (n.Value == "true" || n.Value == "false")
	case Text:
		dst.SetString(n.Value)
		if enum != nil {
			return slices.Contains(enum, n.Value)
		}
		return isText(n)
	case Integer:
		return f.setInteger(n, dst)
	}
	v, err := strconv.ParseFloat(n.Value, 64)
	dst.SetFloat(v)
	return err == nil && !n.Quoted && anyNumber.MatchString(n.Value) && f.Range.Contains(v)
}

func (f *Field) setInteger(n *Node, dst reflect.Value) bool {
	for _, w := range f.Words {
		if n.Value == w.Text {
			dst.SetInt(w.Value)
			return true
		}
	}
	text, ok := wholeDigits(n.Value)
	if n.Quoted || !ok {
		return false
	}
	if dst.CanUint() {
		v, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 64)
		dst.SetUint(v)
		return err == nil && !dst.OverflowUint(v) && f.Range.Contains(float64(v))
	}
	v, err := strconv.ParseInt(text, 10, 64)
	dst.SetInt(v)
	return err == nil && !dst.OverflowInt(v) && f.Range.Contains(float64(v))
}

var numberParts = regexp.MustCompile(`^([-+]?)0*([0-9]*)\.?([0-9]*?)0*(?:[eE]([-+]?[0-9]+))?$`)

// wholeDigits returns the digits of a whole number, without point or exponent: 1000 for
// 1e3. It returns false for fractions and for numbers with more digits than any integer
// type holds.
func wholeDigits(text string) (digits string, ok bool) {
	const most = 20
	parts := numberParts.FindStringSubmatch(text)
	if parts == nil || !anyNumber.MatchString(text) {
		return "", false
	}
	exponent := 0
	if parts[4] != "" {
		var err error
		if exponent, err = strconv.Atoi(parts[4]); err != nil {
			return "", false
		}
	}
	digits = strings.TrimRight(parts[2]+parts[3], "0")
	zeros := len(parts[2]) + exponent - len(digits)
	switch {
	case digits == "":
		return "0", true
	case zeros < 0 || zeros > most:
		return "", false
	}
	return parts[1] + digits + strings.Repeat("0", zeros), true
}

// Got describes a node for the first half of an error: "got 1.5", "has no value".
func (n *Node) Got() string {
	switch {
	case n.Kind == Mapping && len(n.Entries) == 0:
		return "got an empty section"
	case n.Kind == Mapping:
		return "got a section"
	case n.Kind == Sequence && len(n.Items) == 0:
		return "got an empty list"
	case n.Kind == Sequence:
		return "got a list"
	case n.IsNull():
		return "has no value"
	case isText(n):
		return "got text " + strconv.Quote(shorten(n.Value))
	}
	return "got " + shorten(n.Value)
}

// hint says how to correct a scalar whose fault is hard to see.
func (f *Field) hint(n *Node) string {
	switch v, err := strconv.ParseFloat(n.Value, 64); {
	case n.Kind != Scalar || n.Quoted || n.IsNull():
		return ""
	case f.Type == Text && !isText(n):
		return ", in quotes"
	case f.Type != Number && f.Type != Integer:
		return ""
	case err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) && anyNumber.MatchString(n.Value):
		return ""
	case oddNumber.MatchString(n.Value) && !strings.Contains(n.Value, "."):
		return ", in plain decimal digits"
	case !isText(n):
		return ", finite"
	}
	return ""
}

// reason says why a number is out of range.
func (f *Field) reason(n *Node) string {
	v, err := strconv.ParseFloat(n.Value, 64)
	if f.Why == "" || n.Kind != Scalar || n.Quoted || err != nil || f.Range.Contains(v) {
		return ""
	}
	return ": " + f.Why
}

// shorten cuts a value so that a message stays one line.
func shorten(s string) string {
	const longest = 60
	if len(s) > longest {
		return strings.ToValidUTF8(s[:longest], "") + "…"
	}
	return s
}

// number formats v as JSON does: the shortest text that reads back as v.
func number(v float64) string {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return strconv.FormatFloat(v, 'g', -1, 64) // JSON has no text for these
	}
	text, _ := json.Marshal(v)
	return string(text)
}
