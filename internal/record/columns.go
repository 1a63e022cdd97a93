package record

import (
	"maps"
	"math"
	"slices"
)

// Columns returns the names of the row's columns, in the order of the table.
func (s *Signal) Columns() []string { return columnsOf(s) }

// Columns returns the names of the row's columns, in the order of the table.
func (e *Example) Columns() []string { return columnsOf(e) }

func columnsOf(r row) (names []string) {
	for _, f := range r.fields() {
		names = append(names, f.name)
	}
	for _, key := range slices.Sorted(maps.Keys(*r.sweep())) {
		names = append(names, sweepPrefix+key)
	}
	return names
}

// Value returns the value of a row's column by its name, such as "mse" or
// "sweep.priors.glo.code_dim": a string, bool or float64 (integers become
// floats), or nil where there is no value. ok is false if the row has no such
// column.
func (s *Signal) Value(column string) (value any, ok bool) { return valueOf(s, column) }

// Value returns the value of a row's column by its name, as Signal.Value does.
// Columns of lists have none.
func (e *Example) Value(column string) (value any, ok bool) { return valueOf(e, column) }

func valueOf(r row, column string) (any, bool) {
	for _, f := range r.fields() {
		if f.name == column {
			return scalar(f.at)
		}
	}
	if key, ok := sweepKey(column); ok {
		v, ok := (*r.sweep())[key]
		return Plain(v), ok
	}
	return nil, false
}

// scalar returns what a field's variable holds, as Signal.Value documents it.
func scalar(at any) (any, bool) {
	switch p := at.(type) {
	case *string:
		return *p, true
	case *bool:
		return *p, true
	case *int32:
		return float64(*p), true
	case *int64:
		return float64(*p), true
	case *uint64:
		return float64(*p), true
	case *float64:
		if math.IsNaN(*p) {
			return nil, true
		}
		return *p, true
	}
	return nil, false
}
