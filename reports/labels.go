package reports

import (
	"fmt"
	"strings"

	"sedlab/internal/record"
	"sedlab/reports/draw"
)

// Column returns the column that is given by its own name or by a key of the spec.
func (r Run) Column(name string) record.Column {
	c, _ := r.Columns.Find(r.Columns.Resolve(name))
	return c
}

// Axis returns the title of an axis that shows a column, with its unit.
func (r Run) Axis(c record.Column) string {
	if c.Unit == "" {
		return c.Title
	}
	return c.Title + " [" + r.Unit(c.Unit) + "]"
}

// Unit returns a column's unit in this run: that of normalised fluxes or, without a
// normalisation, that of the data set's own.
func (r Run) Unit(unit string) string {
	if r.Normalize == "none" {
		return unit
	}
	return strings.Replace(unit, "flux", "normalised flux", 1)
}

// Head names a column in the head of a table.
func Head(c record.Column) string {
	name, _ := record.SweptKey(c.Name)
	if c.Head != "" {
		name = c.Head
	}
	if c.Unit == "%" {
		name += " [%]"
	}
	return name
}

// Category writes a column's value for an axis, a legend or a table.
func Category(c record.Column, value any) string {
	switch v := value.(type) {
	case nil:
		return "none"
	case float64:
		if c.Unit == "%" {
			v *= 100
		}
		return draw.Number(v)
	case string:
		if c.Name == "operator" {
			return strings.ReplaceAll(v, "_", " ")
		}
		return v
	}
	return fmt.Sprint(value)
}

// Setting writes a row's value in a column as a setting: pca, or code_dim = 8.
func Setting(prior string, c record.Column, value any) string {
	if c.Name == "prior" || c.Name == "method" {
		return Category(c, value)
	}
	name, _ := record.SweptKey(c.Name)
	if c.Name == "lambda" {
		name = c.Title
	}
	return strings.TrimPrefix(name, "priors."+prior+".") + " = " + Category(c, value)
}

// Listed joins names as in a sentence: a, b and c.
func Listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// Plural writes a number of things: 1 cell, 2 cells.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
