package reports

import (
	"fmt"
	"slices"
	"strings"

	"sedlab/internal/record"
)

// gallery is the content of a figure of reconstructions.
type gallery struct {
	prior  string   // of all rows; empty where the rows are of several
	priors []string // that it was chosen from, if the figure does not say
	column string   // that tells the rows apart, or empty
	rows   []galleryRow
}

type galleryRow struct {
	key      any
	examples []*record.Example
	cells    []*record.Example // the first of every cell that fits; the first cell is shown
}

// add takes an example that belongs to its row's cell, while there is room.
// Those without a truth and a reconstruction of the same fluxes are left out.
func (g *gallery) add(e *record.Example, f Figure) {
	n := len(e.Wavelength)
	if n < 2 || len(e.Truth) != n || len(e.Reconstruction) != n {
		return
	}
	key, _ := e.Value(f.Rows)
	i := slices.IndexFunc(g.rows, func(r galleryRow) bool { return r.key == key })
	if i < 0 {
		i = len(g.rows)
		g.rows = append(g.rows, galleryRow{key: key})
	}
	row := &g.rows[i]
	if !slices.ContainsFunc(row.cells, func(c *record.Example) bool { return c.CellID == e.CellID }) {
		row.cells = append(row.cells, e)
	}
	if row.cells[0].CellID == e.CellID && len(row.examples) < f.Signals {
		row.examples = append(row.examples, e)
	}
}

// shown returns the priors of the rows.
func (g *gallery) shown() (names []string) {
	for _, row := range g.rows {
		if p := row.cells[0].Prior; !slices.Contains(names, p) {
			names = append(names, p)
		}
	}
	return names
}

// caption says what the panels are, and what was chosen unasked.
func (g *gallery) caption() []string {
	lines := []string{"Below each panel: reconstruction minus original, on the same scale."}
	if len(g.priors) > 1 {
		lines = append(lines, fmt.Sprintf("Of the priors %s, %s alone is shown.", listed(g.priors), g.prior))
	}
	most := 0
	var differ []string
	for _, row := range g.rows {
		most = max(most, len(row.cells))
		for _, c := range row.differing() {
			if name := groupTitle(c, ""); !slices.Contains(differ, name) {
				differ = append(differ, name)
			}
		}
	}
	if most > 1 {
		line := fmt.Sprintf("A row shows the first of up to %d cells that fit", most)
		if len(differ) > 0 {
			line += ", which differ in " + listed(differ)
		}
		lines = append(lines, line+".")
	}
	return lines
}

// differing returns the columns in which the cells that fit a row differ.
func (r galleryRow) differing() (columns []string) {
	first := r.cells[0]
	for _, column := range first.Columns() {
		switch column {
		case "cell_id", "signal_id", "norm", "level":
			continue // of the signal, or told by other columns
		}
		want, _ := first.Value(column)
		if slices.ContainsFunc(r.cells, func(c *record.Example) bool { got, _ := c.Value(column); return got != want }) {
			columns = append(columns, column)
		}
	}
	return columns
}

// rowTitle says what a row of panels shows: its value in the rows' column, the
// problem, and the values that tell its cell from others that fit.
func (g *gallery) rowTitle(row galleryRow) string {
	e := row.cells[0]
	title := category("operator", e.Operator)
	if e.MissingFraction > 0 {
		title += ", " + category("missing_fraction", e.MissingFraction) + " % missing"
	}
	title += noiseTitle(row.examples) + ", " + e.Split + " signals"
	for _, column := range row.differing() {
		if value, _ := e.Value(column); value != nil && !inTitle(column) {
			title += ", " + setting(e.Prior, column, value)
		}
	}
	if g.column == "" || inTitle(g.column) {
		return title
	}
	return setting(e.Prior, g.column, row.key) + ": " + title
}

// inTitle tells whether every row's title has a column's value.
func inTitle(column string) bool {
	return slices.Contains([]string{"operator", "missing_fraction", "noise_l2", "split"}, column)
}

// noiseTitle says what the noise of a row's signals is, or nothing of none.
func noiseTitle(examples []*record.Example) string {
	var norms []float64
	for _, e := range examples {
		if finite(e.NoiseL2) && e.NoiseL2 > 0 {
			norms = append(norms, e.NoiseL2)
		}
	}
	if len(norms) == 0 {
		return ""
	}
	slices.Sort(norms)
	name := ", noise ‖η‖₂ = "
	if vary(norms) {
		name = ", median noise ‖η‖₂ = "
	}
	return name + format(median(norms))
}

// listed joins names as a sentence does: a, b and c.
func listed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
