package figures

import (
	"errors"
	"fmt"
	"slices"

	"sedlab/internal/group"
	"sedlab/internal/quantile"
	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
	"sedlab/reports/scores"
)

// Reconstructions is a figure like the paper's Figure 1. Each value of the key rows has
// a row of panels, and each panel shows one signal and its reconstruction. A row of
// panels shows one cell: the first that fits, with a note if there are more.
var Reconstructions = Kind{Name: "reconstructions", Doc: "signals and their reconstructions, with the residuals", Version: 1, New: func() Config { return new(reconstructions) }}

type reconstructions struct {
	Rows        string         `spec:"rows" default:"\"\"" example:"problem.operator" names:"column" doc:"swept key or column with one row of panels a value"`
	Signals     int            `spec:"signals" default:"4" range:"[1,16]" doc:"signals shown side by side: the first ones that are kept"`
	SignalIDs   []int64        `spec:"signal_ids" default:"[]" example:"[12, 40]" range:"[0,9007199254740992]" doc:"ids of the signals to show, instead of the first ones; only kept signals can be shown"`
	Wavelengths []float64      `spec:"wavelengths" default:"[]" example:"[4800, 5100]" range:"(0,inf)" unit:"Å" doc:"from and to: show only this range; the MSE is then that of this range"`
	Band        int            `spec:"band" default:"68" range:"[1,99]" words:"none=0" unit:"%" doc:"around the reconstruction: the central interval of the signal without noise, where the prior gives standard deviations"`
	Prior       string         `spec:"prior" default:"\"\"" example:"glo" names:"prior" doc:"the only prior shown"`
	Where       map[string]any `spec:"where" example:"{evaluate.split: test}" doc:"only the rows with these values of swept keys or columns"`
	Title       string         `spec:"title" default:"\"\"" example:"inpainting" doc:"text above the figure"`
}

// Check implements Config.
func (c *reconstructions) Check(s Sweep) []KeyError {
	errs := append(s.CheckAxis("rows", c.Rows, s.Kept()), s.CheckRows(c.Prior, c.Where, s.Kept())...)
	const most = 16
	switch n := len(c.SignalIDs); {
	case n == 0 && s.Keep < c.Signals:
		errs = append(errs, wrong("signals", "shows %d, but evaluate.keep keeps %d reconstructions per cell; expected no more than are kept", c.Signals, s.Keep)...)
	case n > 0 && s.Keep == 0:
		errs = append(errs, wrong("signal_ids", "names kept reconstructions, but evaluate.keep is 0; expected that some are kept")...)
	case n > most:
		errs = append(errs, wrong("signal_ids", "names %d signals; expected at most %d", n, most)...)
	}
	if w := c.Wavelengths; len(w) > 0 && (len(w) != 2 || w[0] >= w[1]) {
		errs = append(errs, wrong("wavelengths", "got %v; expected two rising wavelengths, from and to", w)...)
	}
	return errs
}

// Draw implements Config.
func (c *reconstructions) Draw(run reports.Run) (*reports.Drawn, error) {
	examples, own, err := chooseExamples(run, c.Prior, c.Where)
	if err == nil {
		examples, err = c.choose(examples)
	}
	if err != nil {
		return nil, err
	}
	rows := run.Column(c.Rows)
	g := &gallery{reconstructions: c, run: run, column: rows, prior: c.Prior}
	if priors := group.Keys(examples, priorOf); c.Prior == "" && rows.Name != "prior" {
		g.prior, g.priors = firstPrior(run, priors), priors
		examples = slices.DeleteFunc(examples, func(e *record.Example) bool { return e.Prior != g.prior })
	}
	if err := known(run.Examples, rows.Name); err != nil {
		return nil, err
	}
	g.collect(examples)
	if len(g.rows) == 0 {
		return nil, errors.New("no kept reconstruction has a truth and a reconstruction at the wavelengths")
	}
	p := newGalleryPicture(g)
	if rows.Name != "" {
		own = append(own, "by "+reports.Head(rows))
	}
	own = append(own, c.choices()...)
	return &reports.Drawn{
		Picture: draw.Picture{Height: p.height(), Paint: p.paint, CSV: g.csv()},
		Name:    "reconstructions",
		Title:   c.Title, Default: "Signals and their reconstructions by " + g.shown(),
		Choices: own, Caption: p.frame.Caption, Table: g.table(),
	}, nil
}

// firstPrior returns the first prior with a generator, or else the first prior.
func firstPrior(run reports.Run, priors []string) string {
	first := slices.IndexFunc(priors, func(p string) bool { return slices.Contains(run.Claims, p) })
	return priors[max(first, 0)]
}

// gallery is the content of a figure of reconstructions.
type gallery struct {
	*reconstructions
	run    reports.Run
	prior  string        // the prior of all rows; empty if they have several
	priors []string      // the priors it was chosen from, if the spec names none
	column record.Column // the column that separates the rows; may have no name
	rows   []galleryRow
}

type galleryRow struct {
	key      any
	examples []*record.Example
	cells    []*record.Example // the first of every cell that fits; the first cell is shown
}

