package reports

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panel is a set of axes: a rectangle of a canvas and its scales.
type panel struct {
	draw.Canvas
	x, y scale
}

const (
	tickLength = 3 * vg.Length(1)
	gap        = 4 * vg.Length(1) // between things that belong together
	digitShift = 0.9              // centres digits, which have no descenders
)

func (p *panel) point(x, y float64) vg.Point {
	return vg.Point{X: p.X(p.x.at(x)), Y: p.Y(p.y.at(y))}
}

// line strokes a line through points, broken where one is not finite.
func (p *panel) line(s draw.LineStyle, n int, at func(i int) (x, y float64)) {
	var run []vg.Point
	for i := range n {
		x, y := at(i)
		if finite(x) && finite(y) {
			run = append(run, p.point(x, y))
			continue
		}
		p.StrokeLines(s, p.ClipLinesY(run)...)
		run = nil
	}
	p.StrokeLines(s, p.ClipLinesY(run)...)
}

func corners(x0, x1, y0, y1 vg.Length) []vg.Point {
	return []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}}
}

// yAxis draws the grid lines, the left axis, and its labels if asked for.
func (p *panel) yAxis(labels bool) {
	sty := label(ink, -1, -0.5)
	for _, t := range p.y.ticks() {
		y := p.Y(p.y.at(t.value))
		length := tickLength
		if t.label == "" {
			length /= 2
		} else {
			p.StrokeLine2(stroke(rule, 0.5), p.Min.X, y, p.Max.X, y)
		}
		if !labels {
			continue
		}
		p.StrokeLine2(stroke(ink, 0.6), p.Min.X-length, y, p.Min.X, y)
		p.FillText(sty, vg.Point{X: p.Min.X - tickLength - 2, Y: y + digitShift}, t.label)
	}
	p.StrokeLine2(stroke(ink, 0.6), p.Min.X, p.Min.Y, p.Min.X, p.Max.Y)
}

// xAxis draws the bottom axis and its labels, as many as fit.
func (p *panel) xAxis(ticks []tick, labels bool) {
	p.StrokeLine2(stroke(ink, 0.6), p.Min.X, p.Min.Y, p.Max.X, p.Min.Y)
	sty := label(ink, -0.5, -1)
	every := 1
	for overlap(p, sty, ticks, every) && every < len(ticks) {
		every++
	}
	for i, t := range ticks {
		x := p.X(p.x.at(t.value))
		p.StrokeLine2(stroke(ink, 0.6), x, p.Min.Y, x, p.Min.Y-tickLength)
		if labels && i%every == 0 {
			p.FillText(sty, vg.Point{X: x, Y: p.Min.Y - tickLength - 2}, t.label)
		}
	}
}

// overlap tells whether every n-th label is too wide for its place.
func overlap(p *panel, sty draw.TextStyle, ticks []tick, n int) bool {
	end := vg.Length(math.Inf(-1))
	for i := 0; i < len(ticks); i += n {
		x, half := p.X(p.x.at(ticks[i].value)), sty.Width(ticks[i].label)/2
		if x-half < end {
			return true
		}
		end = x + half + gap
	}
	return false
}

// labelWidth is the room that the labels of a y axis need.
func labelWidth(s scale) vg.Length {
	var w vg.Length
	for _, t := range s.ticks() {
		w = max(w, label(ink, 0, 0).Width(t.label))
	}
	return w + tickLength + gap
}
