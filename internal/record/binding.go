package record

import (
	"fmt"

	"github.com/parquet-go/parquet-go"
)

// target is where the values of a file's column go: to the field with an index,
// or else (field < 0) to a swept key, or else (an empty key) nowhere.
type target struct {
	field int
	sweep string
}

// binding returns the targets of a file's leaf columns, in their order, once
// all that the row needs are there with the types that it needs.
func binding(schema *parquet.Schema, r row) ([]target, error) {
	to := make([]target, len(schema.Columns()))
	for i := range to {
		to[i].field = -1
	}
	for i, f := range r.fields() {
		leaf, err := lookup(schema, f)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", f.name, err)
		}
		to[leaf.ColumnIndex].field = i
	}
	if r.sweep() == nil {
		return to, nil
	}
	for _, path := range schema.Columns() {
		key, ok := sweepKey(path[0])
		if !ok {
			continue
		}
		leaf, _ := schema.Lookup(path...)
		if len(path) > 1 || leaf.MaxRepetitionLevel > 0 {
			return nil, fmt.Errorf("column %q: is nested, expected one value per row", path[0])
		}
		switch kind := leaf.Node.Type().Kind(); kind {
		case parquet.Double, parquet.Boolean, parquet.ByteArray:
			to[leaf.ColumnIndex].sweep = key
		default:
			return nil, fmt.Errorf("column %q: type %s, expected DOUBLE, BOOLEAN or BYTE_ARRAY", path[0], kind)
		}
	}
	return to, nil
}

// lookup finds a field's column in a file and checks its type.
func lookup(schema *parquet.Schema, f field) (parquet.LeafColumn, error) {
	want, _ := schemaOf("", []field{f}, nil).Lookup(leafPath(f)...)
	leaf, ok := schema.Lookup(leafPath(f)...)
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

// leafPath returns the path of the Parquet leaf that holds a field's values.
func leafPath(f field) []string {
	if nodeOf(f.at).Leaf() {
		return []string{f.name}
	}
	return []string{f.name, "list", "element"}
}

func kindText(leaf parquet.LeafColumn) string {
	kind := leaf.Node.Type().Kind().String()
	if leaf.MaxRepetitionLevel > 0 {
		return "lists of required " + kind
	}
	return kind
}
