package record

import (
	"io"

	"github.com/parquet-go/parquet-go"

	"sedlab/internal/durable"
)

// rowOf is a pointer to a T that is a row.
type rowOf[T any] interface {
	*T
	row
}

// WriteSignals durably replaces the table at path.
func WriteSignals(path string, rows []Signal) error { return write(path, "signals", rows) }

// WriteTraining durably replaces the table at path.
func WriteTraining(path string, rows []Training) error { return write(path, "training", rows) }

// WriteExamples durably replaces the table at path.
func WriteExamples(path string, rows []Example) error { return write(path, "examples", rows) }

// EncodeSignals writes a table to w.
func EncodeSignals(w io.Writer, rows []Signal) error { return encode(w, "signals", rows) }

// EncodeTraining writes a table to w.
func EncodeTraining(w io.Writer, rows []Training) error { return encode(w, "training", rows) }

// EncodeExamples writes a table to w.
func EncodeExamples(w io.Writer, rows []Example) error { return encode(w, "examples", rows) }

func write[T any, P rowOf[T]](path, name string, rows []T) error {
	return durable.WriteFile(path, func(w io.Writer) error {
		return encode[T, P](w, name, rows)
	})
}

// batch is the number of rows that are handed over at once: few enough that
// lists of thousands of fluxes stay small in memory.
const batch = 64

func encode[T any, P rowOf[T]](w io.Writer, name string, rows []T) error {
	sweep := sweepColumns[T, P](rows)
	schema := schemaOf(name, P(new(T)).fields(), sweep)
	out := parquet.NewWriter(w, schema, parquet.Compression(&parquet.Zstd))
	buffer := make([]parquet.Row, 0, batch)
	for i := range rows {
		buffer = append(buffer, valuesOf(P(&rows[i]), sweep))
		if len(buffer) < batch && i < len(rows)-1 {
			continue
		}
		if _, err := out.WriteRows(buffer); err != nil {
			return err
		}
		buffer = buffer[:0]
	}
	return out.Close()
}

// valuesOf returns the values of one row in the order of the schema's columns.
func valuesOf(r row, sweep []sweepColumn) parquet.Row {
	fields := r.fields()
	values := make(parquet.Row, 0, len(fields)+len(sweep))
	for i, f := range fields {
		values = appendValues(values, f.at, i)
	}
	for i, c := range sweep {
		values = append(values, c.value(*r.sweep(), len(fields)+i))
	}
	return values
}
