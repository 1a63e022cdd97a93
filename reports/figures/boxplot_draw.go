package figures

import (
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"

	"sedlab/reports"
	"sedlab/reports/draw"
)

// boxPicture is the picture of boxes.
type boxPicture struct {
	*pools
	grid
	xScale, yScale draw.Scale
	xTitle         string
	yTitle         []string // its lines
	medians        bool     // whether a table of the medians stands below the axis
}

const (
	categoryShare = 0.78 // the share of a category's width that its boxes take
	boxShare      = 0.84 // the share of its place that a box fills
	medianDigits  = "0.0000"
)

func newBoxPicture(c *boxplot, b *pools, run reports.Run) *boxPicture {
	var ends []float64
	for _, x := range b.list {
		ends = append(ends, x.WhiskerLow, x.Q1, x.Q3, x.WhiskerHigh)
	}
	p := &boxPicture{
		pools: b, yScale: draw.NewScale(ends, c.Scale), xScale: draw.Scale{Low: -0.5, High: float64(len(b.x.values)) - 0.5},
		xTitle: run.Axis(b.x.Column), yTitle: titleLines(run.Axis(b.y)),
	}
	p.frame = draw.Frame{Title: c.Title, Caption: c.caption(b, p.yScale.Log)}
	if b.grouped() {
		p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: b.group.Title + ":"})
		for i, g := range b.group.values {
			p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: p.groupName(g), Paint: legendBox(draw.LookOf(i))})
		}
	}
	p.titles, p.inRow, p.between, p.tall, p.left = b.panelTitles(), panelsInRow, draw.Gap, panelHeight, p.axisWidth()
	room := (draw.PageWidth - p.left - 2*draw.Gap) / vg.Length(len(b.x.values))
	p.medians = len(b.panel.values) == 1 && draw.Label(draw.Ink, 0, 0).Width(medianDigits)+draw.Gap/2 <= room
	p.bottom = p.below()
	return p
}

func (b *pools) grouped() bool { return b.group.Name != "" }

// groupName names a group in the legend and beside its medians.
func (b *pools) groupName(g any) string {
	if !b.grouped() {
		return "median"
	}
	return reports.Category(b.group.Column, g)
}

// axisWidth returns the room left of the first panel: the axis's title and labels, or the
// names of the table's rows.
func (p *boxPicture) axisWidth() vg.Length {
	w := leftRoom(p.yTitle, p.yScale)
	for _, g := range p.group.values {
		w = max(w, min(draw.Label(draw.Ink, 0, 0).Width(p.groupName(g)), 80)+3*draw.Gap)
	}
	return w
}

// below returns the room below a row of panels.
func (p *boxPicture) below() vg.Length {
	h := axisRoom
	if p.medians {
		h += vg.Length(len(p.group.values))*draw.LineHeight + 0.9*draw.LineHeight
		if p.grouped() {
			h += 0.6 * draw.LineHeight // for the heading of the medians
		}
	}
	return h
}

func (p *boxPicture) paint(c draw.Canvas) {
	p.grid.paint(c, func(at draw.Canvas, i int, first bool) {
		p.paintPanel(&draw.Panel{Canvas: at, XScale: p.xScale, YScale: p.yScale}, i, first)
	})
}

func (p *boxPicture) paintPanel(at *draw.Panel, i int, first bool) {
	for k := 1; k < len(p.x.values); k += 2 {
		at.FillPolygon(draw.Shade, draw.Corners(at.PlaceX(float64(k)-0.5), at.PlaceX(float64(k)+0.5), at.Min.Y, at.Max.Y))
	}
	at.YAxis(first)
	width, text := at.Max.X-at.Min.X, draw.Label(draw.Ink, 0, 0)
	ticks := make([]draw.Tick, len(p.x.values))
	for k, x := range p.x.values {
		ticks[k] = draw.Tick{Value: float64(k), Label: draw.Fit(text, reports.Category(p.x.Column, x), max(40, width/vg.Length(len(p.x.values))-draw.Gap))}
	}
	at.XAxis(ticks, true)
	if p.ordered() {
		for g := range p.group.values {
			p.paintMedianLine(at, i, g)
		}
	}
	for k := range p.x.values {
		for g := range p.group.values {
			if b := p.find(i, k, g); b != nil && b.N > 0 {
				p.paintBox(at, b, p.place(k, g), draw.LookOf(g))
			}
		}
	}
	p.axisTitles(at, first, p.xTitle, p.yTitle...)
	if p.medians {
		p.paintMedians(at)
	}
}

