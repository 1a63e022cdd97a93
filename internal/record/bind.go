package record

import (
	"fmt"
	"math"

	"github.com/parquet-go/parquet-go"
)

// setter sets what a row holds of one column of a file; nil ignores the column.
type setter[T any] func(row *T, values []parquet.Value)

// bind returns the setters of a file's leaf columns, in their order, once all
// that the row needs are there with the types that it needs. Of other columns,
// sweep.<key> is a swept key's, and one of optional doubles a score's: programs
// differ in the scores that they compute.
func (t *table[T]) bind(schema *parquet.Schema) ([]setter[T], error) {
	to := make([]setter[T], len(schema.Columns()))
	row := new(T)
	for i, c := range t.columns {
		field := t.fields[i]
		leaf, err := lookup(schema, c.Name, nodeOf(t.at(row, field)))
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", c.Name, err)
		}
		to[leaf.ColumnIndex] = func(row *T, values []parquet.Value) { set(t.at(row, field), values) }
	}
	scores := 0
	for _, path := range schema.Columns() {
		leaf, _ := schema.Lookup(path...)
		flat := len(path) == 1 && leaf.MaxRepetitionLevel == 0
		kind := leaf.Node.Type().Kind()
		key, swept := SweptKey(path[0])
		switch {
		case to[leaf.ColumnIndex] != nil:
		case swept && t.sweep >= 0 && !flat:
			return nil, fmt.Errorf("column %q: is nested, expected one value per row", path[0])
		case swept && t.sweep >= 0:
			if kind != parquet.Double && kind != parquet.Boolean && kind != parquet.ByteArray {
				return nil, fmt.Errorf("column %q: type %s, expected DOUBLE, BOOLEAN or BYTE_ARRAY", path[0], kind)
			}
			to[leaf.ColumnIndex] = t.sweepSetter(key)
		case t.scores >= 0 && flat && kind == parquet.Double && leaf.Node.Optional():
			scores++
			to[leaf.ColumnIndex] = t.scoreSetter(path[0], &scores)
		}
	}
	return to, nil
}

func (t *table[T]) sweepSetter(key string) setter[T] {
	return func(row *T, values []parquet.Value) {
		v := sweepValue(values[0])
		if v == nil {
			return
		}
		at := t.sweepOf(row)
		if *at == nil {
			*at = map[string]any{}
		}
		(*at)[key] = v
	}
}

// scoreSetter appends a score to a row's, of which there will be n.
func (t *table[T]) scoreSetter(name string, n *int) setter[T] {
	return func(row *T, values []parquet.Value) {
		at := t.scoresOf(row)
		if *at == nil {
			*at = make([]Score, 0, *n)
		}
		score := Score{Name: name, Value: math.NaN()}
		set(&score.Value, values)
		*at = append(*at, score)
	}
}

// lookup finds a column in a file and checks its type by the node that it should be.
func lookup(schema *parquet.Schema, name string, node parquet.Node) (parquet.LeafColumn, error) {
	path := []string{name}
	if !node.Leaf() {
		path = []string{name, "list", "element"}
	}
	want, _ := parquet.NewSchema("", parquet.Group{name: node}).Lookup(path...)
	leaf, ok := schema.Lookup(path...)
	if !ok {
		return leaf, fmt.Errorf("missing, expected a column of %s", kindText(want))
	}
	// A scalar column may be optional or not, as other programs write both.
	if leaf.Node.Type().Kind() != want.Node.Type().Kind() ||
		leaf.MaxRepetitionLevel != want.MaxRepetitionLevel ||
		want.MaxRepetitionLevel > 0 && leaf.MaxDefinitionLevel != want.MaxDefinitionLevel {
		return leaf, fmt.Errorf("%s, expected %s", kindText(leaf), kindText(want))
	}
	return leaf, nil
}

func kindText(leaf parquet.LeafColumn) string {
	kind := leaf.Node.Type().Kind().String()
	if leaf.MaxRepetitionLevel > 0 {
		return "lists of required " + kind
	}
	return kind
}
