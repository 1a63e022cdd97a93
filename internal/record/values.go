package record

import (
	"fmt"
	"math"

	"github.com/parquet-go/parquet-go"
)

// appendValues appends the Parquet values of what a field holds.
func appendValues(dst []parquet.Value, at any, column int) []parquet.Value {
	one := func(v any) []parquet.Value {
		return append(dst, parquet.ValueOf(v).Level(0, 0, column))
	}
	switch p := at.(type) {
	case *string:
		return one(*p)
	case *bool:
		return one(*p)
	case *int32:
		return one(*p)
	case *int64:
		return one(*p)
	case *uint64:
		return one(int64(*p))
	case *float64:
		if math.IsNaN(*p) {
			return append(dst, parquet.NullValue().Level(0, 0, column))
		}
		return append(dst, parquet.DoubleValue(*p).Level(0, 1, column))
	case *[]float64:
		return appendList(dst, *p, parquet.DoubleValue, column)
	case *[]float32:
		return appendList(dst, *p, parquet.FloatValue, column)
	case *[]bool:
		return appendList(dst, *p, parquet.BooleanValue, column)
	}
	panic(fmt.Sprintf("record: no column can hold a %T", at))
}

// appendList appends a list: an empty one is a null, and all entries but the
// first repeat (Parquet's definition and repetition levels).
func appendList[E any](dst []parquet.Value, list []E, value func(E) parquet.Value, column int) []parquet.Value {
	if len(list) == 0 {
		return append(dst, parquet.NullValue().Level(0, 0, column))
	}
	for i, e := range list {
		dst = append(dst, value(e).Level(min(i, 1), 1, column))
	}
	return dst
}

// set sets a field to one row's values of a column, whose type has
// been checked. A null is NaN, or the zero value of a type without NaN.
func set(at any, values []parquet.Value) {
	v := values[0]
	switch p := at.(type) {
	case *string:
		*p = string(v.ByteArray())
	case *bool:
		*p = v.Boolean()
	case *int32:
		*p = v.Int32()
	case *int64:
		*p = v.Int64()
	case *uint64:
		*p = v.Uint64()
	case *float64:
		*p = math.NaN()
		if !v.IsNull() {
			*p = v.Double()
		}
	case *[]float64:
		*p = list(values, parquet.Value.Double)
	case *[]float32:
		*p = list(values, parquet.Value.Float)
	case *[]bool:
		*p = list(values, parquet.Value.Boolean)
	}
}

func list[E any](values []parquet.Value, entry func(parquet.Value) E) []E {
	if values[0].IsNull() {
		return nil
	}
	entries := make([]E, len(values))
	for i, v := range values {
		entries[i] = entry(v)
	}
	return entries
}

// sweepValue returns a value of a sweep's column as Plain does; nil for null.
func sweepValue(v parquet.Value) any {
	switch {
	case v.IsNull():
		return nil
	case v.Kind() == parquet.Double:
		return v.Double()
	case v.Kind() == parquet.Boolean:
		return v.Boolean()
	}
	return string(v.ByteArray())
}
