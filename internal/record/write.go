package record

import (
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"

	"sedlab/internal/durable"
)

// Write durably replaces the table at path.
func Write[T Row](path string, rows []T) error {
	return durable.WriteFile(path, func(w io.Writer) error { return Encode(w, rows) })
}

// batch is the number of rows that are handed over at once: few enough that
// lists of thousands of fluxes stay small in memory.
const batch = 64

// Encode writes a table to w.
func Encode[T Row](w io.Writer, rows []T) error {
	t := tableOf[T]()
	columns := t.stored(rows)
	out := parquet.NewWriter(w, t.schema(columns), parquet.Compression(&parquet.Zstd))
	for some := range slices.Chunk(rows, batch) {
		buffer := make([]parquet.Row, len(some))
		for i := range some {
			for column, c := range columns {
				buffer[i] = c.values(buffer[i], &some[i], column)
			}
		}
		if _, err := out.WriteRows(buffer); err != nil {
			return err
		}
	}
	return out.Close()
}

// ScoreNames returns the names of the scores that the rows have, each once, in
// the order that the rows give them in.
func ScoreNames(rows []Signal) []string { return scoreNames(rows) }

func scoreNames[T any](rows []T) (names []string) {
	for i := range rows {
		scores, _ := extras(&rows[i])
		if scores == nil {
			return nil
		}
		next := 0 // where a name is, or where a new one goes
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
