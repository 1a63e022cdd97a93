package draw

import (
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Frame surrounds the panels of a figure: a title and a legend above them, and a
// caption below.
type Frame struct {
	Title   string
	Legend  []Entry
	Caption []string // sentences
}

// Entry is a name in a legend, and its picture.
type Entry struct {
	Name  string
	Paint func(c *Canvas, at vg.Rectangle) // nil if Name is a heading for the entries that follow
}

// LegendLine paints a line in the given style.
func LegendLine(s draw.LineStyle) func(*Canvas, vg.Rectangle) {
	return func(c *Canvas, r vg.Rectangle) {
		y := (r.Min.Y + r.Max.Y) / 2
		c.StrokeLine2(s, r.Min.X, y, r.Max.X, y)
	}
}

const swatch = 18 * vg.Length(1) // the width of a legend's picture

// Height returns the height of the frame itself, without the panels.
func (f *Frame) Height() vg.Length { return f.above() + f.below() }

func (f *Frame) above() (h vg.Length) {
	h = Gap
	if f.Title != "" {
		h += 1.4 * LineHeight
	}
	return h + vg.Length(len(f.legendRows()))*1.2*LineHeight
}

func (f *Frame) below() vg.Length {
	return Gap + vg.Length(len(f.captionLines()))*LineHeight
}

func (f *Frame) captionLines() []string {
	return wrap(Label(Faint, 0, 0), strings.Join(f.Caption, " "), PageWidth-2*Gap)
}

// legendRows breaks the entries into rows that fit the page.
func (f *Frame) legendRows() (rows [][]Entry) {
	room := vg.Length(math.Inf(-1))
	for _, e := range f.Legend {
		w := e.width()
		if room < w {
			rows = append(rows, nil)
			room = PageWidth - 2*Gap
		}
		rows[len(rows)-1] = append(rows[len(rows)-1], e)
		room -= w
	}
	return rows
}

func (e Entry) width() vg.Length {
	w := min(Label(Ink, 0, 0).Width(e.Name), PageWidth-swatch-6*Gap)
	if e.Paint == nil {
		return w + 2*Gap
	}
	return swatch + Gap + w + 3*Gap
}

// Draw draws the frame and returns the canvas that is left for the panels.
func (f *Frame) Draw(c Canvas) Canvas {
	y := c.Max.Y - Gap
	if f.Title != "" {
		sty := Bold(Label(Ink, 0, -1), 10.5)
		c.FillText(sty, vg.Point{X: c.Min.X + Gap, Y: y}, Fit(sty, f.Title, PageWidth-2*Gap))
		y -= 1.4 * LineHeight
	}
	for _, row := range f.legendRows() {
		x := c.Min.X + Gap
		for _, e := range row {
			e.draw(&c, vg.Point{X: x, Y: y - 0.6*LineHeight})
			x += e.width()
		}
		y -= 1.2 * LineHeight
	}
	bottom := c.Min.Y + Gap
	lines := f.captionLines()
	for i := range lines {
		c.FillText(Label(Faint, 0, 0), vg.Point{X: c.Min.X + Gap, Y: bottom + vg.Length(i)*LineHeight + 2}, lines[len(lines)-1-i])
	}
	return draw.Crop(c, 0, 0, f.below(), -f.above())
}

func (e Entry) draw(c *Canvas, at vg.Point) {
	if e.Paint != nil {
		h := 0.36 * LineHeight
		e.Paint(c, vg.Rectangle{Min: vg.Point{X: at.X, Y: at.Y - h}, Max: vg.Point{X: at.X + swatch, Y: at.Y + h}})
		at.X += swatch + Gap
	}
	sty := Label(Ink, 0, -0.5)
	c.FillText(sty, at, Fit(sty, e.Name, PageWidth-swatch-6*Gap))
}
