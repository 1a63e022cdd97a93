package record

import (
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"

	"sedlab/internal/durable"
)

// WriteSignals durably replaces the table at path.
func WriteSignals(path string, rows []Signal) error { return signals.write(path, rows) }

// WriteTraining durably replaces the table at path.
func WriteTraining(path string, rows []Training) error { return training.write(path, rows) }

// WriteExamples durably replaces the table at path.
func WriteExamples(path string, rows []Example) error { return examples.write(path, rows) }

// EncodeSignals writes a table to w.
func EncodeSignals(w io.Writer, rows []Signal) error { return signals.encode(w, rows) }

// EncodeTraining writes a table to w.
func EncodeTraining(w io.Writer, rows []Training) error { return training.encode(w, rows) }

// EncodeExamples writes a table to w.
func EncodeExamples(w io.Writer, rows []Example) error { return examples.encode(w, rows) }

func (t *table[T]) write(path string, rows []T) error {
	return durable.WriteFile(path, func(w io.Writer) error { return t.encode(w, rows) })
}

// batch is the number of rows that are handed over at once: few enough that
// lists of thousands of fluxes stay small in memory.
const batch = 64

func (t *table[T]) encode(w io.Writer, rows []T) error {
	scores, sweep := t.scoreNames(rows), t.sweepColumns(rows)
	out := parquet.NewWriter(w, t.schema(scores, sweep), parquet.Compression(&parquet.Zstd))
	buffer := make([]parquet.Row, 0, batch)
	for i := range rows {
		buffer = append(buffer, t.values(&rows[i], scores, sweep))
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

// values returns the values of one row in the order of the schema's columns.
func (t *table[T]) values(row *T, scores []string, sweep []sweepColumn) parquet.Row {
	values := make(parquet.Row, 0, len(t.columns)+len(scores)+len(sweep))
	column := 0
	add := func(at any) {
		values = appendValues(values, at, column)
		column++
	}
	for i, field := range t.fields {
		if i == t.before {
			for _, name := range scores {
				v := scoreOf(*t.scoresOf(row), name)
				add(&v)
			}
		}
		add(t.field(row, field))
	}
	for _, c := range sweep {
		values = append(values, c.value(*t.sweepOf(row), column))
		column++
	}
	return values
}

// ScoreNames returns the names of the scores that the rows have, each once, in
// the order that the rows give them in.
func ScoreNames(rows []Signal) []string { return signals.scoreNames(rows) }

func (t *table[T]) scoreNames(rows []T) (names []string) {
	if t.scores < 0 {
		return nil
	}
	for i := range rows {
		next := 0 // where a name is, or where a new one goes
		for _, s := range *t.scoresOf(&rows[i]) {
			at := slices.Index(names, s.Name)
			if at < 0 {
				at = next
				names = slices.Insert(names, at, s.Name)
			}
			next = at + 1
		}
	}
	return names
}
