package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sedlab/internal/record"
	"sedlab/reports"
)

// condition is a problem with kept reconstructions of several priors.
type condition struct{ cell, title string }

// mostPriors bounds the priors of a run's table; a spec has at most 100.
const mostPriors = 1000

// newCell returns the cell of a row. Its prior is added to the index.
func (x *spectraIndex) newCell(row *record.Example) (keptCell, error) {
	prior := slices.Index(x.priors, row.Prior)
	if prior < 0 {
		if prior = len(x.priors); prior == mostPriors {
			return keptCell{}, fmt.Errorf("rows of more than %d priors", mostPriors)
		}
		x.priors = append(x.priors, row.Prior)
	}
	c := keptCell{id: row.CellID, prior: prior, values: make([]any, len(x.columns))}
	for i, name := range x.columns {
		v, _ := row.Value(name)
		if shared, known := x.shared[v]; known {
			v = shared
		} else if len(x.shared) < mostPriors {
			x.shared[v] = v
		}
		c.values[i] = v
	}
	return c, nil
}

// conditionColumns returns the columns of examples that say what was done.
func conditionColumns(names []string) (list []string) {
	columns := record.ExampleColumns()
	for _, name := range names {
		if c, _ := columns.Find(name); (c.Role == record.Condition || c.Role == record.Setting) && name != "level" {
			list = append(list, name)
		}
	}
	return list
}

// see notes that a cell has a row. Noise of which each signal has its own is no condition.
func (x *spectraIndex) see(c *keptCell, row *record.Example) {
	i := slices.Index(x.columns, "noise_l2")
	if v, _ := row.Value("noise_l2"); i >= 0 && v != c.values[i] {
		c.values[i] = nil
	}
}

// cellValue returns a cell's value in a column.
func (x *spectraIndex) cellValue(c *keptCell, name string) any {
	return c.values[slices.Index(x.columns, name)]
}

// solverColumns are settings that a prior may have of its own.
var solverColumns = []string{"method", "lambda"}

