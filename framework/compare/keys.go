package compare

import (
	"maps"
	"slices"

	"sedlab/internal/record"
	"sedlab/internal/settings"
)

// keyColumn is a column and the values that each run has in it.
type keyColumn struct {
	name   string
	a, b   values
	shared bool // some value is in both
}

// keyColumns returns the columns that rows can be paired on, besides their prior
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
		c := keyColumn{name: name, a: valuesOf(a, name), b: valuesOf(b, name)}
		for v := range c.a.known {
			c.shared = c.shared || c.b.known[v]
		}
		list[i] = c
	}
	return list
}

// constantInCells reports whether noise_l2 is the same for all signals of a cell.
func constantInCells(rows []record.Signal) bool {
	noise := map[string]any{}
	for i := range rows {
		v, _ := rows[i].Value("noise_l2")
		if first, known := noise[rows[i].CellID]; known && !same(first, v) {
			return false
		}
		noise[rows[i].CellID] = v
	}
	return true
}

// values are the JSON texts of a column's values, each once, in order.
type values struct {
	list  []string
	known map[string]bool
}

func valuesOf(r Run, column string) values {
	v := values{known: map[string]bool{}}
	for i := range r.Rows {
		text := settings.Text(r.value(&r.Rows[i], column))
		if !v.known[text] {
			v.known[text] = true
			v.list = append(v.list, text)
		}
	}
	return v
}

// some returns the first few values.
func (v values) some() []string {
	const few = 5
	if len(v.list) > few {
		return append(slices.Clone(v.list[:few]), "…")
	}
	return v.list
}
