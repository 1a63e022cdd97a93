package record

import (
	"math"
	"strconv"
)

// Key is what a row has in some columns, to group rows by. Keys are equal if all
// their values are, numbers to the bit; every NaN is "no value".
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
