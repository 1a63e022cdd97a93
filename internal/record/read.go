package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/parquet-go/parquet-go"
)

// maxRows bounds the rows that a file may have: a column of nulls costs a file
// nothing, but a row of ours costs memory.
const maxRows = 1 << 23

// ReadSignals reads a table. Each column of optional doubles that it does not
// know is a score; other such columns are ignored. Errors name the file and the
// column.
func ReadSignals(path string) ([]Signal, error) { return signals.read(path) }

// ReadTraining reads a table as ReadSignals does.
func ReadTraining(path string) ([]Training, error) { return training.read(path) }

// ReadExamples reads a table as ReadSignals does.
func ReadExamples(path string) ([]Example, error) { return examples.read(path) }

// DecodeSignals reads a table from the bytes of its file.
func DecodeSignals(data []byte) ([]Signal, error) { return signals.decode(data) }

// DecodeTraining reads a table from the bytes of its file.
func DecodeTraining(data []byte) ([]Training, error) { return training.decode(data) }

// DecodeExamples reads a table from the bytes of its file.
func DecodeExamples(data []byte) ([]Example, error) { return examples.decode(data) }

func (t *table[T]) read(path string) ([]T, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	rows, err := t.decode(data)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", path, err)
	}
	return rows, nil
}

// decode reads a table from the bytes of a Parquet file.
func (t *table[T]) decode(data []byte) (rows []T, err error) {
	// parquet-go panics on some damaged pages, in code that has no way to return
	// an error; a damaged file must not end the program.
	defer func() {
		if r := recover(); r != nil {
			rows, err = nil, fmt.Errorf("damaged Parquet file: %v", r)
		}
	}()
	if err := checkFooter(data); err != nil {
		return nil, err
	}
	file, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)),
		parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("not a readable Parquet file: %w", err)
	}
	if n := file.NumRows(); n < 0 || n > maxRows {
		return nil, fmt.Errorf("claims %d rows; at most %d can be read", n, maxRows)
	}
	if err := checkPages(data, file.Metadata()); err != nil {
		return nil, err
	}
	to, err := t.bind(file.Schema())
	if err != nil {
		return nil, err
	}
	for _, group := range file.RowGroups() {
		if rows, err = appendRows(rows, group, to); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// appendRows reads the rows of one row group.
func appendRows[T any](rows []T, group parquet.RowGroup, to []setter[T]) ([]T, error) {
	r := group.Rows()
	defer r.Close()
	buffer := make([]parquet.Row, batch)
	for {
		n, err := r.ReadRows(buffer)
		for _, values := range buffer[:n] {
			rows = append(rows, *new(T))
			row := &rows[len(rows)-1]
			values.Range(func(column int, v []parquet.Value) bool {
				if to[column] != nil {
					to[column](row, v)
				}
				return true
			})
		}
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return nil, fmt.Errorf("row %d: %w", len(rows), err)
		case n == 0:
			return nil, fmt.Errorf("row %d: the file ends early", len(rows))
		case len(rows) > maxRows:
			return nil, fmt.Errorf("more than %d rows", maxRows)
		}
	}
}

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
		leaf, err := lookup(schema, c.Name, nodeOf(t.field(row, field)))
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", c.Name, err)
		}
		to[leaf.ColumnIndex] = func(row *T, values []parquet.Value) { set(t.field(row, field), values) }
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

// scoreSetter appends a score to those of a row, n in the end.
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
