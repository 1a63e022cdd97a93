// Package settings lists the values of a spec, or of any JSON object, under dotted
// keys, and finds the keys at which two lists differ.
package settings

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// Setting is one value under its dotted key, such as "priors.glo.code_dim": a
// float64, bool, string or nil, or a list of values ([]any), in which sections
// are map[string]any.
type Setting struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// List is sorted by key and has each key once. A swept key of a spec has two settings:
// its own value, which the sweep replaces, and "sweep.<key>" with the list of values
// that it takes.
type List []Setting

// Get returns the value of a key.
func (l List) Get(key string) (value any, ok bool) {
	i, ok := slices.BinarySearchFunc(l, key, func(s Setting, key string) int { return cmp.Compare(s.Key, key) })
	if !ok {
		return nil, false
	}
	return l[i].Value, true
}

// Takes returns the values that a key has at the points of the sweep or, if it is not
// swept, its only value.
func (l List) Takes(key string) []any {
	swept, _ := l.Get(sweepPrefix + key)
	if values, ok := swept.([]any); ok {
		return values
	}
	if v, ok := l.Get(key); ok {
		return []any{v}
	}
	return nil
}

// MarshalJSON returns an object with the keys in order.
func (l List) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, s := range l {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%s:%s", Text(s.Key), Text(s.Value))
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Text returns the JSON of a value.
func Text(value any) string {
	text, err := json.Marshal(value)
	if err != nil { // an infinite number; no spec can hold one
		return fmt.Sprintf("%q", fmt.Sprint(value))
	}
	return string(text)
}

// Change is a key at which two lists differ. The side that lacks the key is nil.
type Change struct {
	Key  string
	A, B *Setting
}

// Diff returns the keys at which two lists differ, in order.
func Diff(a, b List) (changes []Change) {
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Key < b[0].Key:
			changes, a = append(changes, Change{a[0].Key, &a[0], nil}), a[1:]
		case len(a) == 0 || b[0].Key < a[0].Key:
			changes, b = append(changes, Change{b[0].Key, nil, &b[0]}), b[1:]
		default:
			if !reflect.DeepEqual(a[0].Value, b[0].Value) {
				changes = append(changes, Change{a[0].Key, &a[0], &b[0]})
			}
			a, b = a[1:], b[1:]
		}
	}
	return changes
}
