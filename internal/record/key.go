package record

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
)

// Key identifies the values of some columns, to group rows by them. Two keys are equal
// if all their values are equal, numbers bit for bit. Every NaN counts as "no value".
type Key struct{ text string }

// KeyOf returns the key of some values, which may be of any type that Plain takes.
func KeyOf(values ...any) Key {
	var b []byte
	for _, v := range values {
		switch v := Plain(v).(type) {
		case nil:
			b = append(b, 'n')
		case bool:
			b = strconv.AppendBool(b, v)
		case float64:
			if v == v {
				b = strconv.AppendUint(b, math.Float64bits(v), 16)
			} else {
				b = append(b, 'n')
			}
		case string:
			b = strconv.AppendQuote(b, v)
		}
		b = append(b, ' ')
	}
	return Key{string(b)}
}

// Plain returns a swept value as a file gives it back. A number that a float64 holds
// exactly is a float64; a bool is a bool; any other value is a string, which holds its
// JSON unless it was one already. A missing value stays nil.
func Plain(v any) any {
	r := reflect.ValueOf(v)
	switch {
	case v == nil:
		return nil
	case r.CanInt() && int64(float64(r.Int())) == r.Int():
		return float64(r.Int())
	case r.CanUint() && uint64(float64(r.Uint())) == r.Uint():
		return float64(r.Uint())
	case r.CanFloat():
		return r.Float()
	case r.Kind() == reflect.Bool:
		return r.Bool()
	case r.Kind() == reflect.String:
		return r.String()
	}
	return text(v)
}

// text returns v as text: a string itself, or the JSON of any other value.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil { // for example a YAML map whose keys are not strings
		return fmt.Sprint(v)
	}
	return string(b)
}
