package figures

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"sedlab/internal/group"
	"sedlab/internal/quantile"
	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// Residuals is a figure of the kept reconstructions' errors against the wavelength, with a
// line for each prior, and of how often each wavelength was hidden.
var Residuals = Kind{Name: "residuals", Doc: "the median residual of the kept reconstructions at each wavelength, a line for each prior", Version: 1, New: func() Config { return new(residuals) }}

type residuals struct {
	Band  string         `spec:"band" default:"quartiles" enum:"quartiles|none" doc:"around the median: the quartiles of the reconstructions"`
	Bin   int            `spec:"bin" default:"1" range:"[1,1000]" doc:"neighbouring wavelengths that are shown as one, which makes the lines smoother"`
	Lines bool           `spec:"lines" default:"true" doc:"names strong spectral lines, at their wavelengths in vacuum"`
	Prior string         `spec:"prior" default:"\"\"" example:"glo" names:"prior" doc:"the only prior shown"`
	Where map[string]any `spec:"where" example:"{evaluate.split: test}" doc:"only the rows with these values of swept keys or columns"`
	Scale string         `spec:"scale" default:"auto" enum:"auto|linear|log" doc:"vertical axis"`
	Title string         `spec:"title" default:"\"\"" example:"inpainting" doc:"text above the figure"`
}

// Check implements Config.
func (c *residuals) Check(s Sweep) []KeyError {
	return s.checkExamples(c.Prior, c.Where)
}

// Undrawn implements Limited.
func (c *residuals) Undrawn(s Sweep) []KeyError {
	if err := tooManyGroups("prior", s.count("prior", c.Prior, c.Where)); err != nil {
		return wrong("figure", "%v", err)
	}
	return nil
}

// Draw implements Config.
func (c *residuals) Draw(run reports.Run) (*reports.Drawn, error) {
	examples, chosen, err := chooseExamples(run, c.Prior, c.Where)
	if err != nil {
		return nil, err
	}
	examples = slices.DeleteFunc(examples, func(e *record.Example) bool { return !rebuilt(e) })
	s := &spread{residuals: c}
	for _, examples := range group.By(examples, priorOf) {
		s.lines = append(s.lines, newPriorLine(examples, max(c.Bin, 1)))
	}
	if !slices.ContainsFunc(s.lines, func(l *priorLine) bool { return draw.Finite(l.median) }) {
		return nil, errors.New("no kept reconstruction and its truth are finite at the same wavelength; prior and where choose the reconstructions")
	}
	if c.Bin > 1 {
		chosen = append(chosen, fmt.Sprintf("%d wavelengths as one", c.Bin))
	}
	d := &reports.Drawn{
		Picture: draw.Picture{CSV: s.csv()},
		Name:    "residuals",
		Title:   c.Title, Default: "Median residual by wavelength",
		Choices: scaled(chosen, c.Scale),
	}
	if d.Undrawn = tooManyGroups("prior", len(s.lines)); d.Undrawn == nil {
		p := newSpreadPicture(s, run)
		d.Height, d.Paint, d.Caption, d.Table = p.height(), p.paint, p.frame.Caption, s.table()
	}
	return d, nil
}

// rebuilt reports whether an example has a truth and a reconstruction of the same fluxes.
func rebuilt(e *record.Example) bool {
	n := len(e.Wavelength)
	return n > 0 && len(e.Truth) == n && len(e.Reconstruction) == n
}

// spread is the content of a figure of residuals.
type spread struct {
	*residuals
	lines []*priorLine
}

// priorLine is what is known of one prior's residuals.
type priorLine struct {
	prior           string
	examples, cells int
	points          []*fluxPoint // by rising wavelength

	median, hidden, seen     float64 // medians of all residuals, of those of hidden fluxes, and of those of observed ones
	fluxes, infilled, broken int     // all fluxes, those that the data set had filled in, and others with a value that is not finite
}

// fluxPoint is what is known of one wavelength, or of a few neighbours.
type fluxPoint struct {
	wavelength float64
	reports.Statistics
	hidden, known int // examples in which it was hidden, of those that tell
	leftOut       int

	residuals []float64
}

// newPriorLine collects the residuals of a prior's examples, and pools neighbouring
// wavelengths.
func newPriorLine(examples []*record.Example, bin int) *priorLine {
	l := &priorLine{prior: examples[0].Prior, examples: len(examples)}
	l.cells = len(group.Keys(examples, cellOf))
	at := map[float64]*fluxPoint{}
	var all, hidden, seen []float64
	for _, e := range examples {
		selects := len(e.Observed) == len(e.Wavelength)
		for i, w := range e.Wavelength {
			if at[w] == nil {
				at[w] = &fluxPoint{wavelength: w}
			}
			r, ok := l.residual(e, i)
			at[w].add(r, ok, selects, selects && !e.Observed[i])
			switch {
			case !ok:
				continue
			case selects && e.Observed[i]:
				seen = append(seen, r)
			case selects:
				hidden = append(hidden, r)
			}
			all = append(all, r)
		}
	}
	for neighbours := range slices.Chunk(slices.Sorted(maps.Keys(at)), bin) {
		p := &fluxPoint{}
		for _, w := range neighbours {
			p.merge(at[w], len(neighbours))
		}
		p.Statistics = reports.Describe(p.residuals, p.leftOut, 0)
		l.points = append(l.points, p)
	}
	l.median, l.hidden, l.seen = quantile.Median(all), quantile.Median(hidden), quantile.Median(seen)
	return l
}

// residual returns the size of a residual, and whether it counts. Fluxes that the data set
// had filled in do not, as the truth is not known there.
func (l *priorLine) residual(e *record.Example, i int) (r float64, ok bool) {
	l.fluxes++
	r = math.Abs(residual(e, i))
	switch {
	case isInfilled(e, i):
		l.infilled++
	case !draw.Finite(r):
		l.broken++
	default:
		return r, true
	}
	return r, false
}

func (p *fluxPoint) add(residual float64, ok, known, hidden bool) {
	p.known, p.hidden, p.leftOut = p.known+one(known), p.hidden+one(hidden), p.leftOut+one(!ok)
	if ok {
		p.residuals = append(p.residuals, residual)
	}
}

// merge adds one of n neighbours, whose mean wavelength counts.
func (p *fluxPoint) merge(q *fluxPoint, n int) {
	p.wavelength += q.wavelength / float64(n)
	p.known, p.hidden, p.leftOut = p.known+q.known, p.hidden+q.hidden, p.leftOut+q.leftOut
	p.residuals = append(p.residuals, q.residuals...)
}

// csv returns the statistics at every wavelength. An empty field means no value.
func (s *spread) csv() [][]string {
	records := [][]string{{"prior", "wavelength", "n", "n_left_out", "q1", "median", "q3", "n_hidden", "hidden_share"}}
	for _, l := range s.lines {
		for _, p := range l.points {
			r := []string{l.prior}
			for _, v := range []any{p.wavelength, p.N, p.leftOut, p.Q1, p.Median, p.Q3, p.hidden, float64(p.hidden) / float64(p.known)} {
				r = append(r, draw.Exact(v))
			}
			records = append(records, r)
		}
	}
	return records
}

// table returns each prior's medians for the report.
func (s *spread) table() [][]string {
	rows := [][]string{{"prior", "median residual", "of hidden fluxes", "of observed fluxes", "reconstructions", "cells"}}
	for _, l := range s.lines {
		rows = append(rows, []string{l.prior, draw.Number(l.median), draw.Number(l.hidden), draw.Number(l.seen), fmt.Sprint(l.examples), fmt.Sprint(l.cells)})
	}
	return rows
}