// makeConditions groups the cells by the columns in which cells of the same prior differ.
func (x *spectraIndex) makeConditions(columns record.Columns) {
	differ := x.differing()
	var names []string
	for name := range differ {
		names = append(names, name)
	}
	order := slices.Concat(columns.Names(), slices.Sorted(maps.Keys(differ)))
	slices.SortFunc(names, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	place := map[record.Key]int{}
	for i := range x.cells {
		c := &x.cells[i]
		var values []any
		for _, name := range names {
			values = append(values, x.valueOf(c, name, differ))
		}
		key := record.KeyOf(values...)
		at, known := place[key]
		if !known {
			at = len(x.conditions)
			place[key] = at
			x.conditions = append(x.conditions, condition{cell: c.id, title: titleOf(columns, names, values)})
		}
		c.conditions = []int{at}
	}
	x.share(names, differ)
}

// differing returns the columns in which cells of a prior differ, with those priors.
func (x *spectraIndex) differing() map[string]map[int]bool {
	first, differ := map[int][]any{}, map[string]map[int]bool{}
	for _, c := range x.cells {
		if first[c.prior] == nil {
			first[c.prior] = c.values
		}
		for i, v := range c.values {
			if name := x.columns[i]; v != first[c.prior][i] {
				if differ[name] == nil {
					differ[name] = map[int]bool{}
				}
				differ[name][c.prior] = true
			}
		}
	}
	return differ
}

// valueOf returns a cell's value in a column of conditions, or nil if it is one that the
// cell's prior has of its own.
func (x *spectraIndex) valueOf(c *keptCell, name string, differ map[string]map[int]bool) any {
	if slices.Contains(solverColumns, name) && !differ[name][c.prior] {
		return nil
	}
	return x.cellValue(c, name)
}

// share adds the cells of priors with a solver of their own to the conditions of the other
// priors that are the same otherwise, and removes the conditions that only those had.
func (x *spectraIndex) share(names []string, differ map[string]map[int]bool) {
	own := func(c *keptCell) bool { // it has no value in a column in which conditions differ
		return slices.ContainsFunc(solverColumns, func(name string) bool { return differ[name] != nil && !differ[name][c.prior] })
	}
	rest := func(c *keptCell) record.Key {
		var values []any
		for _, name := range names {
			if !slices.Contains(solverColumns, name) {
				values = append(values, x.cellValue(c, name))
			}
		}
		return record.KeyOf(values...)
	}
	others := map[record.Key][]int{} // conditions of the other priors
	for i := range x.cells {
		if c := &x.cells[i]; !own(c) && !slices.Contains(others[rest(c)], c.conditions[0]) {
			others[rest(c)] = append(others[rest(c)], c.conditions[0])
		}
	}
	used := make([]bool, len(x.conditions))
	for i := range x.cells {
		c := &x.cells[i]
		if list := others[rest(c)]; own(c) && len(list) > 0 {
			c.conditions = slices.Clone(list)
		}
		for _, k := range c.conditions {
			used[k] = true
		}
	}
	x.remove(used)
}

// remove removes the conditions that are not used.
func (x *spectraIndex) remove(used []bool) {
	place := make([]int, len(used))
	var left []condition
	for i, c := range x.conditions {
		place[i] = len(left)
		if used[i] {
			left = append(left, c)
		}
	}
	x.conditions = left
	for i := range x.cells {
		for k, old := range x.cells[i].conditions {
			x.cells[i].conditions[k] = place[old]
		}
	}
}

// titleOf names a condition by its values.
func titleOf(columns record.Columns, names []string, values []any) string {
	var parts []string
	for i, name := range names {
		column, _ := columns.Find(name)
		switch v := values[i]; {
		case v == nil, v == 0.0 && (name == "missing_fraction" || name == "noise_l2"):
		case name == "missing_fraction":
			parts = append(parts, reports.Category(column, v)+" % missing")
		case name == "noise_l2":
			parts = append(parts, "noise "+reports.Category(column, v))
		case name == "split":
			parts = append(parts, reports.Category(column, v)+" split")
		case name == "operator" || name == "method":
			parts = append(parts, reports.Category(column, v))
		default:
			parts = append(parts, reports.Setting("", column, v))
		}
	}
	if len(parts) == 0 {
		return "all signals"
	}
	return strings.Join(parts, ", ")
}

// conditionOf returns the first condition of a cell, or −1.
func (x *spectraIndex) conditionOf(cell string) int {
	for _, c := range x.cells {
		if c.id == cell {
			return c.conditions[0]
		}
	}
	return -1
}

// is reports whether an entry is the spectrum that is meant.
func (x *spectraIndex) is(entry int, id SpectrumID) bool {
	e := x.entries[entry]
	return e.signal == id.Signal && (id.Cell == "" || e.condition == x.conditionOf(id.Cell))
}

// find returns the entry of a spectrum.
func (x *spectraIndex) find(id SpectrumID) (int, bool) {
	condition := x.conditionOf(id.Cell)
	if id.Cell != "" && condition < 0 {
		return 0, false
	}
	e := slices.IndexFunc(x.entries, func(e kept) bool {
		return e.signal == id.Signal && (id.Cell == "" || e.condition == condition)
	})
	return e, e >= 0
}

// describe returns an entry with its errors.
func (x *spectraIndex) describe(entry int, q SpectraQuery) SpectrumOf {
	e := x.entries[entry]
	c := x.conditions[e.condition]
	of := SpectrumOf{SpectrumID: SpectrumID{e.signal, c.cell}, Condition: c.title}
	column := slices.Index(x.errors, q.Sort)
	for p := range x.priors {
		v := x.value(entry, p, max(0, column))
		of.Errors = append(of.Errors, v)
	}
	return of
}
