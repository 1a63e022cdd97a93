package record

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// schema returns the schema of a table with the columns of some scores and swept
// keys.
func (t *table[T]) schema(scores []string, sweep []sweepColumn) *parquet.Schema {
	g := orderedGroup{Group: parquet.Group{}}
	row := new(T)
	for i, c := range t.columns {
		g.add(c.Name, nodeOf(t.field(row, t.fields[i])))
	}
	for i, name := range scores {
		g.Group[name] = nodeOf(new(float64))
		g.names = slices.Insert(g.names, t.before+i, name)
	}
	for _, c := range sweep {
		g.add(sweepPrefix+c.key, c.node())
	}
	return parquet.NewSchema(t.name, g)
}

// orderedGroup is a group whose columns keep the order of names; a plain
// parquet.Group sorts them.
type orderedGroup struct {
	parquet.Group
	names []string
}

func (g *orderedGroup) add(name string, node parquet.Node) {
	g.Group[name] = node
	g.names = append(g.names, name)
}

// Fields returns the columns in order.
func (g orderedGroup) Fields() []parquet.Field {
	place := make(map[string]int, len(g.names))
	for i, name := range g.names {
		place[name] = i
	}
	fields := g.Group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int { return place[a.Name()] - place[b.Name()] })
	return fields
}

func stringNode() parquet.Node {
	return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
}

// nodeOf returns the column that holds what a field holds. Only a float64 can be
// null.
func nodeOf(at any) parquet.Node {
	switch at.(type) {
	case *string:
		return stringNode()
	case *bool:
		return parquet.Leaf(parquet.BooleanType)
	case *int32:
		return parquet.Leaf(parquet.Int32Type)
	case *int64, *uint64:
		return parquet.Leaf(parquet.Int64Type)
	case *float64:
		return parquet.Optional(parquet.Leaf(parquet.DoubleType))
	case *[]float64:
		return parquet.List(parquet.Leaf(parquet.DoubleType))
	case *[]float32:
		return parquet.List(parquet.Leaf(parquet.FloatType))
	case *[]bool:
		return parquet.List(parquet.Leaf(parquet.BooleanType))
	}
	panic(fmt.Sprintf("record: no column can hold a %T", at))
}

// sweepColumn is a swept key and the type that can hold all of its values.
type sweepColumn struct {
	key  string
	kind parquet.Kind // Double, Boolean or ByteArray
}

// sweepColumns returns the columns of the swept keys in the rows, by name: of
// numbers if every value is one, of booleans likewise, and otherwise of text.
func (t *table[T]) sweepColumns(rows []T) []sweepColumn {
	if t.sweep < 0 {
		return nil
	}
	kinds := map[string]parquet.Kind{}
	for i := range rows {
		for key, v := range *t.sweepOf(&rows[i]) {
			kind := kindOf(Plain(v))
			if v == nil { // not a value, and so of any type
				kind = undecided
			}
			if k, ok := kinds[key]; ok && k != kind {
				kind = merge(k, kind)
			}
			kinds[key] = kind
		}
	}
	columns := make([]sweepColumn, 0, len(kinds))
	for _, key := range slices.Sorted(maps.Keys(kinds)) {
		if kinds[key] == undecided {
			kinds[key] = parquet.ByteArray
		}
		columns = append(columns, sweepColumn{key, kinds[key]})
	}
	return columns
}

// undecided is the kind of a column without a value yet.
const undecided = parquet.Kind(-1)

// merge returns the kind of a column that has values of two.
func merge(a, b parquet.Kind) parquet.Kind {
	switch undecided {
	case a:
		return b
	case b:
		return a
	}
	return parquet.ByteArray
}

func kindOf(v any) parquet.Kind {
	switch v.(type) {
	case float64:
		return parquet.Double
	case bool:
		return parquet.Boolean
	}
	return parquet.ByteArray
}

// Plain returns a swept value as it comes back from a file: a float64 if it is
// a number that one holds exactly, a bool, or a string, which is the JSON text of
// all else. A missing value stays nil.
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

// text returns v as text: a string is itself, all else its JSON.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil { // such as a map with keys of any type, as YAML has
		return fmt.Sprint(v)
	}
	return string(b)
}

// value returns the Parquet value of one row's entry for the column.
func (c sweepColumn) value(sweep map[string]any, column int) parquet.Value {
	v := Plain(sweep[c.key])
	if f, ok := v.(float64); v == nil || ok && f != f {
		return parquet.NullValue().Level(0, 0, column)
	}
	if c.kind == parquet.ByteArray {
		v = text(v)
	}
	return parquet.ValueOf(v).Level(0, 1, column)
}

func (c sweepColumn) node() parquet.Node {
	switch c.kind {
	case parquet.Double:
		return parquet.Optional(parquet.Leaf(parquet.DoubleType))
	case parquet.Boolean:
		return parquet.Optional(parquet.Leaf(parquet.BooleanType))
	}
	return parquet.Optional(stringNode())
}
