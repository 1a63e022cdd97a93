package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unsafe"

	"github.com/parquet-go/parquet-go"
)

// MaxBytes is the size of the largest file that is read.
const MaxBytes = 4 << 30

// MaxRows is the number of rows of the largest table that is read. A column of nulls costs
// a file nothing, but each row that we read costs memory.
const MaxRows = 1 << 23

// maxScores bounds the columns of errors, of which each is compared with the others.
const maxScores = 200

// Decode reads a table from the bytes of its file. Each column of optional doubles that it
// does not know is a score; other such columns are ignored. Errors name the column. If ctx
// ends first, Decode returns ctx's error; if the table takes more than WithLimit allows, a
// *LimitError.
func Decode[T Row](ctx context.Context, data []byte) (rows []T, err error) {
	// parquet-go panics on some damaged pages, in code that has no way to return
	// an error; a damaged file must not end the program.
	defer func() {
		if r := recover(); r != nil {
			rows, err = nil, fmt.Errorf("damaged Parquet file: %v", r)
		}
	}()
	budget := budgetIn(ctx, len(data))
	defer func() { err = orLimit(ctx, len(data), err) }()
	file, err := open(bytes.NewReader(data), int64(len(data)))
	if err == nil {
		err = checkRows(file.NumRows())
	}
	if err == nil {
		err = checkPages(data, 0, file.Metadata().RowGroups, budgetOf(len(data)), budget)
	}
	if err != nil {
		return nil, err
	}
	t := tableOf[T]()
	in := reader[T]{budget: budget, left: budget, blank: t.blank}
	if err := in.bind(t, file.Schema()); err != nil {
		return nil, err
	}
	if in.left -= file.NumRows() * in.width; in.left < 0 {
		return nil, in.excess("%d rows are too many for a file of %d bytes", file.NumRows(), len(data))
	}
	rows = make([]T, 0, file.NumRows())
	for _, group := range file.RowGroups() {
		if rows, err = in.appendRows(ctx, rows, group); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// open opens a Parquet file of any columns. It refuses lengths beyond the file before parquet-go
// takes memory for them; pages are still to be checked.
func open(r io.ReaderAt, size int64) (*parquet.File, error) {
	if err := checkFooter(r, size); err != nil {
		return nil, err
	}
	file, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, fmt.Errorf("not a readable Parquet file: %w", err)
	}
	return file, nil
}

// checkRows refuses numbers of rows that cannot be.
func checkRows(n int64) error {
	if n < 0 || n > MaxRows {
		return fmt.Errorf("claims %d rows; at most %d can be read", n, MaxRows)
	}
	return nil
}

// reader reads the rows of a file.
type reader[T any] struct {
	to    []setter[T] // for the leaf columns of the file, in their order
	blank T           // a row before its values are set
	width int64       // memory of a row, apart from texts and lists [bytes]
	// The memory that may be taken [bytes], and what of it is left.
	budget, left int64
}

// excess returns an error about too much memory.
func (in *reader[T]) excess(format string, args ...any) error {
	return &excess{fmt.Errorf(format, args...), in.budget - in.left}
}

// appendRows reads the rows of one row group.
func (in *reader[T]) appendRows(ctx context.Context, rows []T, group parquet.RowGroup) ([]T, error) {
	r := group.Rows()
	defer r.Close()
	buffer := make([]parquet.Row, batch)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n, err := r.ReadRows(buffer)
		for _, values := range buffer[:n] {
			rows = append(rows, in.blank)
			row := &rows[len(rows)-1]
			values.Range(func(column int, v []parquet.Value) bool {
				if in.to[column] != nil {
					in.left -= in.to[column](row, v)
				}
				return true
			})
		}
		switch {
		case in.left < 0:
			return nil, in.excess("row %d: texts and lists are too long for the size of the file", len(rows))
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return nil, fmt.Errorf("row %d: %w", len(rows), err)
		case n == 0:
			return nil, fmt.Errorf("row %d: the file ends early", len(rows))
		case len(rows) > MaxRows:
			return nil, fmt.Errorf("more than %d rows", MaxRows)
		}
	}
}

// setter sets a row's value in one column of a file, and returns the memory [bytes] that it
// took for it. A nil setter ignores the column.
type setter[T any] func(row *T, values []parquet.Value) int64

