package figures

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"sedlab/internal/group"
	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
	"sedlab/reports/scores"
)

// Calibration is a reliability diagram of the kept reconstructions: the share of fluxes
// within the central intervals that priors give, against the probability of the intervals.
// Unless the prior is the group, each prior has a panel.
var Calibration = Kind{Name: "calibration", Doc: "the share of fluxes within the intervals that priors give, against the probability of the intervals", Version: 1, New: func() Config { return new(calibration) }}

type calibration struct {
	Group string         `spec:"group" default:"prior" example:"problem.missing_fraction" names:"column" doc:"swept key or column with a line for each value"`
	Prior string         `spec:"prior" default:"\"\"" example:"factor_analysis" names:"prior" doc:"the only prior shown"`
	Where map[string]any `spec:"where" example:"{evaluate.split: test}" doc:"only the rows with these values of swept keys or columns"`
	Title string         `spec:"title" default:"\"\"" example:"inpainting" doc:"text above the figure"`
}

// Check implements Config.
func (c *calibration) Check(s Sweep) []KeyError {
	return append(s.CheckAxis("group", c.Group, s.Kept()), s.checkExamples(c.Prior, c.Where)...)
}

// Undrawn implements Limited.
func (c *calibration) Undrawn(s Sweep) []KeyError {
	if err := tooManyGroups(c.Group, s.count(c.Group, c.Prior, c.Where)); err != nil {
		return wrong("group", "%v", err)
	}
	return nil
}

// Draw implements Config.
func (c *calibration) Draw(run reports.Run) (*reports.Drawn, error) {
	examples, chosen, err := chooseExamples(run, c.Prior, c.Where)
	if err != nil {
		return nil, err
	}
	r := &reliability{group: run.Column(c.Group)}
	if err := known(run.Examples, r.group.Name); err != nil {
		return nil, err
	}
	if r.group.Name != "prior" {
		r.panel = run.Column("prior")
	}
	r.collect(run, examples)
	if len(r.lines) == 0 {
		return nil, errors.New("no kept reconstruction has standard deviations, and fluxes to compare with them; not every prior gives them")
	}
	d := &reports.Drawn{
		Picture: draw.Picture{CSV: r.csv()},
		Name:    "calibration",
		Title:   c.Title, Default: "Share of fluxes within their intervals, " + r.size(),
		Choices: chosen,
	}
	if d.Undrawn = tooManyGroups(r.group.Name, len(r.groups)); d.Undrawn == nil {
		p := newReliabilityPicture(c, r, run)
		d.Height, d.Paint, d.Caption, d.Table = p.height(), p.paint, p.frame.Caption, r.table()
	}
	return d, nil
}

// nominal lists the probabilities of the intervals, ascending; those of coverage_68 and
// coverage_95 are among them.
var nominal = func() []float64 {
	list := []float64{oneSigma, 0.99}
	for i := range 41 {
		list = append(list, float64(i)/40)
	}
	slices.Sort(list)
	return list
}()

// drawnShares is how many of them are drawn: not 1, within whose interval is every flux.
var drawnShares = len(nominal) - 1

// oneSigma is the probability that a Gaussian error is within one standard deviation.
var oneSigma = math.Erf(1 / math.Sqrt2)

// reliability is the content of a calibration figure.
type reliability struct {
	panel, group   record.Column // that separate panels and lines; may have no name
	panels, groups []any         // their values
	lines          []*reliabilityLine
	without        []string // priors without standard deviations
	clean, noisy   bool     // whether fluxes without noise, and with it, are compared
}

// reliabilityLine is what is known of the intervals of some reconstructions.
type reliabilityLine struct {
	panel, group           any
	signals, cells, fluxes int
	shares                 []reports.Interval // within the intervals of each nominal probability
}

// at returns the share within the intervals of a nominal probability.
func (l *reliabilityLine) at(probability float64) float64 {
	return l.shares[slices.Index(nominal, probability)].Value
}

// banded reports whether the line has enough signals for a band.
func (l *reliabilityLine) banded() bool { return !math.IsNaN(l.shares[0].Low) }

