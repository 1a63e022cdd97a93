package figures

import (
	"errors"
	"fmt"
	"slices"

	"sedlab/internal/group"
	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// CodeMap is a figure of the codes from which the kept reconstructions were made, on two axes
// and coloured by a column, with a panel for each training.
var CodeMap = Kind{Name: "code_map", Doc: "the codes of the kept reconstructions on two axes, coloured by a column, a panel for each training", Version: 1, New: func() Config { return new(codeMap) }}

type codeMap struct {
	Axes   string         `spec:"axes" default:"principal" enum:"principal|elements" doc:"what the axes are: the principal axes of the codes of a panel, or elements of the code"`
	X      int            `spec:"x_axis" default:"1" range:"[1,65536]" doc:"number of the horizontal axis, from 1"`
	Y      int            `spec:"y_axis" default:"2" range:"[1,65536]" doc:"number of the vertical axis, from 1"`
	Colour string         `spec:"colour" default:"mse" example:"mse_truth" names:"column" doc:"swept key or column of signals.parquet by which points are coloured: numbers on a scale, other values with a colour each"`
	Prior  string         `spec:"prior" default:"\"\"" example:"glo" names:"prior" doc:"the only prior shown"`
	Where  map[string]any `spec:"where" example:"{evaluate.split: test}" doc:"only the rows with these values of swept keys or columns"`
	Scale  string         `spec:"scale" default:"auto" enum:"auto|linear|log" doc:"scale of the colours"`
	Title  string         `spec:"title" default:"\"\"" example:"inpainting" doc:"text above the figure"`
}

// Check implements Config.
func (c *codeMap) Check(s Sweep) []KeyError {
	errs := append(s.CheckAxis("colour", c.Colour, s.Columns.Names()), s.checkExamples(c.Prior, c.Where)...)
	if c.X == c.Y {
		errs = append(errs, wrong("y_axis", "is %d, as x_axis is; expected another axis", c.Y)...)
	}
	return errs
}

// Undrawn implements Limited.
func (c *codeMap) Undrawn(s Sweep) []KeyError {
	named := func(v any) bool { _, number := record.Plain(v).(float64); return !number }
	if !slices.ContainsFunc(s.Values[s.Columns.Resolve(c.Colour)], named) {
		return nil
	}
	if err := tooManyGroups(c.Colour, s.count(c.Colour, c.Prior, c.Where)); err != nil {
		return wrong("colour", "%v", err)
	}
	return nil
}

// Draw implements Config.
func (c *codeMap) Draw(run reports.Run) (*reports.Drawn, error) {
	examples, chosen, err := chooseExamples(run, c.Prior, c.Where)
	if err != nil {
		return nil, err
	}
	m := &mapOfCodes{codeMap: c, column: run.Column(c.Colour)}
	if err := known(run.Signals, m.column.Name); err != nil {
		return nil, err
	}
	if err := m.collect(run, examples); err != nil {
		return nil, err
	}
	if c.Axes != "principal" || c.X != 1 || c.Y != 2 {
		chosen = append(chosen, c.axisName(c.X)+" and "+c.axisName(c.Y))
	}
	d := &reports.Drawn{
		Picture: draw.Picture{CSV: m.csv()},
		Name:    "code_map-" + m.column.Name,
		Title:   c.Title, Default: fmt.Sprintf("Codes of %s by %s", reports.Plural(m.n(), "reconstruction"), m.column.Title),
		Choices: scaled(chosen, c.Scale),
	}
	if !m.numeric {
		d.Undrawn = tooManyGroups(m.column.Name, len(m.values))
	}
	if d.Undrawn == nil {
		p := newCodePicture(m, run)
		d.Height, d.Paint, d.Caption, d.Table = p.height(), p.paint, p.frame.Caption, m.table()
	}
	return d, nil
}

// axisName names an axis of a panel.
func (c *codeMap) axisName(number int) string {
	if c.Axes == "elements" {
		return fmt.Sprintf("element %d of the code", number)
	}
	return fmt.Sprintf("PC %d", number)
}

// mapOfCodes is the content of a code map.
type mapOfCodes struct {
	*codeMap
	column  record.Column
	numeric bool  // whether all values of the column are numbers
	values  []any // of the column, each once
	panels  []*codePanel

	without []string // priors without codes
	partly  []string // the reconstructions without a code of other priors
	short   []string // trainings whose codes do not have the axes
}

// codePanel is the codes of one training.
type codePanel struct {
	*curve
	points  []codePoint
	signals int
	length  int        // of the codes
	shares  [2]float64 // of the variance, along the axes; 0 if these are elements
}

// codePoint is a code, with its place on the axes.
type codePoint struct {
	*record.Example
	value any
	x, y  float64
}

func (m *mapOfCodes) n() (n int) {
	for _, p := range m.panels {
		n += len(p.points)
	}
	return n
}

// collect makes a panel of the codes of each training.
func (m *mapOfCodes) collect(run reports.Run, examples []*record.Example) error {
	type id struct {
		cell   string
		signal int64
	}
	rows := map[id]*record.Signal{}
	for i := range run.Signals {
		rows[id{run.Signals[i].CellID, run.Signals[i].SignalID}] = &run.Signals[i]
	}
	row := func(e *record.Example) *record.Signal {
		if r := rows[id{e.CellID, e.SignalID}]; r != nil {
			return r
		}
		return new(record.Signal)
	}
	hasCode := func(e *record.Example) bool {
		return len(e.Code) > 0 && !slices.ContainsFunc(e.Code, func(z float32) bool { return !draw.Finite(float64(z)) })
	}
	var codeless []string // the priors of the reconstructions without a code
	for _, examples := range group.By(examples, func(e *record.Example) record.Key { return record.KeyOf(e.Prior, row(e).PriorHash, len(e.Code)) }) {
		prior, hash := examples[0].Prior, row(examples[0]).PriorHash
		p := &codePanel{curve: &curve{prior: prior, hash: hash}, length: len(examples[0].Code)}
		for _, e := range examples {
			if !hasCode(e) {
				codeless = append(codeless, prior)
				continue
			}
			v, _ := row(e).Value(m.column.Name)
			p.points = append(p.points, codePoint{Example: e, value: v})
			p.curve.signals = append(p.curve.signals, row(e))
		}
		p.signals = len(group.Keys(p.points, func(q codePoint) int64 { return q.SignalID }))
		if len(p.points) > 0 {
			m.panels = append(m.panels, p)
		}
	}
	m.leaveOut(codeless)
	m.name(run)
	if err := m.place(); err != nil {
		return err
	}
	m.sortValues()
	return nil
}

// leaveOut says which priors have no codes, and how many reconstructions of the others.
func (m *mapOfCodes) leaveOut(codeless []string) {
	for _, list := range group.By(codeless, func(prior string) string { return prior }) {
		prior := list[0]
		if slices.ContainsFunc(m.panels, func(p *codePanel) bool { return p.prior == prior }) {
			m.partly = append(m.partly, reports.Plural(len(list), "reconstruction")+" of "+prior)
		} else {
			m.without = append(m.without, prior)
		}
	}
}

// name names the trainings, as the figure of trainings does.
func (m *mapOfCodes) name(run reports.Run) {
	for _, siblings := range group.By(m.panels, func(p *codePanel) string { return p.prior }) {
		var curves []*curve
		for _, p := range siblings {
			curves = append(curves, p.curve)
		}
		tellApart(run, curves)
	}
}

// place finds the points' places. It drops panels whose codes do not have the axes.
func (m *mapOfCodes) place() error {
	m.panels = slices.DeleteFunc(m.panels, func(p *codePanel) bool {
		short := p.length < max(m.X, m.Y) || m.Axes == "principal" && len(p.points) < 2
		if short {
			m.short = append(m.short, p.name())
		}
		return short
	})
	for _, p := range m.panels {
		if m.Axes == "principal" {
			if err := p.project(m.X, m.Y); err != nil {
				return fmt.Errorf("the principal axes of the codes of %s: %w", p.name(), err)
			}
			continue
		}
		for i := range p.points {
			q := &p.points[i]
			q.x, q.y = float64(q.Code[m.X-1]), float64(q.Code[m.Y-1])
		}
	}
	switch {
	case len(m.panels) > 0:
		return nil
	case len(m.short) > 0:
		return fmt.Errorf("the codes of %s have too few elements for axes %d and %d, or there are fewer than 2", reports.Listed(m.short), m.X, m.Y)
	}
	return errors.New("no kept reconstruction has a code; not every prior makes its reconstructions from codes")
}

// sortValues lists the values of the colours.
func (m *mapOfCodes) sortValues() {
	var values []any
	for _, p := range m.panels {
		for _, q := range p.points {
			values = append(values, q.value)
		}
	}
	m.values = categories(group.Keys(values, func(v any) any { return v }))
	m.numeric = !slices.ContainsFunc(m.values, func(v any) bool { _, number := v.(float64); return v != nil && !number })
}
