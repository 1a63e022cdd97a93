package figures

import (
	"strings"

	"gonum.org/v1/plot/vg"

	"sedlab/reports"
	"sedlab/reports/draw"
)

// grid lays out panels in rows, inside a frame. The panels of a row share its left axis.
type grid struct {
	frame        draw.Frame
	titles       []string  // of the panels; shown if there are several
	inRow        int       // the most panels in a row
	between      vg.Length // neighbours in a row
	left, bottom vg.Length
	tall         vg.Length // the height of a panel; left and bottom are the room for its axes
}

const (
	panelHeight    = 175 * vg.Length(1)
	panelsInRow    = 3
	panelTitleRoom = 1.3 * draw.LineHeight
	axisRoom       = 2.7 * draw.LineHeight // for the labels and the title of a bottom axis
)

// panelTitles names the panels of pools.
func (b *pools) panelTitles() (titles []string) {
	for _, v := range b.panel.values {
		titles = append(titles, reports.Category(b.panel.Column, v))
	}
	return titles
}

// inRow returns how many panels stand in a row: four stand two by two.
func inRow(panels int) int {
	if panels == 4 {
		return 2
	}
	return panelsInRow
}

func (g *grid) columns() int { return min(len(g.titles), g.inRow) }

// width returns the width of a panel.
func (g *grid) width() vg.Length {
	return (draw.PageWidth-g.left-draw.Gap)/vg.Length(g.columns()) - g.between
}

func (g *grid) top() vg.Length {
	if len(g.titles) > 1 {
		return panelTitleRoom
	}
	return 0
}

func (g *grid) rowHeight() vg.Length { return g.top() + g.tall + g.bottom }

func (g *grid) height() vg.Length {
	rows := (len(g.titles) + g.inRow - 1) / g.inRow
	return g.frame.Height() + vg.Length(rows)*g.rowHeight()
}

// paint draws the frame and calls paint for each panel; first says whether the panel is
// the first of its row. It returns the canvas inside the frame.
func (g *grid) paint(c draw.Canvas, paint func(at draw.Canvas, i int, first bool)) draw.Canvas {
	c = g.frame.Draw(c)
	for i, title := range g.titles {
		x0 := c.Min.X + g.left + vg.Length(i%g.columns())*(g.width()+g.between)
		y1 := c.Max.Y - vg.Length(i/g.columns())*g.rowHeight() - g.top()
		at := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: x0, Y: y1 - g.tall},
			Max: vg.Point{X: x0 + g.width(), Y: y1},
		}}
		paint(at, i, i%g.columns() == 0)
		if len(g.titles) > 1 {
			sty := draw.Bold(draw.Label(draw.Ink, -0.5, 0), draw.TextSize)
			at.FillText(sty, vg.Point{X: (at.Min.X + at.Max.X) / 2, Y: at.Max.Y + draw.Gap}, draw.Fit(sty, title, g.width()))
		}
	}
	return c
}

// axisTitles writes the titles of a panel's axes; the lines of the left one's in the first
// panel of a row.
func (g *grid) axisTitles(at *draw.Panel, first bool, x string, y ...string) {
	text := draw.Label(draw.Ink, 0, 0)
	at.XTitle(draw.Fit(text, x, g.width()))
	for k, line := range y {
		if first {
			at.YTitle(draw.Fit(text, line, g.tall), at.Min.X-g.left+draw.Gap+vg.Length(k)*draw.LineHeight)
		}
	}
}

// titleLines returns the lines of a left axis's title: the unit has its own if the title is
// longer than the panels are high.
func titleLines(title string) []string {
	unit := strings.LastIndex(title, " [")
	if unit < 0 || draw.Label(draw.Ink, 0, 0).Width(title) <= panelHeight {
		return []string{title}
	}
	return []string{title[:unit], title[unit+1:]}
}

// leftRoom returns the room for the lines and the labels of a left axis.
func leftRoom(lines []string, s draw.Scale) vg.Length {
	return (0.4+vg.Length(len(lines)))*draw.LineHeight + draw.LabelWidth(s)
}