// The memory [bytes] of a row's sweep with one value, and of each further one.
const (
	sweepBytes = 400
	entryBytes = 40
)

// bind makes the setters of a file's columns. It returns an error unless the file has every
// column that the row needs, with the right type; it may lack optional ones. Of the other
// columns, sweep.<key> holds a swept key, and a column of optional doubles holds a score,
// because programs differ in the scores that they compute.
func (in *reader[T]) bind(t *table[T], schema *parquet.Schema) error {
	in.width = int64(unsafe.Sizeof(t.blank))
	to := make([]setter[T], len(schema.Columns()))
	for i, c := range t.columns {
		if c.Optional && !slices.ContainsFunc(schema.Columns(), func(path []string) bool { return path[0] == c.Name }) {
			continue
		}
		leaf, err := lookup(schema, c.Name, nodeOf(t.field(new(T), i).Type()))
		if err != nil {
			return fmt.Errorf("column %q: %w", c.Name, err)
		}
		last := new(string)
		to[leaf.ColumnIndex] = func(row *T, values []parquet.Value) int64 { return set(t.field(row, i), values, last) }
	}
	scores, sweep := extras(new(T))
	count := 0 // number of scores
	for _, path := range schema.Columns() {
		leaf, _ := schema.Lookup(path...)
		flat := len(path) == 1 && leaf.MaxRepetitionLevel == 0
		kind := leaf.Node.Type().Kind()
		key, swept := SweptKey(path[0])
		switch {
		case to[leaf.ColumnIndex] != nil:
		case swept && sweep != nil && !flat:
			return fmt.Errorf("column %q: is nested, expected one value per row", path[0])
		case swept && sweep != nil:
			if kind != parquet.Double && kind != parquet.Boolean && kind != parquet.ByteArray {
				return fmt.Errorf("column %q: type %s, expected DOUBLE, BOOLEAN or BYTE_ARRAY", path[0], kind)
			}
			to[leaf.ColumnIndex] = sweepSetter[T](key)
			in.width += entryBytes
		case scores != nil && flat && kind == parquet.Double && leaf.Node.Optional():
			if count++; count > maxScores {
				return fmt.Errorf("more than %d columns of errors", maxScores)
			}
			to[leaf.ColumnIndex] = scoreSetter[T](path[0], &count)
			in.width += int64(unsafe.Sizeof(Score{}))
		}
	}
	if sweep != nil {
		in.width += sweepBytes
	}
	in.to = to
	return nil
}

func sweepSetter[T any](key string) setter[T] {
	var last string
	return func(row *T, values []parquet.Value) (took int64) {
		v := values[0]
		if v.IsNull() || v.Kind() == parquet.Double && math.IsNaN(v.Double()) { // no value
			return 0
		}
		_, sweep := extras(row)
		if *sweep == nil {
			*sweep = map[string]any{}
		}
		switch v.Kind() {
		case parquet.Double:
			(*sweep)[key] = v.Double()
		case parquet.Boolean:
			(*sweep)[key] = v.Boolean()
		default:
			last, took = again(last, v.ByteArray())
			(*sweep)[key] = last
		}
		return took
	}
}

// maxText is the length of the longest text of a row; ours have a few hundred bytes. tooMuch
// is more memory than any table may take.
const (
	maxText = 64 << 10
	tooMuch = 1 << 60
)

// again returns bytes as a text, which is the last one if that is the same, and the memory
// [bytes] that it takes.
func again(last string, text []byte) (string, int64) {
	switch {
	case string(text) == last:
		return last, 0
	case len(text) > maxText:
		return "", tooMuch
	}
	return string(text), int64(len(text))
}

// scoreSetter returns a setter that appends a score to a row, which will have count
// scores in the end.
func scoreSetter[T any](name string, count *int) setter[T] {
	return func(row *T, values []parquet.Value) int64 {
		scores, _ := extras(row)
		if *scores == nil {
			*scores = make([]Score, 0, *count)
		}
		score := Score{Name: name, Value: math.NaN()}
		if v := values[0]; !v.IsNull() {
			score.Value = v.Double()
		}
		*scores = append(*scores, score)
		return 0
	}
}

// lookup finds a column in a file and checks that its type is that of the node want.
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
	// A scalar column may be optional or not, because other programs write both.
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
