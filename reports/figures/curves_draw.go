package figures

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"

	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// curvePicture is the picture of medians.
type curvePicture struct {
	*medians
	grid
	xScale, yScale draw.Scale
	xTicks         []draw.Tick
	xTitle         string
	yTitle         []string // its lines
	bands          bool
	dropped        []string // panels and groups without a value
}

const (
	maxTicks  = 12 // the most values of x that are each a tick
	dotRadius = 1.7 * vg.Length(1)
)

func newCurvePicture(c *curveKeys, m *medians, run reports.Run) *curvePicture {
	p := &curvePicture{medians: m, xTitle: run.Axis(m.x.Column), yTitle: titleLines("median " + run.Axis(m.y))}
	p.dropped = m.dropEmpty()
	p.bands = m.band != "none" && len(m.group.values) <= draw.Looks
	var ends []float64
	for _, x := range m.list {
		if x.values[1] == nil {
			continue
		}
		ends = append(ends, x.Median)
		if low, high := m.bandOf(x); p.bands {
			ends = append(ends, low, high)
		}
	}
	if m.y.Nominal != 0 {
		ends = append(ends, m.y.Nominal)
	}
	p.yScale, p.xScale = draw.NewScale(ends, c.Scale), amountScale(m.amounts, c.XScale)
	p.xTicks = amountTicks(m.x.Column, p.xScale, m.amounts)
	p.frame = draw.Frame{Title: c.Title, Caption: p.caption(ends)}
	if m.group.Name != "" {
		p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: run.Axis(m.group.Column) + ":"})
		for i, g := range m.group.values {
			p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: reports.Category(m.group.Column, g), Paint: p.legend(i)})
		}
	}
	p.titles, p.inRow, p.between = m.panelTitles(), inRow(len(m.panel.values)), 3*draw.Gap
	p.tall, p.bottom = panelHeight, axisRoom
	p.left = leftRoom(p.yTitle, p.yScale)
	return p
}

// amountScale returns a scale for amounts; auto is linear if some are not positive.
func amountScale(amounts []float64, kind string) draw.Scale {
	if kind == "auto" && slices.Min(amounts) <= 0 {
		kind = "linear"
	}
	s := draw.NewScale(amounts, kind)
	if !s.Log && len(amounts) > 1 { // with the same margin on both sides
		low, high := slices.Min(amounts), slices.Max(amounts)
		s.Low, s.High = low-0.04*(high-low), high+0.04*(high-low)
	}
	return s
}

// amountTicks returns a tick for each of a few amounts, or else those of the scale.
func amountTicks(c record.Column, s draw.Scale, amounts []float64) (ticks []draw.Tick) {
	if len(amounts) <= maxTicks {
		for _, v := range amounts {
			ticks = append(ticks, draw.Tick{Value: v, Label: reports.Category(c, v)})
		}
		return ticks
	}
	factor := 1.0
	if c.Unit == "%" { // round numbers as they are written
		factor = 100
	}
	s.Low, s.High = s.Low*factor, s.High*factor
	if ticks = s.Ticks(); !s.Log {
		ticks = s.LinearTicks(8)
	}
	for i := range ticks {
		ticks[i].Value /= factor
	}
	return ticks
}

// caption explains the lines, and says what they leave out.
func (p *curvePicture) caption(ends []float64) []string {
	lines := []string{map[string]string{
		"quartiles": "Line: median; band: quartiles.",
		"interval":  "Line: median; band: its 95 % interval, by bootstrap at each point alone.",
		"none":      "Line: median.",
	}[p.band]}
	if p.band != "none" && !p.bands {
		lines = []string{fmt.Sprintf("Line: median; the bands of more than %d lines are in the CSV alone.", draw.Looks)}
	}
	if p.y.Nominal != 0 {
		lines = append(lines, "Straight line: "+draw.Number(p.y.Nominal)+", as it should be.")
	}
	if lines = append(lines, p.without()...); len(p.dropped) > 0 {
		lines = append(lines, fmt.Sprintf("Without any value, and not shown: %s.", reports.Listed(p.dropped)))
	}
	if n := p.sum(func(x *pool) int { return len(x.rows) * one(x.values[1] == nil) }); n > 0 {
		lines = append(lines, fmt.Sprintf("%s with no %s not shown.", reports.Plural(n, "signal"), p.x.Title))
	}
	notPositive := func(s draw.Scale, values []float64, what, edge string) {
		n := 0
		for _, v := range values {
			if v <= 0 {
				n++
			}
		}
		if s.Log && n > 0 {
			lines = append(lines, fmt.Sprintf("%s not positive: drawn on the %s edge.", reports.Plural(n, what), edge))
		}
	}
	notPositive(p.yScale, ends, "median or end of a band", "lower")
	notPositive(p.xScale, p.amounts, "value of "+p.x.Title, "left")
	return append(lines, p.pooled("point")...)
}

func bandColour(group int) color.Color { return draw.Sheer(draw.LookOf(group).Line, draw.BandOpacity) }

// legend paints a line with its band and a point.
func (p *curvePicture) legend(i int) func(*draw.Canvas, vg.Rectangle) {
	return func(c *draw.Canvas, r vg.Rectangle) {
		if p.bands {
			c.FillPolygon(bandColour(i), draw.Corners(r.Min.X, r.Max.X, r.Min.Y, r.Max.Y))
		}
		draw.LegendLine(lineStyle(i))(c, r)
		draw.Dot(c, draw.LookOf(i).Line, dotRadius, false, vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2})
	}
}

func (p *curvePicture) paint(c draw.Canvas) {
	p.grid.paint(c, func(at draw.Canvas, i int, first bool) {
		panel := draw.Panel{Canvas: at, XScale: p.xScale, YScale: p.yScale}
		panel.YAxis(first)
		panel.XAxis(p.xTicks, true)
		if y := p.y.Nominal; y != 0 {
			panel.StrokeLine2(draw.Stroke(draw.Faint, 0.8), at.Min.X, panel.PlaceY(y), at.Max.X, panel.PlaceY(y))
		}
		for g := range p.group.values {
			if x, v := p.line(i, g); p.bands {
				panel.Band(bandColour(g), len(x), func(k int) (float64, float64, float64) { return x[k], v[k].Low, v[k].High })
			}
		}
		for g := range p.group.values {
			x, v := p.line(i, g)
			panel.Line(lineStyle(g), len(x), func(k int) (float64, float64) { return x[k], v[k].Value })
			for k := range x {
				panel.Dot(draw.LookOf(g).Line, dotRadius, false, x[k], v[k].Value)
			}
		}
		p.axisTitles(&panel, first, p.xTitle, p.yTitle...)
	})
}

// line returns the points of a group's line. It has none where the group has no signals.
func (p *curvePicture) line(panel, group int) (x []float64, v []reports.Interval) {
	for k, amount := range p.amounts {
		if b := p.find(panel, k, group); b != nil {
			x, v = append(x, amount), append(v, p.spread[b])
		}
	}
	return x, v
}
