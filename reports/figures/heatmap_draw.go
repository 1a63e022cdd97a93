package figures

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"

	"sedlab/reports"
	"sedlab/reports/draw"
)

// mapPicture is the picture of a heatmap. The first value of a key of amounts stands at the
// foot; the first of other keys at the top.
type mapPicture struct {
	*pools
	grid
	scale   draw.Scale // of the colours
	names   []string   // of the rows
	numbers bool       // whether the cells have room for numbers

	xTitle, rowTitle, barTitle string
}

const (
	rowTall   = 17 * vg.Length(1)
	leastTall = 60 * vg.Length(1) // of a panel
	nameWidth = 90 * vg.Length(1) // the most that a row's name takes
	cellGap   = 0.8 * vg.Length(1)
	barTall   = 8 * vg.Length(1)
	barWidth  = 190 * vg.Length(1)
	barRoom   = barTall + axisRoom + 2*draw.Gap
)

// failedGrey fills cells whose signals have all failed.
var failedGrey = color.Gray{Y: 0xe4}

func newMapPicture(c *heatmap, b *pools, run reports.Run) *mapPicture {
	var medians []float64
	for _, x := range b.list {
		medians = append(medians, x.Median)
	}
	p := &mapPicture{pools: b, scale: colourScale(medians, c.Scale)}
	p.xTitle, p.rowTitle, p.barTitle = run.Axis(b.x.Column), run.Axis(b.group.Column), "median "+run.Axis(b.y)
	p.left = 0
	text := draw.Label(draw.Ink, 0, 0)
	for _, v := range b.group.values {
		name := draw.Fit(text, reports.Category(b.group.Column, v), nameWidth)
		p.names, p.left = append(p.names, name), max(p.left, text.Width(name))
	}
	p.left += 1.4*draw.LineHeight + 2*draw.Gap
	p.titles, p.between = b.panelTitles(), 2*draw.Gap
	p.tall, p.bottom = max(leastTall, rowTall*vg.Length(len(b.group.values))), axisRoom
	// as many panels in a row as leave room for numbers
	for p.inRow = inRow(len(p.titles)); p.inRow > 1 && !p.roomForNumbers(); p.inRow-- {
	}
	p.numbers = p.roomForNumbers()
	p.frame = draw.Frame{Title: c.Title, Caption: p.caption()}
	return p
}

// colourScale returns a scale from the least to the greatest value, without a margin.
func colourScale(values []float64, kind string) draw.Scale {
	s := draw.NewScale(values, kind)
	var shown []float64
	for _, v := range values {
		if draw.Finite(v) && (v > 0 || !s.Log) {
			shown = append(shown, v)
		}
	}
	if len(shown) > 0 && slices.Min(shown) < slices.Max(shown) {
		s.Low, s.High = slices.Min(shown), slices.Max(shown)
	}
	return s
}

// roomForNumbers reports whether every median fits in its cell.
func (p *mapPicture) roomForNumbers() bool {
	text, room := draw.Label(draw.Ink, 0, 0), p.width()/vg.Length(len(p.x.values))
	for _, x := range p.list {
		if text.Width(draw.TwoDigits(x.Median))+draw.Gap > room {
			return false
		}
	}
	return true
}

func (p *mapPicture) caption() []string {
	lines := []string{"Colour and number: median."}
	if !p.numbers {
		lines = []string{"Colour: median; the numbers are in the CSV."}
	}
	lines = append(lines, p.without()...)
	if n := p.sum(func(x *pool) int { return one(x.N == 0) }); n > 0 {
		lines = append(lines, "–: every signal is without a value.")
	}
	if n := p.sum(func(x *pool) int { return one(x.N > 0 && x.Median <= 0) }); p.scale.Log && n > 0 {
		lines = append(lines, reports.Plural(n, "median")+" not positive: in the darkest colour.")
	}
	return append(lines, p.pooled("cell")...)
}

func (p *mapPicture) height() vg.Length { return p.grid.height() + barRoom }

func (p *mapPicture) paint(c draw.Canvas) {
	inside := p.grid.paint(c, func(at draw.Canvas, i int, first bool) {
		panel := &draw.Panel{Canvas: at, XScale: draw.Scale{Low: -0.5, High: float64(len(p.x.values)) - 0.5},
			YScale: draw.Scale{Low: -0.5, High: float64(len(p.names)) - 0.5}}
		for k := range p.x.values {
			for g := range p.names {
				p.paintCell(panel, p.find(i, k, g), float64(k), p.row(g))
			}
		}
		p.paintNames(panel, first)
	})
	paintBar(inside, (inside.Min.X+p.left+inside.Max.X)/2, p.scale, p.barTitle)
}

// row returns the place of a value of the vertical axis.
func (p *mapPicture) row(g int) float64 {
	if amounts(&p.group) {
		return float64(g)
	}
	return float64(len(p.names) - 1 - g)
}

// paintCell paints the cell of a pool, nothing where there is none.
func (p *mapPicture) paintCell(at *draw.Panel, x *pool, k, row float64) {
	if x == nil {
		return
	}
	var fill color.Color = failedGrey
	if x.N > 0 {
		fill = draw.Ramp(p.scale.Position(x.Median))
	}
	at.FillPolygon(fill, draw.Corners(at.PlaceX(k-0.5)+cellGap/2, at.PlaceX(k+0.5)-cellGap/2, at.PlaceY(row-0.5)+cellGap/2, at.PlaceY(row+0.5)-cellGap/2))
	if p.numbers {
		at.FillText(draw.Label(draw.Contrast(fill), -0.5, -0.5), vg.Point{X: at.PlaceX(k), Y: at.PlaceY(row) + draw.DigitShift}, draw.TwoDigits(x.Median))
	}
}

// paintNames writes the names of the columns and, in the first panel, of the rows.
func (p *mapPicture) paintNames(at *draw.Panel, first bool) {
	room := p.width()/vg.Length(len(p.x.values)) - draw.Gap
	ticks := make([]draw.Tick, len(p.x.values))
	for k, v := range p.x.values {
		ticks[k] = draw.Tick{Value: float64(k), Label: draw.Fit(draw.Label(draw.Ink, 0, 0), reports.Category(p.x.Column, v), max(40, room))}
	}
	at.XAxis(ticks, true)
	at.LeftLine()
	for g, name := range p.names {
		if first {
			at.LeftTick(draw.Tick{Value: p.row(g), Label: name}, 2)
		}
	}
	rows := p.rowTitle
	if draw.Label(draw.Ink, 0, 0).Width(rows) > p.tall {
		rows = p.group.Title // without the unit
	}
	p.axisTitles(at, first, p.xTitle, rows)
}

// paintBar paints a scale of colours at the foot of a canvas, around the middle.
func paintBar(c draw.Canvas, middle vg.Length, scale draw.Scale, title string) {
	bar := draw.Panel{Canvas: c, XScale: scale}
	bar.Min = vg.Point{X: middle - barWidth/2, Y: c.Min.Y + axisRoom}
	bar.Max = vg.Point{X: middle + barWidth/2, Y: c.Min.Y + axisRoom + barTall}
	const steps = 128
	for i := range steps {
		// overlapping, so that no seams show
		x := bar.X(float64(i) / steps)
		bar.FillPolygon(draw.Ramp((float64(i)+0.5)/steps), draw.Corners(x, min(x+2*barWidth/steps, bar.Max.X), bar.Min.Y, bar.Max.Y))
	}
	bar.XAxis(scale.Ticks(), true)
	bar.XTitle(title)
}
