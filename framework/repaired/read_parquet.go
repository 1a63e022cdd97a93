package repaired

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"

	"sedlab/internal/record"
)

// schema is that of the files that this version writes.
var schema = parquet.SchemaOf(Spectrum{})

type parquetSource struct{ paged *record.Paged }

func openParquet(r io.ReaderAt, size int64) (source, error) {
	p, err := record.OpenPaged(r, size)
	if err != nil {
		return nil, err
	}
	if !slices.EqualFunc(p.Schema().Columns(), schema.Columns(), slices.Equal[[]string]) || !slices.EqualFunc(leaves(p.Schema()), leaves(schema), sameLeaf) {
		return nil, fmt.Errorf("has other columns than this version writes; repair the spectra again")
	}
	return parquetSource{p}, nil
}

// leaves returns the columns of a schema.
func leaves(s *parquet.Schema) (list []parquet.LeafColumn) {
	for _, path := range s.Columns() {
		leaf, _ := s.Lookup(path...)
		list = append(list, leaf)
	}
	return list
}

func sameLeaf(a, b parquet.LeafColumn) bool {
	return a.Node.Type().Kind() == b.Node.Type().Kind() && a.MaxDefinitionLevel == b.MaxDefinitionLevel && a.MaxRepetitionLevel == b.MaxRepetitionLevel
}

func (s parquetSource) each(ctx context.Context, visit func(int64, *Spectrum) bool) error {
	columns := schema.Columns()
	flat := func(c int) bool { return len(columns[c]) == 1 }
	stopped := false
	err := s.paged.Scan(ctx, flat, func(number int, values parquet.Row) error {
		row := make(parquet.Row, 0, len(columns))
		for c := range columns { // lists are empty
			if flat(c) {
				row, values = append(row, values[0]), values[1:]
			} else {
				row = append(row, parquet.NullValue().Level(0, 0, c))
			}
		}
		var x Spectrum
		if err := schema.Reconstruct(&x, row); err != nil {
			return err
		}
		if stopped = !visit(int64(number), &x); stopped {
			return io.EOF
		}
		return nil
	})
	if stopped {
		return nil
	}
	return err
}

func (s parquetSource) read(_ context.Context, at int64) (*Spectrum, error) {
	row, err := s.paged.Row(int(at), nil)
	if err != nil {
		return nil, err
	}
	var x Spectrum
	return &x, schema.Reconstruct(&x, row)
}