// place returns the position of a group's box on the x axis, in categories.
func (p *boxPicture) place(k, g int) float64 {
	n := float64(len(p.group.values))
	return float64(k) + categoryShare*((float64(g)+0.5)/n-0.5)
}

// halfWidth returns half the width of a box on the canvas. It is bounded, so that few
// boxes do not become too wide.
func (p *boxPicture) halfWidth(at *draw.Panel) vg.Length {
	place := (at.Max.X - at.Min.X) / vg.Length(len(p.x.values)) * categoryShare / vg.Length(len(p.group.values))
	return min(place*boxShare, 34) / 2
}

// ordered reports whether the categories are amounts, rather than names or identities.
func (p *boxPicture) ordered() bool {
	return amounts(&p.x) && !strings.HasPrefix(p.x.Name, seedsPrefix) && !slices.Contains([]string{"signal_id", seedColumn, repeatColumn}, p.x.Name)
}

// paintMedianLine joins the medians of a group, to show their trend.
func (p *boxPicture) paintMedianLine(at *draw.Panel, i, g int) {
	sty := draw.Stroke(draw.LookOf(g).Line, 1)
	sty.Dashes = draw.LookOf(g).Dashes
	at.Line(sty, len(p.x.values), func(k int) (x, y float64) {
		b := p.find(i, k, g)
		if b == nil {
			return math.NaN(), 0
		}
		return p.place(k, g), b.Median
	})
}

func (p *boxPicture) paintBox(at *draw.Panel, b *pool, place float64, l draw.Look) {
	x, half := at.PlaceX(place), p.halfWidth(at)
	thin := draw.Stroke(draw.Ink, 0.7)
	for _, w := range [][2]float64{{b.Q3, b.WhiskerHigh}, {b.Q1, b.WhiskerLow}} {
		at.StrokeLine2(thin, x, at.PlaceY(w[0]), x, at.PlaceY(w[1]))
		at.StrokeLine2(thin, x-half/2, at.PlaceY(w[1]), x+half/2, at.PlaceY(w[1]))
	}
	r := vg.Rectangle{Min: vg.Point{X: x - half, Y: at.PlaceY(b.Q1)}, Max: vg.Point{X: x + half, Y: at.PlaceY(b.Q3)}}
	fill(&at.Canvas, r, l)
	middle := draw.Stroke(draw.Contrast(l.Fill), 2)
	if r.Max.Y-r.Min.Y < 4 { // too flat to be seen behind its median
		middle.Color = l.Line
	}
	at.StrokeLine2(middle, x-half, at.PlaceY(b.Median), x+half, at.PlaceY(b.Median))
}

// fill fills and outlines a box.
func fill(c *draw.Canvas, r vg.Rectangle, l draw.Look) {
	corners := draw.Corners(r.Min.X, r.Max.X, r.Min.Y, r.Max.Y)
	c.FillPolygon(l.Fill, corners)
	c.StrokeLines(draw.Stroke(draw.Ink, 0.6), append(corners, corners[0]))
}

func legendBox(l draw.Look) func(*draw.Canvas, vg.Rectangle) {
	return func(c *draw.Canvas, r vg.Rectangle) {
		fill(c, r, l)
		y := (r.Min.Y + r.Max.Y) / 2
		c.StrokeLine2(draw.Stroke(draw.Contrast(l.Fill), 1.8), r.Min.X, y, r.Max.X, y)
	}
}

// paintMedians writes the medians below the axis, a row for each group.
func (p *boxPicture) paintMedians(at *draw.Panel) {
	left, y := at.Min.X-p.left+draw.Gap, at.Min.Y-3.2*draw.LineHeight
	small := draw.Label(draw.Faint, 0, 0)
	if p.grouped() {
		at.FillText(small, vg.Point{X: left, Y: y}, "medians")
	} else {
		y += 0.6 * draw.LineHeight // a single row needs no separate heading
	}
	for g, group := range p.group.values {
		y -= draw.LineHeight
		name := small
		if p.grouped() {
			name.Color = draw.LookOf(g).Line
		}
		at.FillText(name, vg.Point{X: left, Y: y}, draw.Fit(name, p.groupName(group), p.left-2*draw.Gap))
		for k := range p.x.values {
			if b := p.find(0, k, g); b != nil {
				at.FillText(draw.Label(draw.Ink, -0.5, 0), vg.Point{X: at.PlaceX(float64(k)), Y: y}, draw.TwoDigits(b.Median))
			}
		}
	}
}
