package record

import (
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// schemaOf returns the schema of a table's columns.
func schemaOf(name string, fields []field, sweep []sweepColumn) *parquet.Schema {
	g := orderedGroup{Group: parquet.Group{}}
	add := func(name string, node parquet.Node) {
		g.Group[name] = node
		g.names = append(g.names, name)
	}
	for _, f := range fields {
		add(f.name, nodeOf(f.at))
	}
	for _, c := range sweep {
		add(sweepPrefix+c.key, c.node())
	}
	return parquet.NewSchema(name, g)
}

// orderedGroup is a group whose columns keep the order of names; a plain
// parquet.Group sorts them.
type orderedGroup struct {
	parquet.Group
	names []string
}

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

// nodeOf returns the column that holds what a field's variable holds. Only a
// float64 can be null.
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
