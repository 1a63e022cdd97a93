package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sedlab/internal/record"
	"sedlab/internal/regular"
	"sedlab/internal/sealed"
)

// TableError reports a table of a run that is not as it was written, or is missing.
type TableError struct {
	Dir, File string
	What      string
}

func (e *TableError) Error() string { return filepath.Join(e.Dir, e.File) + ": " + e.What }

// ReadTable reads a table of a run, with whose manifest it is given, and compares its bytes
// with their checksum. The error is a *TableError if they differ, and an fs.ErrNotExist if
// the run has no such table. It wraps a *record.LimitError if the table takes more memory than
// record.WithLimit allows.
func ReadTable[T record.Row](ctx context.Context, dir string, m Manifest, name string) ([]T, error) {
	path := filepath.Join(dir, name)
	if info, err := os.Stat(path); err == nil && record.CheckLimit(ctx, info.Size()) != nil {
		return nil, fmt.Errorf("table %s: %w", path, record.CheckLimit(ctx, info.Size()))
	}
	data, err := readChecked(dir, m, name)
	if err != nil {
		return nil, err
	}
	rows, err := record.Decode[T](ctx, data)
	if err == nil {
		err = checkPriors(rows)
	}
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", path, err)
	}
	return rows, nil
}

// maxPriors bounds the priors of a table; a spec has at most 100.
const maxPriors = 1000

// checkPriors refuses rows of more priors than a run can have: reports have a part for each.
func checkPriors[T record.Row](rows []T) error {
	priors := map[string]bool{}
	for i := range rows {
		switch r := any(&rows[i]).(type) {
		case *record.Signal:
			priors[r.Prior] = true
		case *record.Training:
			priors[r.Prior] = true
		case *record.Example:
			priors[r.Prior] = true
		}
		if len(priors) > maxPriors {
			return fmt.Errorf("rows of more than %d priors", maxPriors)
		}
	}
	return nil
}

const changedTable = "does not match its SHA-256"

// readChecked reads a table and compares it with its sum. The run may be written meanwhile,
// which changes the sum a moment after the table; so it tries again.
func readChecked(dir string, m Manifest, name string) ([]byte, error) {
	for try := 1; ; try++ {
		data, readErr := regular.ReadIn(dir, name, record.MaxBytes, parquetMarks...)
		marked := !errors.Is(readErr, regular.ErrMark)
		if readErr != nil && !errors.Is(readErr, fs.ErrNotExist) && marked {
			return nil, readErr
		}
		err := compareTable(dir, m, name, errors.Is(readErr, fs.ErrNotExist), marked, func() (string, error) { return sealed.Digest(data), nil })
		if err == nil {
			return data, nil
		}
		if try == 3 || !errors.As(err, new(*TableError)) {
			return nil, err
		}
	}
}

// parquetMarks are at both ends of every Parquet file.
var parquetMarks = []regular.Mark{{Text: "PAR1"}, {Text: "PAR1", FromEnd: 4}}

// ReadRows is ReadTable of the signals, of a run that may have none yet.
func ReadRows(ctx context.Context, dir string, m Manifest) ([]record.Signal, error) {
	return orNone(ReadTable[record.Signal](ctx, dir, m, SignalsFile))
}

// ReadEpochs is ReadTable of the trainings, of a run that may have none yet.
func ReadEpochs(ctx context.Context, dir string, m Manifest) ([]record.Training, error) {
	return orNone(ReadTable[record.Training](ctx, dir, m, TrainingFile))
}

func orNone[T any](rows []T, err error) ([]T, error) {
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return rows, err
}
