package record

import (
	"fmt"
	"math"
	"reflect"

	"github.com/parquet-go/parquet-go"
)

// leaves lists the Parquet types of values that are never null, by the kind of their Go
// type.
var leaves = map[reflect.Kind]parquet.Node{
	reflect.String:  parquet.Encoded(parquet.String(), &parquet.RLEDictionary),
	reflect.Bool:    parquet.Leaf(parquet.BooleanType),
	reflect.Int32:   parquet.Leaf(parquet.Int32Type),
	reflect.Int64:   parquet.Leaf(parquet.Int64Type),
	reflect.Uint64:  parquet.Leaf(parquet.Int64Type),
	reflect.Float32: parquet.Leaf(parquet.FloatType),
	reflect.Float64: parquet.Leaf(parquet.DoubleType),
}

// nodeOf returns the column that holds values of a Go type. Only a float64 and a
// list can be null.
func nodeOf(t reflect.Type) parquet.Node {
	if t.Kind() == reflect.Slice {
		return parquet.List(leaves[t.Elem().Kind()])
	}
	leaf, ok := leaves[t.Kind()]
	if !ok {
		panic(fmt.Sprintf("record: no column can hold a %s", t))
	}
	if t.Kind() == reflect.Float64 {
		return parquet.Optional(leaf)
	}
	return leaf
}

// missing reports whether a value means "no value".
func missing(v any) bool {
	f, ok := v.(float64)
	return v == nil || ok && math.IsNaN(f)
}

// appendValues appends a row's Parquet values in a column, which may be optional.
func appendValues(dst parquet.Row, v any, optional bool, column int) parquet.Row {
	switch v := v.(type) {
	case []float64:
		return appendList(dst, v, parquet.DoubleValue, column)
	case []float32:
		return appendList(dst, v, parquet.FloatValue, column)
	case []bool:
		return appendList(dst, v, parquet.BooleanValue, column)
	}
	switch {
	case missing(v):
		return append(dst, parquet.NullValue().Level(0, 0, column))
	case optional:
		return append(dst, parquet.ValueOf(v).Level(0, 1, column))
	}
	return append(dst, parquet.ValueOf(v).Level(0, 0, column))
}

// appendList appends a list with Parquet's definition and repetition levels: an empty
// list is a null, and every entry after the first repeats.
func appendList[E any](dst parquet.Row, list []E, value func(E) parquet.Value, column int) parquet.Row {
	if len(list) == 0 {
		return append(dst, parquet.NullValue().Level(0, 0, column))
	}
	for i, e := range list {
		dst = append(dst, value(e).Level(min(i, 1), 1, column))
	}
	return dst
}

// set sets a row's field to its values in a column, whose type has been checked. A null
// becomes NaN, or the zero value if the type has no NaN. last is the column's last text,
// which is shared if it comes again. set returns the memory [bytes] of a new text or list.
func set(field reflect.Value, values []parquet.Value, last *string) (took int64) {
	v := values[0]
	switch at := field.Addr().Interface().(type) {
	case *[]float64:
		*at = list(values, parquet.Value.Double)
		took = int64(8 * len(values))
	case *[]float32:
		*at = list(values, parquet.Value.Float)
		took = int64(4 * len(values))
	case *[]bool:
		*at = list(values, parquet.Value.Boolean)
		took = int64(len(values))
	case *float64:
		*at = math.NaN()
		if !v.IsNull() {
			*at = v.Double()
		}
	case *string:
		if v.Kind() == parquet.ByteArray { // a damaged page may have values of another type
			*last, took = again(*last, v.ByteArray())
			*at = *last
		} else if !v.IsNull() {
			panic(fmt.Sprintf("a value of type %s, expected %s", v.Kind(), parquet.ByteArray))
		}
	case *bool:
		*at = v.Boolean()
	case *int32:
		*at = v.Int32()
	case *int64:
		*at = v.Int64()
	case *uint64:
		*at = v.Uint64()
	}
	return took
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

// scalar returns the value of a field, as documented at Signal.Value.
func scalar(field reflect.Value) (value any, ok bool) {
	switch {
	case field.Kind() == reflect.Slice:
		return nil, false
	case field.CanInt():
		return float64(field.Int()), true
	case field.CanUint():
		return float64(field.Uint()), true
	case field.CanFloat() && math.IsNaN(field.Float()):
		return nil, true
	}
	return field.Interface(), true
}
