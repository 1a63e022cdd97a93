package record

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// table binds the columns of a Parquet table to the fields of its rows.
type table[T any] struct {
	name    string
	columns Columns                // except those of scores and swept keys
	fields  []int                  // columns[i] is in the row's field with this index
	index   map[string]int         // of columns
	before  int                    // number of columns before those of the scores
	blank   T                      // a row of a table that lacks the optional columns
	empty   func() ([]byte, error) // a file without rows
}

var (
	signals  = newTable[Signal]("signals")
	training = newTable[Training]("training")
	examples = newTable[Example]("examples")
)

// tableOf returns the table of a type of row.
func tableOf[T Row]() (found *table[T]) {
	for _, t := range []any{signals, training, examples} {
		if t, ok := t.(*table[T]); ok {
			found = t
		}
	}
	return found
}

// newTable reads the tags of a row's fields. Each tag names one of columns.
func newTable[T any](name string) *table[T] {
	t := &table[T]{name: name, index: map[string]int{}}
	t.empty = sync.OnceValues(func() ([]byte, error) {
		var out bytes.Buffer
		err := encode(context.Background(), &out, t.name, t.stored(nil), nil)
		return out.Bytes(), err
	})
	for i, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		tag, ok := f.Tag.Lookup("column")
		if !ok { // the scores or the swept keys' values
			if f.Type == reflect.TypeFor[[]Score]() {
				t.before = len(t.columns)
			}
			continue
		}
		c, known := columns.Find(tag)
		if !known {
			panic(fmt.Sprintf("record: field %s: no column %q", f.Name, c.Name))
		}
		c.Type = strings.TrimPrefix(f.Type.String(), "u") // as Parquet has it
		c.Title = cmp.Or(c.Title, c.Name)
		optional := f.Tag.Get("optional")
		c.Optional, c.Absent = optional != "", optional == "null"
		if blank := reflect.ValueOf(&t.blank).Elem().Field(i); c.Optional && blank.CanFloat() {
			blank.SetFloat(math.NaN())
		}
		t.index[c.Name] = len(t.columns)
		t.columns, t.fields = append(t.columns, c), append(t.fields, i)
	}
	return t
}

// Later returns the columns that were added to the tables of a cell after their first
// version, as table.column: those that an older cell may lack, unless it would have had no
// values.
func Later() (names []string) {
	for _, t := range []struct {
		name    string
		columns Columns
	}{{signals.name, signals.columns}, {examples.name, examples.columns}} {
		for _, c := range t.columns {
			if c.Optional && !c.Absent {
				names = append(names, t.name+"."+c.Name)
			}
		}
	}
	return names
}

// field returns the row's field of a column.
func (t *table[T]) field(row *T, column int) reflect.Value {
	return reflect.ValueOf(row).Elem().Field(t.fields[column])
}

// extras returns pointers to a row's scores and to the values of its swept keys. A
// pointer is nil if rows of this type have no such field.
func extras(row any) (scores *[]Score, sweep *map[string]any) {
	switch r := row.(type) {
	case *Signal:
		return &r.Scores, &r.Sweep
	case *Example:
		return nil, &r.Sweep
	}
	return nil, nil
}

// Columns returns the names of the row's columns, in the order of the table.
func (s *Signal) Columns() []string { return signals.names(s) }

// Columns returns the names of the row's columns, in the order of the table.
func (e *Example) Columns() []string { return examples.names(e) }

func (t *table[T]) names(row *T) []string {
	names := t.columns.Names()
	scores, sweep := extras(row)
	if scores != nil {
		for i, s := range *scores {
			names = slices.Insert(names, t.before+i, s.Name)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(*sweep)) {
		names = append(names, sweepPrefix+key)
	}
	return names
}

// Value returns the value of a row's column by its name, such as "mse" or
// "sweep.priors.glo.code_dim": a string, bool or float64 (integers become floats), or
// nil if there is no value. ok is false if the row has no column of that name.
func (s *Signal) Value(column string) (value any, ok bool) { return signals.value(s, column) }

// Value returns the value of a row's column by its name, as Signal.Value does.
// Columns of lists have none.
func (e *Example) Value(column string) (value any, ok bool) { return examples.value(e, column) }

func (t *table[T]) value(row *T, column string) (any, bool) {
	if i, ok := t.index[column]; ok {
		return scalar(t.field(row, i))
	}
	scores, sweep := extras(row)
	if key, ok := SweptKey(column); ok {
		v, ok := (*sweep)[key]
		return Plain(v), ok
	}
	if scores != nil && slices.ContainsFunc(*scores, func(s Score) bool { return s.Name == column }) {
		return scalar(reflect.ValueOf(scoreOf(*scores, column)))
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
		switch f := t.field(row, i); f.Kind() {
		case reflect.String:
			s, _ := v.(string)
			f.SetString(s)
		case reflect.Uint64:
			f.SetUint(uint64(number))
		case reflect.Float64:
			if !ok {
				number = math.NaN()
			}
			f.SetFloat(number)
		}
	}
}
