package store

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"sedlab/internal/settings"
	"sedlab/internal/yamlpos"
)

// Condition compares the values that a key of the spec takes in a run with one.
type Condition struct {
	Key   string
	Value any // as in settings.Setting
	op    operator
}

// operator is a comparison. holds reports whether it is true of the values that a
// key takes, of which there is at least one.
type operator struct {
	text  string
	holds func(values []any, v any) bool
}

// operators are tried in order, so "<=" stands before "<".
var operators = []operator{
	{"!=", func(values []any, v any) bool { return !anySame(values, v) }},
	{"<=", ordered(func(c int) bool { return c <= 0 })},
	{">=", ordered(func(c int) bool { return c >= 0 })},
	{"=", anySame},
	{"<", ordered(func(c int) bool { return c < 0 })},
	{">", ordered(func(c int) bool { return c > 0 })},
}

// ParseCondition reads a condition such as "priors.glo.code_dim>=50".
func ParseCondition(text string) (Condition, error) {
	at := strings.IndexAny(text, "!<>=")
	if at <= 0 {
		return Condition{}, fmt.Errorf("condition %q: expected key=value, or one of != < <= > >= for =", text)
	}
	for _, op := range operators {
		value, ok := strings.CutPrefix(text[at:], op.text)
		if !ok {
			continue
		}
		v, err := parseValue(strings.TrimSpace(value))
		if err != nil {
			return Condition{}, fmt.Errorf("condition %q: %w", text, err)
		}
		return Condition{Key: strings.TrimSpace(text[:at]), Value: v, op: op}, nil
	}
	return Condition{}, fmt.Errorf("condition %q: expected one of = != < <= > >= after the key", text)
}

// parseValue reads a value as a spec does, except that no value is the empty text.
func parseValue(text string) (any, error) {
	if text == "" {
		return "", nil
	}
	var errs yamlpos.Errors
	n := yamlpos.ParseValue(text, "value", &errs)
	if err := errs.Err(); err != nil {
		return nil, err
	}
	if n == nil {
		return nil, errors.New("not a value")
	}
	return settings.Plain(n), nil
}

// Holds reports whether the condition is true of a run with these settings. One
// value of a swept key is enough; for != none may be equal. No condition is true
// of a run without the key.
func (c Condition) Holds(s settings.List) bool {
	values := s.Takes(c.Key)
	return len(values) > 0 && c.op.holds(values, c.Value)
}

func anySame(values []any, v any) bool {
	return slices.ContainsFunc(values, func(have any) bool { return reflect.DeepEqual(have, v) })
}

// ordered returns a comparison by order, of numbers with numbers and of text
// with text.
func ordered(accept func(int) bool) func(values []any, v any) bool {
	return func(values []any, v any) bool {
		return slices.ContainsFunc(values, func(have any) bool {
			order, ok := compare(have, v)
			return ok && accept(order)
		})
	}
}

// compare orders two values; ok is false if they have no order.
func compare(a, b any) (order int, ok bool) {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return cmp.Compare(a, b), ok
	case string:
		b, ok := b.(string)
		return cmp.Compare(a, b), ok
	}
	return 0, false
}
