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
