package record

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
)

// table binds the columns of a Parquet table to the fields of its rows.
type table[T any] struct {
	name    string
	columns Columns        // but for those of scores and swept keys
	fields  []int          // columns[i] is in the row's field with this index
	index   map[string]int // of columns
	scores  int            // the field of the scores, or -1
	before  int            // how many columns stand before those of the scores
	sweep   int            // the field of the swept keys' values, or -1
}

// newTable reads the tags of a row's fields. Each names one of columns.
func newTable[T any](name string) *table[T] {
	t := &table[T]{name: name, index: map[string]int{}, scores: -1, sweep: -1}
	row := reflect.TypeFor[T]()
	for i := range row.NumField() {
		f := row.Field(i)
		switch f.Type {
		case reflect.TypeFor[[]Score]():
			t.scores, t.before = i, len(t.columns)
			continue
		case reflect.TypeFor[map[string]any]():
			t.sweep = i
			continue
		}
		c, known := columns.Find(f.Tag.Get("column"))
		if !known {
			panic(fmt.Sprintf("record: field %s: no column %q", f.Name, c.Name))
		}
		c.Type = strings.TrimPrefix(f.Type.String(), "u") // as Parquet has it
		c.Title = cmp.Or(c.Title, c.Name)
		t.index[c.Name] = len(t.columns)
		t.columns, t.fields = append(t.columns, c), append(t.fields, i)
	}
	return t
}

// field returns a pointer to a row's field: a *string, *bool, *int32, *int64,
// *uint64, *float64, *[]float64, *[]float32, *[]bool, *[]Score or *map[string]any.
func (t *table[T]) field(row *T, index int) any {
	return reflect.ValueOf(row).Elem().Field(index).Addr().Interface()
}

// scoresOf returns where a row's scores are; nil in a table without.
func (t *table[T]) scoresOf(row *T) *[]Score {
	if t.scores < 0 {
		return nil
	}
	return t.field(row, t.scores).(*[]Score)
}

// sweepOf returns where a row's swept values are; nil in a table without.
func (t *table[T]) sweepOf(row *T) *map[string]any {
	if t.sweep < 0 {
		return nil
	}
	return t.field(row, t.sweep).(*map[string]any)
}

// Columns returns the names of the row's columns, in the order of the table.
func (s *Signal) Columns() []string { return signals.names(s) }

// Columns returns the names of the row's columns, in the order of the table.
func (e *Example) Columns() []string { return examples.names(e) }

func (t *table[T]) names(row *T) []string {
	names := t.columns.Names()
	if scores := t.scoresOf(row); scores != nil {
		for i, s := range *scores {
			names = slices.Insert(names, t.before+i, s.Name)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(*t.sweepOf(row))) {
		names = append(names, sweepPrefix+key)
	}
	return names
}

// Value returns the value of a row's column by its name, such as "mse" or
// "sweep.priors.glo.code_dim": a string, bool or float64 (integers become
// floats), or nil where there is no value. ok is false if the row has no such
// column.
func (s *Signal) Value(column string) (value any, ok bool) { return signals.value(s, column) }

// Value returns the value of a row's column by its name, as Signal.Value does.
// Columns of lists have none.
func (e *Example) Value(column string) (value any, ok bool) { return examples.value(e, column) }

func (t *table[T]) value(row *T, column string) (any, bool) {
	if i, ok := t.index[column]; ok {
		return scalar(t.field(row, t.fields[i]))
	}
	if key, ok := SweptKey(column); ok {
		v, ok := (*t.sweepOf(row))[key]
		return Plain(v), ok
	}
	if scores := t.scoresOf(row); scores != nil {
		for i := range *scores {
			if s := &(*scores)[i]; s.Name == column {
				return scalar(&s.Value)
			}
		}
	}
	return nil, false
}

// Show sets every column that shows a key of the spec to the key's value: a
// string, a float64, or nil for none.
func (s *Signal) Show(value func(key string) any) { signals.show(s, value) }

// Show sets every column that shows a key of the spec, as Signal.Show does.
func (e *Example) Show(value func(key string) any) { examples.show(e, value) }

func (t *table[T]) show(row *T, value func(key string) any) {
	for i, c := range t.columns {
		if c.Key == "" {
			continue
		}
		v := value(c.Key)
		number, ok := v.(float64)
		switch at := t.field(row, t.fields[i]).(type) {
		case *string:
			*at, _ = v.(string)
		case *uint64:
			*at = uint64(number)
		case *float64:
			if *at = number; !ok {
				*at = math.NaN()
			}
		}
	}
}

// scalar returns what a field holds, as Signal.Value documents it.
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
