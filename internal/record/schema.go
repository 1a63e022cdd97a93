package record

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// stored is a column of a file: its type, and what appends a row's values of it.
type stored[T any] struct {
	name   string
	node   parquet.Node
	values func(dst parquet.Row, row *T, column int) parquet.Row
}

// stored returns the columns of a file of some rows, in order.
func (t *table[T]) stored(rows []T) (list []stored[T]) {
	for i, c := range t.columns {
		list = append(list, stored[T]{c.Name, nodeOf(t.field(new(T), i).Type()), func(dst parquet.Row, row *T, column int) parquet.Row {
			return appendValues(dst, t.field(row, i), column)
		}})
	}
	for i, name := range scoreNames(rows) {
		list = slices.Insert(list, t.before+i, stored[T]{name, nodeOf(reflect.TypeFor[float64]()), func(dst parquet.Row, row *T, column int) parquet.Row {
			scores, _ := extras(row)
			return appendValues(dst, reflect.ValueOf(scoreOf(*scores, name)), column)
		}})
	}
	kinds := sweepKinds(rows)
	for _, key := range slices.Sorted(maps.Keys(kinds)) {
		kind := cmp.Or(kinds[key], reflect.String)
		list = append(list, stored[T]{sweepPrefix + key, parquet.Optional(leaves[kind]), func(dst parquet.Row, row *T, column int) parquet.Row {
			_, sweep := extras(row)
			return append(dst, sweptValue((*sweep)[key], kind, column))
		}})
	}
	return list
}

// sweepKinds returns the type that holds all of the rows' values of each swept
// key: numbers if every value is one, booleans likewise, and otherwise text. It is
// reflect.Invalid for a key without a value.
func sweepKinds[T any](rows []T) map[string]reflect.Kind {
	kinds := map[string]reflect.Kind{}
	for i := range rows {
		_, sweep := extras(&rows[i])
		if sweep == nil {
			return nil
		}
		for key, v := range *sweep {
			kind := reflect.ValueOf(Plain(v)).Kind()
			switch old := kinds[key]; {
			case old == reflect.Invalid || old == kind:
				kinds[key] = kind
			case kind != reflect.Invalid:
				kinds[key] = reflect.String
			}
		}
	}
	return kinds
}

// sweptValue returns the Parquet value of a swept key in a column of a kind.
func sweptValue(v any, kind reflect.Kind, column int) parquet.Value {
	v = Plain(v)
	if f, ok := v.(float64); v == nil || ok && f != f {
		return parquet.NullValue().Level(0, 0, column)
	}
	if kind == reflect.String {
		v = text(v)
	}
	return parquet.ValueOf(v).Level(0, 1, column)
}

// schema returns the schema of a file.
func (t *table[T]) schema(columns []stored[T]) *parquet.Schema {
	g, place := orderedGroup{Group: parquet.Group{}}, map[string]int{}
	for i, c := range columns {
		g.Group[c.name], place[c.name] = c.node, i
	}
	g.fields = g.Group.Fields()
	slices.SortFunc(g.fields, func(a, b parquet.Field) int { return place[a.Name()] - place[b.Name()] })
	return parquet.NewSchema(t.name, g)
}

// orderedGroup is a group with columns in an order of its own; a plain
// parquet.Group sorts them by name.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

// Fields returns the columns in order.
func (g orderedGroup) Fields() []parquet.Field { return g.fields }
