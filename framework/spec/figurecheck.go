package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sedlab/internal/yamlpos"
)

// figureCheck finds what a figure names that the sweep does not make.
type figureCheck struct {
	*File
	Figure
	values map[string]distinct // by column
	add    func(key, format string, args ...any)
}

// checkFigures checks all figures of the report.
func (r *reader) checkFigures(f *File) {
	report := f.root.Child("report")
	values := f.distinctValues()
	for i, fig := range f.Base.Report {
		item := report.Items[i]
		c := figureCheck{File: f, Figure: fig, values: values, add: func(key, format string, args ...any) {
			r.add(item.Place(key), reportPath(i)+"."+key, format, args...)
		}}
		c.axis("x", c.X, columns)
		c.axis("group", c.Group, columns)
		c.axis("rows", c.Rows, exampleColumns)
		c.prior()
		c.where()
		c.kept()
	}
}

// axis checks that a figure's key names what differs from one box or panel to
// another: a swept key, or a column by its own name.
func (c figureCheck) axis(key, name string, columns []string) {
	_, known := yamlpos.Find(c.fields, name)
	if known && !slices.Contains(c.SweptKeys(), name) && !slices.Contains(columns, name) {
		c.add(key, "names %s, which is not swept; expected a swept key or a column", name)
		return
	}
	c.name(key, name, columns)
}

// name checks that a figure's key names a swept key or a column.
func (c figureCheck) name(key, name string, columns []string) {
	swept, column := c.SweptKeys(), asColumn(name)
	if name == "" || slices.Contains(columns, column) ||
		slices.Contains(swept, name) && strings.HasPrefix(column, "sweep.") {
		return
	}
	if _, ok := yamlpos.Find(c.fields, name); ok {
		c.add(key, "names %s, which is not swept; expected a swept key or a column", name)
		return
	}
	c.add(key, "got %q, which is neither a swept key nor a column; %s", name, yamlpos.Instead(name, slices.Concat(swept, columns)))
}

func (c figureCheck) prior() {
	var names []string
	for _, p := range c.Base.Priors {
		names = append(names, p.Name)
	}
	if other, ok := c.Where["prior"]; ok && c.Prior != "" && other != c.Prior {
		c.add("prior", "got %q, but where.prior is %v; expected one of them alone", c.Prior, other)
	}
	if c.Prior != "" && !slices.Contains(names, c.Prior) {
		c.add("prior", "got %q, which is no prior of this spec; %s", c.Prior, yamlpos.Instead(c.Prior, names))
	}
}

func (c figureCheck) where() {
	for _, key := range slices.Sorted(maps.Keys(c.Where)) {
		if c.Figure.Figure == "reconstructions" {
			c.name("where."+key, key, exampleColumns)
		} else {
			c.name("where."+key, key, columns)
		}
		values, known := c.values[asColumn(key)]
		if known && !values.set[c.Where[key]] {
			c.add("where."+key, "got %v, which no point of the sweep has; expected one of %s", c.Where[key], values)
		}
	}
}

func (c figureCheck) kept() {
	keep := c.Base.Evaluate.Keep
	if c.Figure.Figure == "reconstructions" && keep != KeepAll && keep < c.Signals {
		c.add("signals", "shows %d, but evaluate.keep keeps %d reconstructions per cell; expected no more than are kept", c.Signals, keep)
	}
}

// distinct is a column's distinct values in order of appearance.
type distinct struct {
	list []any
	set  map[any]bool
}

// distinctValues returns what the columns of swept keys, and the column prior,
// will hold. What other columns hold only a run can tell.
func (f *File) distinctValues() map[string]distinct {
	values := map[string]distinct{}
	add := func(column string, v any) {
		d := values[column]
		if d.set == nil {
			d.set = map[any]bool{}
		}
		if v != nil && !d.set[v] {
			d.set[v] = true
			d.list = append(d.list, v)
		}
		values[column] = d
	}
	for _, p := range f.points {
		for _, prior := range p.Spec.Priors {
			add("prior", prior.Name)
		}
		for _, v := range p.Values {
			add(asColumn(v.Key), v.Value)
		}
	}
	return values
}

// String lists the first of the values.
func (d distinct) String() string {
	const screen = 12
	var words []string
	for i, v := range d.list {
		if i == screen {
			words = append(words, "…")
			break
		}
		words = append(words, fmt.Sprint(v))
	}
	return strings.Join(words, ", ")
}
