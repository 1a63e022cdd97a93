package compare

import (
	"maps"
	"math"
	"slices"

	"sedlab/internal/record"
	"sedlab/internal/settings"
)

// keyColumn is a column, with the JSON of the values that each run has in it: each value
// once, in order.
type keyColumn struct {
	name string
	a, b []string
}

// shared reports whether both runs have some value.
func (c keyColumn) shared() bool {
	return slices.ContainsFunc(c.a, func(v string) bool { return slices.Contains(c.b, v) })
}

// keyColumns returns the columns by which rows can be paired, apart from prior and
// signal: the conditions, the settings, and every sweep.* column. noise_l2 is among
// them only if the spec sets it, not if it is measured for each signal.
func keyColumns(a, b Run) []keyColumn {
	columns := record.SignalColumns()
	names := append(columns.Names(record.Condition), columns.Names(record.Setting)...)
	swept := map[string]bool{}
	for _, row := range slices.Concat(a.Rows, b.Rows) {
		for key := range row.Sweep {
			swept[record.ColumnOf(key)] = true
		}
	}
	names = append(names, slices.Sorted(maps.Keys(swept))...)
	if !constantInCells(a.Rows) || !constantInCells(b.Rows) {
		names = slices.DeleteFunc(names, func(n string) bool { return n == "noise_l2" })
	}
	list := make([]keyColumn, len(names))
	for i, name := range names {
		list[i] = keyColumn{name, a.values(name), b.values(name)}
	}
	return list
}

// constantInCells reports whether noise_l2 is the same for all signals of a cell.
func constantInCells(rows []record.Signal) bool {
	cells, _ := gather(rows, func(row *record.Signal) string { return row.CellID })
	levels, _ := gather(rows, func(row *record.Signal) record.Key { return record.KeyOf(row.CellID, row.NoiseL2) })
	return len(levels) == len(cells)
}

// values returns the JSON of the values that rows have in a column.
func (r Run) values(column string) []string {
	list, _ := gather(r.Rows, func(row *record.Signal) string { return settings.Text(r.value(row, column)) })
	return list
}

// some returns the first few values.
func some(list []string) []string {
	const few = 5
	if len(list) > few {
		return append(list[:few:few], "…")
	}
	return list
}

// gather groups items by key, and returns the keys in order.
func gather[T any, K comparable](all []T, keyOf func(*T) K) (keys []K, members map[K][]*T) {
	members = map[K][]*T{}
	for i := range all {
		key := keyOf(&all[i])
		if members[key] == nil {
			keys = append(keys, key)
		}
		members[key] = append(members[key], &all[i])
	}
	return keys, members
}

// point holds the rows of a run that are compared as one: usually a single row.
type point []*record.Signal

// points gathers a run's rows by prior, signal and the values of the columns.
func (r Run) points(columns []string) ([]record.Key, map[record.Key][]*record.Signal) {
	return gather(r.Rows, func(row *record.Signal) record.Key {
		values := []any{row.Prior, row.SignalID}
		for _, c := range columns {
			values = append(values, r.value(row, c))
		}
		return record.KeyOf(values...)
	})
}

// mean returns the mean of a column of numbers over the point's rows. For a single row
// it is exactly the row's value. It is NaN if any row has none.
func (p point) mean(column string) float64 {
	var sum float64
	for _, row := range p {
		v, ok := row.Value(column)
		f, number := v.(float64)
		if !ok || !number {
			return math.NaN()
		}
		sum += f
	}
	return sum / float64(len(p))
}

// resultColumns returns the columns of results: the diagnostics, and the scores that
// both tables have, because programs differ in the scores that they compute. A column
// that one of the tables is too old to have is left out.
func resultColumns(a, b []record.Signal) []string {
	names := commonScores(a, b)
	for _, c := range record.SignalColumns() {
		if c.Role == record.Diagnostic && !c.Varies && !lacks(a, c) && !lacks(b, c) {
			names = append(names, c.Name)
		}
	}
	return names
}

// lacks reports whether a table was written before the column was added to it.
func lacks(rows []record.Signal, c record.Column) bool {
	return c.Optional && !slices.ContainsFunc(rows, func(row record.Signal) bool {
		v, _ := row.Value(c.Name)
		return v != nil
	})
}

func commonScores(a, b []record.Signal) []string {
	others := record.ScoreNames(b)
	return slices.DeleteFunc(record.ScoreNames(a), func(name string) bool { return !slices.Contains(others, name) })
}

// identical reports whether two points have the same results, bit for bit.
func (p point) identical(q point, results []string) bool {
	return slices.EqualFunc(p, q, func(x, y *record.Signal) bool {
		return !slices.ContainsFunc(results, func(column string) bool {
			a, _ := x.Value(column)
			b, _ := y.Value(column)
			return !same(a, b)
		})
	})
}