// collect makes the rows, each with a limited number of signals. It leaves out examples
// that lack a truth and a reconstruction of the same fluxes.
func (g *gallery) collect(examples []*record.Example) {
	signals := g.Signals
	if len(g.SignalIDs) > 0 {
		signals = len(g.SignalIDs)
	}
	examples = slices.DeleteFunc(examples, func(e *record.Example) bool {
		n := len(e.Wavelength)
		return n < 2 || len(e.Truth) != n || len(e.Reconstruction) != n
	})
	key := func(e *record.Example) any {
		v, _ := e.Value(g.column.Name)
		return v
	}
	for _, fit := range group.By(examples, key) {
		row := galleryRow{key: key(fit[0])}
		for _, cell := range group.By(fit, cellOf) {
			slices.SortStableFunc(cell, func(a, b *record.Example) int { return g.place(a) - g.place(b) })
			row.cells = append(row.cells, cell[0])
			if row.examples == nil {
				row.examples = cell[:min(signals, len(cell))]
			}
		}
		g.rows = append(g.rows, row)
	}
}

// shown names the priors of the rows.
func (g *gallery) shown() string {
	return reports.Listed(group.Keys(g.rows, func(row galleryRow) string { return row.cells[0].Prior }))
}

// caption explains the panels, and says what was chosen by default.
func (g *gallery) caption() []string {
	lines := []string{"Below each panel: reconstruction minus original, on the same scale."}
	if w := g.Wavelengths; len(w) > 0 {
		lines = append(lines, fmt.Sprintf("Shown from %g to %g Å; the MSE is that of this part.", w[0], w[1]))
	}
	if missing := g.missing(); len(missing) > 0 {
		lines = append(lines, "Not kept in each of the cells shown: "+reports.Listed(missing)+"; evaluate.keep says how many are kept.")
	}
	if names := g.withoutGrid(); len(names) > 0 {
		lines = append(lines, fmt.Sprintf("Measurements by %s have no wavelengths, and are not shown.", reports.Listed(names)))
	}
	if len(g.priors) > 1 {
		lines = append(lines, fmt.Sprintf("Of the priors %s, %s alone is shown.", reports.Listed(g.priors), g.prior))
	}
	most := 0
	var differ []string
	for _, row := range g.rows {
		most = max(most, len(row.cells))
		for _, c := range g.differing(row) {
			differ = append(differ, c.Title)
		}
	}
	if most > 1 {
		line := fmt.Sprintf("A row shows the first of up to %d cells that fit", most)
		if len(differ) > 0 {
			line += ", which differ in " + reports.Listed(group.Keys(differ, func(title string) string { return title }))
		}
		lines = append(lines, line+".")
	}
	return lines
}

// withoutGrid names the operators whose measurements have no wavelengths.
func (g *gallery) withoutGrid() (names []string) {
	for _, row := range g.rows {
		if e := row.examples[0]; noGrid(e) {
			names = append(names, reports.Category(g.run.Column("operator"), e.Operator))
		}
	}
	return group.Keys(names, func(name string) string { return name })
}

// differing returns the columns in which the cells that fit a row differ. The level is
// left out, because other columns imply it.
func (g *gallery) differing(row galleryRow) (columns []record.Column) {
	first := row.cells[0]
	for _, name := range first.Columns() {
		c, _ := g.run.Columns.Find(name)
		if c.Role != record.Condition && c.Role != record.Setting || name == "level" {
			continue
		}
		want, _ := first.Value(name)
		if slices.ContainsFunc(row.cells, func(e *record.Example) bool { got, _ := e.Value(name); return got != want }) {
			columns = append(columns, c)
		}
	}
	return columns
}

// inTitle lists the columns that appear in the title of every row.
var inTitle = []string{"operator", "missing_fraction", "noise_l2", "split"}

// rowTitle returns the title of a row of panels: its value in the rows' column, the
// problem, and the values that distinguish its cell from the others that fit.
func (g *gallery) rowTitle(row galleryRow) string {
	e := row.cells[0]
	title := reports.Category(g.run.Column("operator"), e.Operator)
	if e.MissingFraction > 0 {
		title += ", " + reports.Category(g.run.Column("missing_fraction"), e.MissingFraction) + " % missing"
	}
	title += noiseTitle(row.examples) + ", " + e.Split + " signals"
	for _, c := range g.differing(row) {
		if value, _ := e.Value(c.Name); value != nil && !slices.Contains(inTitle, c.Name) {
			title += ", " + reports.Setting(e.Prior, c, value)
		}
	}
	if g.column.Name == "" || slices.Contains(inTitle, g.column.Name) {
		return title
	}
	return reports.Setting(e.Prior, g.column, row.key) + ": " + title
}

// noiseTitle describes the noise of a row's signals; it is empty if there is none.
func noiseTitle(examples []*record.Example) string {
	var norms []float64
	for _, e := range examples {
		if draw.Finite(e.NoiseL2) && e.NoiseL2 > 0 {
			norms = append(norms, e.NoiseL2)
		}
	}
	if len(norms) == 0 {
		return ""
	}
	middle := quantile.Median(norms) // which sorts them
	name := ", noise ‖η‖₂ = "
	if reports.Vary(norms) {
		name = ", median noise ‖η‖₂ = "
	}
	return name + draw.Number(middle)
}

func meanSquaredError(e *record.Example) float64 {
	return scores.MSE.Score(scores.Case{Truth: e.Truth, Estimate: e.Reconstruction})
}

func (g *gallery) table() [][]string {
	rows := [][]string{{"problem", "signal", "MSE per flux"}}
	for _, row := range g.rows {
		for _, e := range row.examples {
			rows = append(rows, []string{g.rowTitle(row), fmt.Sprint(e.SignalID), draw.Number(meanSquaredError(e))})
		}
	}
	return rows
}