// collect counts the fluxes within their intervals, line by line.
func (r *reliability) collect(run reports.Run, examples []*record.Example) {
	values := func(e *record.Example) [2]any {
		panel, _ := e.Value(r.panel.Name)
		group, _ := e.Value(r.group.Name)
		return [2]any{panel, group}
	}
	for _, examples := range group.By(examples, values) {
		v := values(examples[0])
		l := &reliabilityLine{panel: v[0], group: v[1]}
		var counted []*record.Example
		var hits []reports.Hits
		for _, e := range examples {
			if h := r.hits(e); h.All > 0 {
				counted, hits = append(counted, e), append(hits, h)
				l.fluxes += h.All
			}
		}
		if l.fluxes == 0 {
			r.without = append(r.without, examples[0].Prior)
			continue
		}
		l.signals = len(group.Keys(counted, func(e *record.Example) int64 { return e.SignalID }))
		l.cells = len(group.Keys(counted, cellOf))
		l.shares = run.ShareIntervals(counted, hits)
		r.lines = append(r.lines, l)
	}
	r.without = group.Keys(r.without, func(prior string) string { return prior })
	r.panels = group.Keys(r.lines, func(l *reliabilityLine) any { return l.panel })
	r.groups = categories(group.Keys(r.lines, func(l *reliabilityLine) any { return l.group }))
}

// hits counts the fluxes of an example within each interval.
func (r *reliability) hits(e *record.Example) reports.Hits {
	h := reports.Hits{Within: make([]int, len(nominal))}
	n := len(e.Wavelength)
	has := func(length int) bool { return length == 0 || length == n }
	if !rebuilt(e) || !has(len(e.Sigma)) || !has(len(e.Clean)) || !has(len(e.Noise)) || !has(len(e.Observed)) || !has(len(e.Infilled)) {
		return h
	}
	c := scores.Case{Truth: e.Truth, Clean: e.Clean, Estimate: e.Reconstruction, Observed: e.Observed, Infilled: e.Infilled, Sigma: e.Sigma, Noise: e.Noise}
	c.EachZ(func(z float64) {
		inner := math.Erf(math.Abs(z) / math.Sqrt2) // the probability of the interval that just reaches the error
		for k := len(nominal) - 1; k >= 0 && inner <= nominal[k]; k-- {
			h.Within[k]++
		}
		h.All++
	})
	r.clean, r.noisy = r.clean || h.All > 0 && e.Clean != nil, r.noisy || h.All > 0 && e.Clean == nil
	return h
}

// size says how many signals and fluxes the lines have.
func (r *reliability) size() string {
	span := func(count func(*reliabilityLine) int) string {
		least, most := count(r.lines[0]), count(r.lines[0])
		for _, l := range r.lines {
			least, most = min(least, count(l)), max(most, count(l))
		}
		if least == most {
			return fmt.Sprint(most)
		}
		return fmt.Sprintf("%d–%d", least, most)
	}
	return fmt.Sprintf("n = %s signals, %s fluxes", span(func(l *reliabilityLine) int { return l.signals }), span(func(l *reliabilityLine) int { return l.fluxes }))
}

// csv returns the shares to the last bit. An empty field means no value.
func (r *reliability) csv() [][]string {
	records := [][]string{append(r.head(func(c record.Column) string { return c.Name }), "nominal", "empirical", "low", "high", "n", "n_signals")}
	for _, l := range r.lines {
		for k, share := range l.shares {
			row := r.names(l, func(_ record.Column, v any) string { return draw.Exact(v) })
			for _, v := range []any{nominal[k], share.Value, share.Low, share.High, l.fluxes, l.signals} {
				row = append(row, draw.Exact(v))
			}
			records = append(records, row)
		}
	}
	return records
}

// table returns the shares within one standard deviation and within 95 % intervals.
func (r *reliability) table() [][]string {
	rows := [][]string{append(r.head(reports.Head), "within the 68 % interval", "within the 95 % interval", "fluxes", "signals", "cells")}
	for _, l := range r.lines {
		rows = append(rows, append(r.names(l, reports.Category), percent(l.at(oneSigma)), percent(l.at(0.95)), fmt.Sprint(l.fluxes), fmt.Sprint(l.signals), fmt.Sprint(l.cells)))
	}
	return rows
}

// head returns the heads of the columns that separate the lines.
func (r *reliability) head(name func(record.Column) string) (head []string) {
	for _, c := range []record.Column{r.panel, r.group} {
		if c.Name != "" {
			head = append(head, name(c))
		}
	}
	return head
}

// names returns a line's values in the columns that separate the lines.
func (r *reliability) names(l *reliabilityLine, name func(record.Column, any) string) (names []string) {
	if r.panel.Name != "" {
		names = append(names, name(r.panel, l.panel))
	}
	if r.group.Name != "" {
		names = append(names, name(r.group, l.group))
	}
	return names
}
