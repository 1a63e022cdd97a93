package draw

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Panel is a set of axes: a rectangle of a canvas and its scales.
type Panel struct {
	Canvas
	XScale, YScale Scale
}

// Gap is the distance between neighbouring elements.
const Gap = 4 * vg.Length(1)

const (
	tickLength = 3 * vg.Length(1)

	// DigitShift raises text of digits, which have no descenders, to centre it.
	DigitShift = 0.9
)

// PlaceX returns the horizontal position of a value on the canvas.
func (p *Panel) PlaceX(v float64) vg.Length { return p.X(p.XScale.Position(v)) }

// PlaceY returns the vertical position of a value on the canvas.
func (p *Panel) PlaceY(v float64) vg.Length { return p.Y(p.YScale.Position(v)) }

// Line strokes a line through n points, broken where one is not finite.
func (p *Panel) Line(s draw.LineStyle, n int, point func(i int) (x, y float64)) {
	var run []vg.Point
	for i := range n {
		x, y := point(i)
		if Finite(x) && Finite(y) {
			run = append(run, vg.Point{X: p.PlaceX(x), Y: p.PlaceY(y)})
			continue
		}
		p.StrokeLines(s, p.ClipLinesY(run)...)
		run = nil
	}
	p.StrokeLines(s, p.ClipLinesY(run)...)
}

// Cross draws a small cross at a point, in the colour of s, unless it is not finite.
func (p *Panel) Cross(s draw.LineStyle, x, y float64) {
	if !Finite(x) || !Finite(y) {
		return
	}
	s.Dashes = nil
	const arm = 3 * vg.Length(1)
	at := vg.Point{X: p.PlaceX(x), Y: p.PlaceY(y)}
	for _, up := range []vg.Length{arm, -arm} {
		p.StrokeLine2(s, at.X-arm, at.Y-up, at.X+arm, at.Y+up)
	}
}

// Corners returns the corners of a rectangle, for FillPolygon.
func Corners(x0, x1, y0, y1 vg.Length) []vg.Point {
	return []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
}

// YAxis draws grid lines, the left axis, and its labels if asked for.
func (p *Panel) YAxis(labels bool) {
	for _, t := range p.YScale.Ticks() {
		if t.Label != "" {
			p.StrokeLine2(Stroke(rule, 0.5), p.Min.X, p.PlaceY(t.Value), p.Max.X, p.PlaceY(t.Value))
		}
		if labels {
			p.LeftTick(t, 2)
		}
	}
	p.LeftLine()
}

// LeftLine draws the line of the left axis.
func (p *Panel) LeftLine() { p.StrokeLine2(Stroke(Ink, 0.6), p.Min.X, p.Min.Y, p.Min.X, p.Max.Y) }

// LeftTick draws a tick of the left axis, and its label at a distance from it.
func (p *Panel) LeftTick(t Tick, distance vg.Length) {
	y, length := p.PlaceY(t.Value), tickLength
	if t.Label == "" {
		length /= 2
	}
	p.StrokeLine2(Stroke(Ink, 0.6), p.Min.X-length, y, p.Min.X, y)
	p.FillText(Label(Ink, -1, -0.5), vg.Point{X: p.Min.X - tickLength - distance, Y: y + DigitShift}, t.Label)
}

// XAxis draws the bottom axis and, if asked for, as many of its labels as fit.
func (p *Panel) XAxis(ticks []Tick, labels bool) {
	p.StrokeLine2(Stroke(Ink, 0.6), p.Min.X, p.Min.Y, p.Max.X, p.Min.Y)
	for _, t := range ticks {
		x, length := p.PlaceX(t.Value), tickLength
		if t.Label == "" {
			length /= 2
		}
		p.StrokeLine2(Stroke(Ink, 0.6), x, p.Min.Y, x, p.Min.Y-length)
	}
	named := slices.DeleteFunc(slices.Clone(ticks), func(t Tick) bool { return t.Label == "" })
	sty := Label(Ink, -0.5, -1)
	every := 1
	for p.overlap(sty, named, every) && every < len(named) {
		every++
	}
	for i := 0; labels && i < len(named); i += every {
		p.FillText(sty, vg.Point{X: p.PlaceX(named[i].Value), Y: p.Min.Y - tickLength - 2}, named[i].Label)
	}
}

// overlap reports whether every n-th label is too wide for its place.
func (p *Panel) overlap(sty draw.TextStyle, ticks []Tick, n int) bool {
	end := vg.Length(math.Inf(-1))
	for i := 0; i < len(ticks); i += n {
		x, half := p.PlaceX(ticks[i].Value), sty.Width(ticks[i].Label)/2
		if x-half < end {
			return true
		}
		end = x + half + Gap
	}
	return false
}

// XTitle writes the title of the bottom axis.
func (p *Panel) XTitle(title string) {
	p.FillText(Label(Ink, -0.5, -1), vg.Point{X: (p.Min.X + p.Max.X) / 2, Y: p.Min.Y - 1.4*LineHeight}, title)
}

// YTitle writes the title of the left axis, upwards at x.
func (p *Panel) YTitle(title string, x vg.Length) {
	sty := Label(Ink, -0.5, -1)
	sty.Rotation = math.Pi / 2
	p.FillText(sty, vg.Point{X: x, Y: (p.Min.Y + p.Max.Y) / 2}, title)
}

// LabelWidth returns the width that the labels of a left axis need.
func LabelWidth(s Scale) vg.Length {
	var w vg.Length
	for _, t := range s.Ticks() {
		w = max(w, Label(Ink, 0, 0).Width(t.Label))
	}
	return w + tickLength + Gap
}
