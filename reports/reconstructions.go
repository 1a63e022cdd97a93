package reports

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"sedlab/internal/record"
)

// reconstructions makes a figure as the paper's Figure 1: a row of panels for
// each value of Rows, in each panel one signal and its reconstruction. A row of
// panels shows one cell: the first that matches.
func reconstructions(f Figure, run Run) (*drawn, error) {
	if len(run.Examples) == 0 {
		return nil, errors.New("there are no examples; evaluate.keep says how many to keep")
	}
	if f.Signals <= 0 {
		f.Signals = 4
	}
	examples, err := filter(run.Examples, f.Where)
	if err != nil {
		return nil, err
	}
	if f.Prior == "" && len(examples) > 0 {
		f.Prior = firstPrior(run, examples)
	}
	examples = slices.DeleteFunc(examples, func(e *record.Example) bool { return e.Prior != f.Prior })
	if len(examples) == 0 {
		return nil, errors.New("no examples are left by prior and where")
	}
	if f.Rows != "" {
		if err := known(run.Examples, f.Rows); err != nil {
			return nil, err
		}
	}
	g := &gallery{prior: f.Prior}
	for _, e := range examples {
		g.add(e, f)
	}
	if slices.ContainsFunc(g.rows, func(r galleryRow) bool { return len(r.examples) > 0 }) {
		return g.drawn(f, run.Normalize), nil
	}
	return nil, errors.New("no example has a truth and a reconstruction")
}

// firstPrior is the first prior of the examples with a generator, or else the
// first there is.
func firstPrior(run Run, examples []*record.Example) string {
	for _, e := range examples {
		if slices.Contains(run.Claims, e.Prior) {
			return e.Prior
		}
	}
	return examples[0].Prior
}

// gallery is the content of a figure of reconstructions.
type gallery struct {
	prior string
	rows  []galleryRow
}

type galleryRow struct {
	key      any
	cell     string
	examples []*record.Example
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
		g.rows = append(g.rows, galleryRow{key: key, cell: e.CellID})
	}
	if row := &g.rows[i]; row.cell == e.CellID && len(row.examples) < f.Signals {
		row.examples = append(row.examples, e)
	}
}

func (g *gallery) drawn(f Figure, normalize string) *drawn {
	p := newGalleryPlot(g, f, normalize)
	return &drawn{
		name:    "reconstructions",
		title:   heading(f.Title, "Signals and their reconstructions by "+g.prior),
		caption: p.frame.caption,
		height:  p.height(),
		draw:    p.draw,
		csv:     g.csv(),
		table:   g.table(),
	}
}

// rowTitle says what problem a row of panels shows.
func rowTitle(e *record.Example) string {
	title := category("operator", e.Operator)
	if e.MissingFraction > 0 {
		title += ", " + category("missing_fraction", e.MissingFraction) + " % missing"
	}
	if e.NoiseL2 > 0 {
		title += ", noise ‖η‖₂ = " + format(e.NoiseL2)
	}
	return title + ", " + e.Split + " signals"
}

func meanSquaredError(e *record.Example) float64 {
	var sum float64
	for i, t := range e.Truth {
		d := float64(e.Reconstruction[i]) - float64(t)
		sum += d * d
	}
	return sum / float64(len(e.Truth))
}

// csv returns every flux that the figure shows.
func (g *gallery) csv() [][]string {
	records := [][]string{{"operator", "split", "signal_id", "wavelength", "truth", "measurement", "reconstruction", "observed"}}
	for _, row := range g.rows {
		for _, e := range row.examples {
			for i, w := range e.Wavelength {
				r := []string{e.Operator, e.Split, strconv.FormatInt(e.SignalID, 10), exact(w),
					exact32(e.Truth[i]), "", exact32(e.Reconstruction[i]), ""}
				if len(e.Measurement) == len(e.Wavelength) {
					r[5] = exact32(e.Measurement[i])
				}
				if len(e.Observed) == len(e.Wavelength) {
					r[7] = strconv.FormatBool(e.Observed[i])
				}
				records = append(records, r)
			}
		}
	}
	return records
}

func exact32(v float32) string {
	if v != v {
		return ""
	}
	return strconv.FormatFloat(float64(v), 'g', -1, 32)
}

func (g *gallery) table() [][]string {
	rows := [][]string{{"problem", "signal", "MSE per flux"}}
	for _, row := range g.rows {
		for _, e := range row.examples {
			rows = append(rows, []string{rowTitle(e), fmt.Sprint(e.SignalID), format(meanSquaredError(e))})
		}
	}
	return rows
}
