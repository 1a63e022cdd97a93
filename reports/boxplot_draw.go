package reports

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func (p *boxPlot) draw(c draw.Canvas) {
	c = p.frame.draw(c)
	columns := min(len(p.panels), panelsInRow)
	width := (c.Max.X - c.Min.X - p.left() - gap) / vg.Length(columns)
	row := p.top() + panelHeight + p.bottom()
	for i := range p.panels {
		x0 := c.Min.X + p.left() + vg.Length(i%columns)*width
		y1 := c.Max.Y - vg.Length(i/columns)*row - p.top()
		at := panel{Canvas: draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: x0, Y: y1 - panelHeight},
			Max: vg.Point{X: x0 + width - gap, Y: y1},
		}}, x: p.x, y: p.y}
		p.drawPanel(&at, i, i%columns == 0)
	}
}

func (p *boxPlot) drawPanel(at *panel, i int, first bool) {
	for k := 1; k < len(p.xs); k += 2 {
		at.FillPolygon(shade, corners(at.X(p.x.at(float64(k)-0.5)), at.X(p.x.at(float64(k)+0.5)), at.Min.Y, at.Max.Y))
	}
	at.yAxis(first)
	ticks := make([]tick, len(p.xs))
	for k, x := range p.xs {
		name := category(p.xColumn, x)
		ticks[k] = tick{float64(k), fit(label(ink, 0, 0), name, max(40, (at.Max.X-at.Min.X)/vg.Length(len(p.xs))-gap))}
	}
	at.xAxis(ticks, true)
	if p.ordered() {
		for g := range p.groups {
			p.drawMedianLine(at, i, g)
		}
	}
	for k := range p.xs {
		for g := range p.groups {
			if b := p.of[boxKey{p.panels[i], p.xs[k], p.groups[g]}]; b != nil && b.N > 0 {
				p.drawBox(at, b, p.place(k, g), lookOf(g))
			}
		}
	}
	middle := (at.Min.X + at.Max.X) / 2
	titleY := at.Min.Y - 1.4*lineHeight
	at.FillText(label(ink, -0.5, -1), vg.Point{X: middle, Y: titleY}, fit(label(ink, 0, 0), p.xTitle, at.Max.X-at.Min.X))
	if len(p.panels) > 1 {
		sty := bold(label(ink, -0.5, 0), textSize)
		at.FillText(sty, vg.Point{X: middle, Y: at.Max.Y + gap}, fit(sty, category(p.panelColumn, p.panels[i]), at.Max.X-at.Min.X))
	}
	if first {
		sty := label(ink, -0.5, -1)
		sty.Rotation = math.Pi / 2
		at.FillText(sty, vg.Point{X: at.Min.X - p.left() + gap, Y: (at.Min.Y + at.Max.Y) / 2}, fit(label(ink, 0, 0), p.yTitle, panelHeight))
	}
	if p.medians {
		p.drawMedians(at)
	}
}

// place is where a group's box is on the x axis, in categories.
func (p *boxPlot) place(k, g int) float64 {
	n := float64(len(p.groups))
	return float64(k) + categoryShare*((float64(g)+0.5)/n-0.5)
}

// halfWidth is half of a box's width on the canvas; a single box is not as wide
// as its place.
func (p *boxPlot) halfWidth(at *panel) vg.Length {
	place := (at.Max.X - at.Min.X) / vg.Length(len(p.xs)) * categoryShare / vg.Length(len(p.groups))
	return min(place*boxShare, 34) / 2
}

// ordered tells whether the categories are amounts, between which there are
// others: names and identities are not.
func (p *boxPlot) ordered() bool {
	switch p.xColumn {
	case "signal_id", seedColumn, repeatColumn:
		return false
	}
	return !slices.ContainsFunc(p.xs, func(x any) bool { _, amount := x.(float64); return !amount })
}

// drawMedianLine joins the medians of a group, so that its course is seen.
func (p *boxPlot) drawMedianLine(at *panel, i, g int) {
	sty := stroke(lookOf(g).line, 1)
	sty.Dashes = lookOf(g).dashes
	at.line(sty, len(p.xs), func(k int) (x, y float64) {
		b := p.of[boxKey{p.panels[i], p.xs[k], p.groups[g]}]
		if b == nil {
			return math.NaN(), 0
		}
		return p.place(k, g), b.Median
	})
}

func (p *boxPlot) drawBox(at *panel, b *box, place float64, l look) {
	x, half := at.X(p.x.at(place)), p.halfWidth(at)
	y := func(v float64) vg.Length { return at.Y(p.y.at(v)) }
	thin := stroke(ink, 0.7)
	for _, w := range [][2]float64{{b.Q3, b.WhiskerHigh}, {b.Q1, b.WhiskerLow}} {
		at.StrokeLine2(thin, x, y(w[0]), x, y(w[1]))
		at.StrokeLine2(thin, x-half/2, y(w[1]), x+half/2, y(w[1]))
	}
	r := vg.Rectangle{Min: vg.Point{X: x - half, Y: y(b.Q1)}, Max: vg.Point{X: x + half, Y: y(b.Q3)}}
	at.FillPolygon(l.fill, corners(r.Min.X, r.Max.X, r.Min.Y, r.Max.Y))
	outline(&at.Canvas, r)
	middle := stroke(on(l.fill), 2)
	if r.Max.Y-r.Min.Y < 4 { // too flat to be seen behind its median
		middle.Color = l.line
	}
	at.StrokeLine2(middle, x-half, y(b.Median), x+half, y(b.Median))
}

// drawMedians writes the medians below the axis, a row for each group.
func (p *boxPlot) drawMedians(at *panel) {
	y := at.Min.Y - 3.2*lineHeight
	small := label(faint, 0, 0)
	if p.groupColumn == "" {
		y += 0.6 * lineHeight // the one row is its own heading
	} else {
		at.FillText(small, vg.Point{X: at.Min.X - p.left() + gap, Y: y}, "medians")
	}
	for g, group := range p.groups {
		y -= lineHeight
		name := small
		if p.groupColumn != "" {
			name.Color = lookOf(g).line
		}
		at.FillText(name, vg.Point{X: at.Min.X - p.left() + gap, Y: y}, fit(name, p.groupName(group), p.left()-2*gap))
		for k, x := range p.xs {
			b := p.of[boxKey{p.panels[0], x, group}]
			if b == nil {
				continue
			}
			at.FillText(label(ink, -0.5, 0), vg.Point{X: at.X(p.x.at(float64(k))), Y: y}, twoDigits(b.Median))
		}
	}
}

func legendBox(l look) func(*draw.Canvas, vg.Rectangle) {
	return func(c *draw.Canvas, r vg.Rectangle) {
		c.FillPolygon(l.fill, corners(r.Min.X, r.Max.X, r.Min.Y, r.Max.Y))
		outline(c, r)
		y := (r.Min.Y + r.Max.Y) / 2
		c.StrokeLine2(stroke(on(l.fill), 1.8), r.Min.X, y, r.Max.X, y)
	}
}

func outline(c *draw.Canvas, r vg.Rectangle) {
	p := corners(r.Min.X, r.Max.X, r.Min.Y, r.Max.Y)
	c.StrokeLines(stroke(ink, 0.6), append(p, p[0]))
}
