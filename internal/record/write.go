package record

import (
	"cmp"
	"context"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"sync"

	"github.com/parquet-go/parquet-go"
)

// batch is the number of rows that are written at once: few enough that lists of
// thousands of fluxes take little memory.
const batch = 64

// Encode writes a table to w. If ctx ends first, it returns ctx's error.
func Encode[T Row](ctx context.Context, w io.Writer, rows []T) error {
	t := tableOf[T]()
	if len(rows) == 0 { // as of most cells without kept signals
		text, err := t.empty()
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	}
	return encode(ctx, w, t.name, t.stored(rows), rows)
}

func encode[T any](ctx context.Context, w io.Writer, name string, columns []stored[T], rows []T) error {
	pool, out := writerOf(w, name, columns)
	for some := range slices.Chunk(rows, batch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		buffer := make([]parquet.Row, len(some))
		for i := range some {
			buffer[i] = make(parquet.Row, 0, len(columns))
			for k, c := range columns {
				buffer[i] = appendValues(buffer[i], c.value(&some[i]), c.node.Optional(), k)
			}
		}
		if _, err := out.WriteRows(buffer); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	out.Reset(io.Discard)
	pool.Put(out)
	return nil
}

// writers are pools of writers that can be used again, by the columns that they write. To make
// one takes longer than to write a small table.
var writers sync.Map

// rowWriter writes the rows of a file.
type rowWriter interface {
	WriteRows([]parquet.Row) (int, error)
	Close() error
	Reset(io.Writer)
}

func writerOf[T any](w io.Writer, name string, columns []stored[T]) (*sync.Pool, rowWriter) {
	key := []byte(name)
	for _, c := range columns {
		key = append(append(key, 0), c.name...)
		if c.node.Leaf() { // else its type follows from its name
			key = append(append(key, 0), c.node.Type().String()...)
		}
		key = strconv.AppendBool(append(key, 0), c.node.Optional())
	}
	found, _ := writers.LoadOrStore(string(key), new(sync.Pool))
	pool := found.(*sync.Pool)
	if out, ok := pool.Get().(rowWriter); ok {
		out.Reset(w)
		return pool, out
	}
	return pool, parquet.NewWriter(w, schema(name, columns), parquet.Compression(&parquet.Zstd))
}

// stored is a column of a file: its type, and a row's value in it.
type stored[T any] struct {
	name  string
	node  parquet.Node
	value func(row *T) any
}

// stored returns the columns of a file with the given rows, in order.
func (t *table[T]) stored(rows []T) (list []stored[T]) {
	for i, c := range t.columns {
		value := func(row *T) any { return t.field(row, i).Interface() }
		list = append(list, stored[T]{c.Name, nodeOf(t.field(new(T), i).Type()), value})
	}
	for i, name := range scoreNames(rows) {
		value := func(row *T) any {
			scores, _ := extras(row)
			return scoreOf(*scores, name)
		}
		list = slices.Insert(list, t.before+i, stored[T]{name, nodeOf(reflect.TypeFor[float64]()), value})
	}
	kinds := sweepKinds(rows)
	for _, key := range slices.Sorted(maps.Keys(kinds)) {
		kind := cmp.Or(kinds[key], reflect.String)
		value := func(row *T) any {
			_, sweep := extras(row)
			v := Plain((*sweep)[key])
			if kind == reflect.String && !missing(v) {
				return text(v)
			}
			return v
		}
		list = append(list, stored[T]{sweepPrefix + key, parquet.Optional(leaves[kind]), value})
	}
	return list
}

// sweepKinds returns, for each swept key, the type that holds all its values: a number
// or a boolean if every value is one, otherwise text. It is reflect.Invalid for a key
// without values.
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

// schema returns the schema of a file.
func schema[T any](name string, columns []stored[T]) *parquet.Schema {
	g, place := orderedGroup{Group: parquet.Group{}}, map[string]int{}
	for i, c := range columns {
		g.Group[c.name], place[c.name] = c.node, i
	}
	g.fields = g.Group.Fields()
	slices.SortFunc(g.fields, func(a, b parquet.Field) int { return place[a.Name()] - place[b.Name()] })
	return parquet.NewSchema(name, g)
}

// orderedGroup is a group that keeps the order of its columns; a plain parquet.Group
// sorts them by name.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

// Fields returns the columns in order.
func (g orderedGroup) Fields() []parquet.Field { return g.fields }

// ScoreNames returns the names of the rows' scores, each once, in their order.
func ScoreNames(rows []Signal) []string { return scoreNames(rows) }

func scoreNames[T any](rows []T) (names []string) {
	for i := range rows {
		scores, _ := extras(&rows[i])
		if scores == nil {
			return nil
		}
		next := 0 // position of the name, or where a new name goes
		for _, s := range *scores {
			place := slices.Index(names, s.Name)
			if place < 0 {
				place = next
				names = slices.Insert(names, place, s.Name)
			}
			next = place + 1
		}
	}
	return names
}
