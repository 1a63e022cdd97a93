package record

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
)

// Loose is a column of a table that is put together from rows of any type. A value is a
// bool, int64, float64, string or time.Time, or nil or NaN for none; any other value is
// stored as its JSON.
type Loose[T any] struct {
	Name  string
	Value func(row *T) any
}

// EncodeLoose writes a table to w. A column has the type of all its values, or is text if
// they have several. Times have microseconds.
func EncodeLoose[T any](ctx context.Context, w io.Writer, name string, rows []T, columns []Loose[T]) error {
	var list []stored[T]
	for _, c := range columns {
		list = append(list, c.stored(rows))
	}
	return encode(ctx, w, name, list, rows)
}

var timeType = reflect.TypeFor[time.Time]()

// stored returns the column of a file with the given rows.
func (c Loose[T]) stored(rows []T) stored[T] {
	var all reflect.Type
	for i := range rows {
		v := c.Value(&rows[i])
		switch t := reflect.TypeOf(v); {
		case missing(v):
		case all == nil:
			all = t
		case all != t:
			all = reflect.TypeFor[string]()
		}
	}
	if all == timeType {
		micros := func(row *T) any {
			if t, ok := c.Value(row).(time.Time); ok {
				return t.UnixMicro()
			}
			return nil
		}
		return stored[T]{c.Name, parquet.Optional(parquet.Timestamp(parquet.Microsecond)), micros}
	}
	if all != nil && all.Kind() != reflect.String && leaves[all.Kind()] != nil {
		return stored[T]{c.Name, parquet.Optional(leaves[all.Kind()]), c.Value}
	}
	texts := func(row *T) any {
		v := c.Value(row)
		if missing(v) {
			return nil
		}
		return text(v)
	}
	return stored[T]{c.Name, parquet.Optional(leaves[reflect.String]), texts}
}

// EncodeCSV writes a table to w as CSV: a missing value is an empty field, and numbers
// have all their digits.
func EncodeCSV[T any](ctx context.Context, w io.Writer, rows []T, columns []Loose[T]) error {
	out := csv.NewWriter(w)
	fields := make([]string, len(columns))
	for i, c := range columns {
		fields[i] = c.Name
	}
	if err := out.Write(fields); err != nil {
		return err
	}
	for i := range rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		for k, c := range columns {
			fields[k] = field(c.Value(&rows[i]))
		}
		if err := out.Write(fields); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// field returns a value as CSV has it.
func field(v any) string {
	if missing(v) {
		return ""
	}
	switch v := v.(type) {
	case float64:
		if math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return text(v)
}
