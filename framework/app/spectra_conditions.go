package app

import (
	"fmt"
	"slices"
	"strings"

	"sedlab/internal/record"
	"sedlab/reports"
)

// condition is a problem with kept reconstructions of several priors.
type condition struct {
	cell  string
	parts []string // of its title, one for each column in which conditions differ; "" for none
}

func (c condition) title() string { return joined(c.parts, "all signals") }

// joined makes a title of the parts that are not empty.
func joined(parts []string, none string) string {
	parts = slices.DeleteFunc(slices.Clone(parts), func(p string) bool { return p == "" })
	if len(parts) == 0 {
		return none
	}
	return strings.Join(parts, ", ")
}

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

// conditionColumns returns the columns of examples that show keys of the spec.
func conditionColumns(names []string) (list []string) {
	columns := record.ExampleColumns()
	for _, name := range names {
		if c, _ := columns.Find(name); (c.Role == record.Condition || c.Role == record.Setting) && c.Key != "" {
			list = append(list, name)
		}
	}
	return list
}

// see notes that a cell has a row. What differs between its rows, such as the noise where each
// signal has its own, is no condition.
func (x *spectraIndex) see(c *keptCell, row interface{ Value(string) (any, bool) }) {
	for i, name := range x.columns {
		if c.values[i] == nil {
			continue
		}
		if v, _ := row.Value(name); v != c.values[i] {
			c.values[i] = nil
		}
	}
}

// cellValue returns a cell's value in a column.
func (x *spectraIndex) cellValue(c *keptCell, name string) any {
	return c.values[slices.Index(x.columns, name)]
}

// ofSolver reports whether a column shows a setting of the solver, which a prior may have of its
// own.
func ofSolver(columns record.Columns, name string) bool {
	c, _ := columns.Find(name)
	return strings.HasPrefix(c.Key, "solver.")
}

// makeConditions groups the cells by the columns in which cells of the same prior differ.
func (x *spectraIndex) makeConditions(columns record.Columns) {
	differ := x.differing()
	names := inOrder(columns, differ)
	var common, solver []string // of names: not of the solver, and of it
	for _, name := range names {
		if ofSolver(columns, name) {
			solver = append(solver, name)
		} else {
			common = append(common, name)
		}
	}
	own := func(c *keptCell, name string) bool { return slices.Contains(solver, name) && !differ[name][c.prior] }
	place := map[record.Key]int{}
	for i := range x.cells {
		c := &x.cells[i]
		values := make([]any, len(names))
		for k, name := range names {
			if !own(c, name) {
				values[k] = x.cellValue(c, name)
			}
		}
		key := record.KeyOf(values...)
		at, known := place[key]
		if !known {
			at = len(x.conditions)
			place[key] = at
			x.conditions = append(x.conditions, condition{c.id, partsOf(columns, names, values)})
		}
		c.conditions = []int{at}
	}
	x.share(common, func(c *keptCell) bool {
		return slices.ContainsFunc(solver, func(name string) bool { return own(c, name) })
	})
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

// share adds the cells of priors with a solver of their own to the conditions of the other
// priors that are the same in common columns, and removes the conditions that only those had.
func (x *spectraIndex) share(common []string, own func(*keptCell) bool) {
	rest := func(c *keptCell) record.Key {
		values := make([]any, len(common))
		for i, name := range common {
			values[i] = x.cellValue(c, name)
		}
		return record.KeyOf(values...)
	}
	others := map[record.Key][]int{} // conditions of the other priors
	used := make([]bool, len(x.conditions))
	for i := range x.cells {
		if c := &x.cells[i]; !own(c) && !used[c.conditions[0]] {
			used[c.conditions[0]] = true
			others[rest(c)] = append(others[rest(c)], c.conditions[0])
		}
	}
	shared := make([]bool, len(x.cells))
	for i := range x.cells {
		c := &x.cells[i]
		if list := others[rest(c)]; own(c) && len(list) > 0 {
			c.conditions, shared[i] = list, true
		} else {
			used[c.conditions[0]] = true
		}
	}
	place := x.remove(used)
	for _, list := range others {
		for k := range list {
			list[k] = place[list[k]]
		}
	}
	for i, c := range x.cells {
		if !shared[i] {
			c.conditions[0] = place[c.conditions[0]]
		}
	}
}

// remove removes the conditions that are not used, and returns the new places of the others.
func (x *spectraIndex) remove(used []bool) []int {
	place := make([]int, len(used))
	var left []condition
	for i, c := range x.conditions {
		place[i] = len(left)
		if used[i] {
			left = append(left, c)
		}
	}
	x.conditions = left
	return place
}

// partsOf names a condition by its values. A condition of 0, such as no noise, has no part.
func partsOf(columns record.Columns, names []string, values []any) []string {
	of := map[string]bool{} // priors with settings in the names
	for _, name := range names {
		if p, _, ok := priorKey(name); ok {
			of[p] = true
		}
	}
	parts := make([]string, len(names))
	for i, name := range names {
		column, _ := columns.Find(name)
		v, text := values[i], reports.Category(column, values[i])
		_, isText := v.(string)
		switch {
		case v == nil, v == 0.0 && column.Role == record.Condition:
		case isText && column.Role == record.Condition:
			parts[i] = text
		case column.Unit == "%":
			parts[i] = text + " % " + column.Head
		case column.Role == record.Condition:
			parts[i] = column.Head + " " + text
		default:
			title := column.Title
			if _, key, ok := priorKey(name); ok && len(of) == 1 {
				title = key
			}
			parts[i] = strings.TrimPrefix(title, "priors.") + " " + text
		}
	}
	return parts
}

// priorKey returns the prior and the key in it of the column of a swept key of a prior.
func priorKey(column string) (prior, key string, ok bool) {
	swept, _ := record.SweptKey(column)
	rest, ok := strings.CutPrefix(swept, "priors.")
	prior, key, _ = strings.Cut(rest, ".")
	return prior, key, ok
}

// conditionOf returns the first condition of a cell, or −1.
func (x *spectraIndex) conditionOf(cell string) int {
	if c, known := x.place[cell]; known {
		return x.cells[c].conditions[0]
	}
	return -1
}

// within returns the conditions that a query is about; nil for all.
func (x *spectraIndex) within(q *SpectraQuery) (set map[int]bool, err error) {
	for _, cell := range q.Among {
		if c := x.conditionOf(cell); c >= 0 {
			if set == nil {
				set = map[int]bool{}
			}
			set[c] = true
		}
	}
	if len(q.Among) > 0 && set == nil {
		return nil, fmt.Errorf("among: no kept reconstruction is of cell %q", q.Among[0])
	}
	if q.Condition != "" {
		c := x.conditionOf(q.Condition)
		if c < 0 {
			return nil, fmt.Errorf("condition: no kept reconstruction is of cell %q", q.Condition)
		}
		set = map[int]bool{c: true}
	}
	return set, nil
}

// labels returns the titles of conditions without what all of a set have in common.
func (x *spectraIndex) labels(set map[int]bool) func(condition int) string {
	var first []string
	var differs []bool
	for i, c := range x.conditions {
		if set != nil && !set[i] {
			continue
		}
		if first == nil {
			first, differs = c.parts, make([]bool, len(c.parts))
		}
		for k, part := range c.parts {
			differs[k] = differs[k] || part != first[k]
		}
	}
	return func(condition int) string {
		parts := slices.Clone(x.conditions[condition].parts)
		for k := range parts {
			if !differs[k] {
				parts[k] = ""
			}
		}
		return joined(parts, "")
	}
}
