package compare

import (
	"maps"
	"slices"

	"sedlab/internal/record"
	"sedlab/internal/settings"
)

// keyColumn is a column and the JSON of the values that each run has in it, each
// once, in order.
type keyColumn struct {
	name string
	a, b []string
}

// shared reports whether both runs have some value.
func (c keyColumn) shared() bool {
	return slices.ContainsFunc(c.a, func(v string) bool { return slices.Contains(c.b, v) })
}

// keyColumns returns the columns that rows can be paired on, apart from prior
// and signal: those of conditions and settings, and every sweep.* column. noise_l2
// is one where the spec sets it, and not where it is measured of each signal.
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
