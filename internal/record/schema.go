package record

import (
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// schema returns the schema of a table with the columns of some scores and swept
// keys.
func (t *table[T]) schema(scores []string, sweep []sweepColumn) *parquet.Schema {
	g := orderedGroup{Group: parquet.Group{}}
	row := new(T)
	for i, c := range t.columns {
		g.add(c.Name, nodeOf(t.at(row, t.fields[i])))
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
