package reports

import (
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func stroke(c color.Color, width float64) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: vg.Length(width)}
}

const lineHeight = 12 * vg.Length(1)

// frame is what surrounds the panels of a figure: a title, a legend above them,
// and a caption below.
type frame struct {
	title   string
	legend  []entry
	caption []string
}

// entry is a line of a legend: a picture and a name.
type entry struct {
	name  string
	paint func(c *draw.Canvas, at vg.Rectangle)
}

const swatch = 18 * vg.Length(1) // the width of a legend's picture

// above and below are the heights that the frame takes.
func (f *frame) above() (h vg.Length) {
	h = gap
	if f.title != "" {
		h += 1.4 * lineHeight
	}
	return h + vg.Length(len(f.legendRows()))*1.2*lineHeight
}

func (f *frame) below() vg.Length {
	return gap + vg.Length(len(f.captionLines()))*lineHeight
}

func (f *frame) captionLines() []string {
	return wrap(label(faint, 0, 0), strings.Join(f.caption, " "), pageWidth-2*gap)
}

// legendRows breaks the entries into rows that fit the page.
func (f *frame) legendRows() (rows [][]entry) {
	room := vg.Length(math.Inf(-1))
	for _, e := range f.legend {
		w := f.entryWidth(e)
		if room < w {
			rows = append(rows, nil)
			room = pageWidth - 2*gap
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], e)
		room -= w
	}
	return rows
}

func (f *frame) entryWidth(e entry) vg.Length {
	w := min(label(ink, 0, 0).Width(e.name), pageWidth-swatch-6*gap)
	if e.paint == nil { // the name of those that follow
		return w + 2*gap
	}
	return swatch + gap + w + 3*gap
}

// draw draws the frame and returns the canvas that is left for the panels.
func (f *frame) draw(c draw.Canvas) draw.Canvas {
	y := c.Max.Y - gap
	if f.title != "" {
		sty := bold(label(ink, 0, -1), 10.5)
		c.FillText(sty, vg.Point{X: c.Min.X + gap, Y: y}, fit(sty, f.title, pageWidth-2*gap))
		y -= 1.4 * lineHeight
	}
	for _, row := range f.legendRows() {
		x := c.Min.X + gap
		for _, e := range row {
			f.drawEntry(&c, e, vg.Point{X: x, Y: y - 0.6*lineHeight})
			x += f.entryWidth(e)
		}
		y -= 1.2 * lineHeight
	}
	bottom := c.Min.Y + gap
	lines := f.captionLines()
	for i := range lines {
		c.FillText(label(faint, 0, 0), vg.Point{X: c.Min.X + gap, Y: bottom + vg.Length(i)*lineHeight + 2}, lines[len(lines)-1-i])
	}
	return draw.Crop(c, 0, 0, f.below(), -f.above())
}

func (f *frame) drawEntry(c *draw.Canvas, e entry, at vg.Point) {
	if e.paint != nil {
		h := 0.36 * lineHeight
		e.paint(c, vg.Rectangle{Min: vg.Point{X: at.X, Y: at.Y - h}, Max: vg.Point{X: at.X + swatch, Y: at.Y + h}})
		at.X += swatch + gap
	}
	sty := label(ink, 0, -0.5)
	c.FillText(sty, at, fit(sty, e.name, pageWidth-swatch-6*gap))
}
