// Package recordtest reads and writes the files of tables for tests.
package recordtest

import (
	"context"
	"fmt"
	"io"
	"os"

	"sedlab/internal/durable"
	"sedlab/internal/record"
)

// Read reads the table at path.
func Read[T record.Row](path string) ([]T, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rows, err := record.Decode[T](context.Background(), data)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", path, err)
	}
	return rows, nil
}

// Write replaces the table at path.
func Write[T record.Row](path string, rows []T) error {
	return durable.WriteFile(path, func(w io.Writer) error { return record.Encode(context.Background(), w, rows) })
}
