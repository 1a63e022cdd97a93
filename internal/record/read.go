package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"
)

// maxRows bounds the rows that a file may have: a column of nulls costs a file
// nothing, but a row of ours costs memory.
const maxRows = 1 << 23

// ReadSignals reads a table. Columns that it does not know are ignored. Errors
// name the file and the column.
func ReadSignals(path string) ([]Signal, error) { return read[Signal](path) }

// ReadTraining reads a table as ReadSignals does.
func ReadTraining(path string) ([]Training, error) { return read[Training](path) }

// ReadExamples reads a table as ReadSignals does.
func ReadExamples(path string) ([]Example, error) { return read[Example](path) }

// DecodeSignals reads a table from the bytes of its file.
func DecodeSignals(data []byte) ([]Signal, error) { return decode[Signal](data) }

// DecodeTraining reads a table from the bytes of its file.
func DecodeTraining(data []byte) ([]Training, error) { return decode[Training](data) }

// DecodeExamples reads a table from the bytes of its file.
func DecodeExamples(data []byte) ([]Example, error) { return decode[Example](data) }

func read[T any, P rowOf[T]](path string) ([]T, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	rows, err := decode[T, P](data)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", path, err)
	}
	return rows, nil
}

// decode reads a table from the bytes of a Parquet file.
func decode[T any, P rowOf[T]](data []byte) (rows []T, err error) {
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
	to, err := binding(file.Schema(), P(new(T)))
	if err != nil {
		return nil, err
	}
	for _, group := range file.RowGroups() {
		if rows, err = appendRows[T, P](rows, group, to); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// appendRows reads the rows of one row group.
func appendRows[T any, P rowOf[T]](rows []T, group parquet.RowGroup, to []target) ([]T, error) {
	r := group.Rows()
	defer r.Close()
	buffer := make([]parquet.Row, batch)
	for {
		n, err := r.ReadRows(buffer)
		for _, values := range buffer[:n] {
			rows = append(rows, *new(T))
			assign(P(&rows[len(rows)-1]), values, to)
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

// assign sets a row's variables to the values of a Parquet row.
func assign(r row, values parquet.Row, to []target) {
	fields := r.fields()
	values.Range(func(column int, v []parquet.Value) bool {
		switch t := to[column]; {
		case t.field >= 0:
			set(fields[t.field].at, v)
		case t.sweep != "":
			if v := sweepValue(v[0]); v != nil {
				at := r.sweep()
				if *at == nil {
					*at = map[string]any{}
				}
				(*at)[t.sweep] = v
			}
		}
		return true
	})
}
