package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// Setting is one value of a resolved spec under its dotted key, such as
// "priors.glo.code_dim": a float64, bool, string or nil, or a list of values
// ([]any), in which sections are map[string]any.
type Setting struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// Settings are the values of a spec by key. A swept key has two: its own, which
// the sweep replaces, and "sweep.<key>" with the list of those that it takes at
// any point.
type Settings []Setting

// Get returns the value of a key.
func (s Settings) Get(key string) (value any, ok bool) {
	i, ok := slices.BinarySearchFunc(s, key, func(s Setting, key string) int { return cmp.Compare(s.Key, key) })
	if !ok {
		return nil, false
	}
	return s[i].Value, true
}

// Takes returns the values that a key has at the points of the sweep: those of
// the sweep, or else the one of the base.
func (s Settings) Takes(key string) []any {
	if list, ok := s.Get(sweepPrefix + key); ok {
		if values, ok := list.([]any); ok {
			return values
		}
	}
	if v, ok := s.Get(key); ok {
		return []any{v}
	}
	return nil
}

// MarshalJSON returns an object with the keys in order.
func (s Settings) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, setting := range s {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%s:%s", Text(setting.Key), Text(setting.Value))
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Text returns the JSON of a setting's value.
func Text(value any) string {
	text, err := json.Marshal(value)
	if err != nil { // an infinite number, which no spec can hold
		return fmt.Sprintf("%q", fmt.Sprint(value))
	}
	return string(text)
}

// Same tells whether two values of settings are equal.
func Same(a, b any) bool {
	switch a.(type) {
	case []any, map[string]any:
		return Text(a) == Text(b)
	}
	switch b.(type) {
	case []any, map[string]any:
		return false
	}
	return a == b
}
