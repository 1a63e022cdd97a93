package figures

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"

	"sedlab/reports"
	"sedlab/reports/draw"
)

// reliabilityPicture is the picture of a calibration: a square for each panel. Beside a
// single one are the lines' names and shares.
type reliabilityPicture struct {
	*reliability
	grid
	groupTitle string
	bands      bool // whether the lines are few enough for bands
}

// percentScale is that of both axes.
var percentScale = draw.Scale{High: 100}

func newReliabilityPicture(c *calibration, r *reliability, run reports.Run) *reliabilityPicture {
	p := &reliabilityPicture{reliability: r, bands: len(r.groups) <= draw.Looks}
	if r.group.Name != "" {
		p.groupTitle = run.Axis(r.group) + ":"
	}
	p.frame = draw.Frame{Title: c.Title, Caption: p.caption()}
	p.left, p.bottom = 1.4*draw.LineHeight+draw.LabelWidth(percentScale), axisRoom
	for _, v := range r.panels {
		p.titles = append(p.titles, reports.Category(r.panel, v))
	}
	p.inRow, p.between = inRow(len(p.titles)), 5*draw.Gap
	if len(p.titles) == 1 {
		p.between = draw.PageWidth - p.left - draw.Gap - squareSide
	} else if p.groupTitle != "" {
		p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: p.groupTitle})
		for i, v := range r.groups {
			p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: reports.Category(r.group, v), Paint: p.legend(i)})
		}
	}
	p.tall = p.width()
	return p
}

// caption explains the lines, and says what they leave out.
func (p *reliabilityPicture) caption() []string {
	lines := []string{"Of the kept reconstructions (evaluate.keep): share of the hidden fluxes, or of all where none is hidden, within the central interval of each probability (" + p.size() + " a line)."}
	few, cells := 0, 0
	for _, l := range p.lines {
		few, cells = few+one(!l.banded()), max(cells, l.cells)
	}
	if p.bands && few < len(p.lines) {
		lines = append(lines, "Band: 95 % interval of the whole line, by bootstrap over signals.")
	}
	lines = append(lines, "Below the diagonal, the prior's intervals are too narrow; above it, too wide.")
	switch {
	case p.clean && p.noisy:
		lines = append(lines, "The fluxes are those without noise where the data set knows them, otherwise those that it measured, with their noise.")
	case p.clean:
		lines = append(lines, "The fluxes are those without noise.")
	default:
		lines = append(lines, "The fluxes are those that the data set measured, with their noise.")
	}
	if len(p.without) > 0 {
		lines = append(lines, fmt.Sprintf("Without standard deviations, or without a model of the data's noise, and not shown: %s.", reports.Listed(p.without)))
	}
	if p.bands && few > 0 {
		lines = append(lines, reports.Plural(few, "line")+" of too few signals for a band.")
	}
	if cells > 1 {
		lines = append(lines, fmt.Sprintf("A line pools up to %d cells.", cells))
	}
	return lines
}

func (p *reliabilityPicture) legend(i int) func(*draw.Canvas, vg.Rectangle) {
	return func(c *draw.Canvas, r vg.Rectangle) {
		if p.bands && slices.ContainsFunc(p.lines, func(l *reliabilityLine) bool { return l.group == p.groups[i] && l.banded() }) {
			c.FillPolygon(bandColour(i), draw.Corners(r.Min.X, r.Max.X, r.Min.Y, r.Max.Y))
		}
		draw.LegendLine(lineStyle(i))(c, r)
	}
}

// height leaves room for the upper half of the last label.
func (p *reliabilityPicture) height() vg.Length { return p.grid.height() + draw.Gap }

func (p *reliabilityPicture) paint(c draw.Canvas) {
	c.Max.Y -= draw.Gap
	inside := p.grid.paint(c, func(at draw.Canvas, i int, first bool) {
		panel := draw.Panel{Canvas: at, XScale: percentScale, YScale: percentScale}
		panel.YAxis(first)
		panel.XAxis(percentScale.Ticks(), true)
		panel.StrokeLine2(draw.Stroke(draw.Faint, 0.8), at.Min.X, at.Min.Y, at.Max.X, at.Max.Y)
		for g := range p.groups {
			if l := p.find(i, g); l != nil && p.bands {
				panel.Band(bandColour(g), drawnShares, func(k int) (x, low, high float64) {
					return 100 * nominal[k], 100 * l.shares[k].Low, 100 * l.shares[k].High
				})
			}
		}
		for g := range p.groups {
			if l := p.find(i, g); l != nil {
				panel.Line(lineStyle(g), drawnShares, func(k int) (x, y float64) { return 100 * nominal[k], 100 * l.shares[k].Value })
			}
		}
		p.axisTitles(&panel, first, "probability of the interval [%]", "fluxes within it [%]")
	})
	if len(p.titles) == 1 {
		p.paintNames(inside)
	}
}

// find returns the line of a panel and a group, or nil if there is none.
func (p *reliabilityPicture) find(panel, group int) *reliabilityLine {
	for _, l := range p.lines {
		if l.panel == p.panels[panel] && l.group == p.groups[group] {
			return l
		}
	}
	return nil
}

// paintNames writes the lines' names, with their shares, beside a single panel.
func (p *reliabilityPicture) paintNames(c draw.Canvas) {
	text := draw.Label(draw.Ink, 0, 0)
	n := note{c, vg.Point{X: c.Min.X + p.left + p.width() + 4*draw.Gap, Y: c.Max.Y - draw.LineHeight}}
	n.line(0, draw.Bold(text, draw.TextSize), "Within 68 % and 95 % intervals")
	if p.groupTitle != "" {
		n.line(0, text, p.groupTitle)
	}
	for g, v := range p.groups {
		shares := percent(p.find(0, g).at(oneSigma)) + ", " + percent(p.find(0, g).at(0.95))
		if p.groupTitle == "" {
			n.line(0, text, shares)
			continue
		}
		p.legend(g)(&c, vg.Rectangle{Min: vg.Point{X: n.at.X, Y: n.at.Y - 0.06*draw.LineHeight}, Max: vg.Point{X: n.at.X + 4*draw.Gap, Y: n.at.Y + 0.66*draw.LineHeight}})
		n.line(5.5*draw.Gap, text, reports.Category(p.group, v)+":  "+shares)
	}
	n.line(0, text, p.size())
}
