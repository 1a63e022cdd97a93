package reports

import (
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sedlab/internal/record"
)

// galleryPlot is the picture of reconstructions: above, a signal's truth and
// reconstruction, and below it the difference of the two, on the same scale.
type galleryPlot struct {
	*gallery
	frame          frame
	columns        int
	xTitle, yTitle string
}

const (
	fluxHeight     = 82 * vg.Length(1)
	residualHeight = 26 * vg.Length(1)
)

var (
	truthLine    = stroke(color.Gray{Y: 0x2a}, 1.2)
	rebuiltLine  = stroke(rgb(0xf08a24), 0.7)
	measuredLine = stroke(color.Gray{Y: 0xb4}, 0.5)
)

func newGalleryPlot(g *gallery, f Figure, normalize string) *galleryPlot {
	unit := "normalised flux"
	if normalize == "none" {
		unit = "flux"
	}
	p := &galleryPlot{gallery: g, xTitle: "rest wavelength [Å]", yTitle: unit}
	noisy, hides := false, false
	for _, row := range g.rows {
		p.columns = max(p.columns, len(row.examples))
		for _, e := range row.examples {
			noisy = noisy || showMeasurement(e)
			hides = hides || slices.Contains(e.Observed, false)
		}
	}
	p.frame = frame{title: f.Title, legend: []entry{
		{"original", legendLine(truthLine)},
		{g.legendName(), legendLine(rebuiltLine)},
	}}
	if hides {
		p.frame.legend = append(p.frame.legend, entry{"hidden from it", legendShade})
	}
	if noisy {
		p.frame.legend = append(p.frame.legend, entry{"measurement", legendLine(measuredLine)})
	}
	p.frame.caption = g.caption()
	return p
}

func (g *gallery) legendName() string {
	if g.prior == "" {
		return "reconstruction"
	}
	return "reconstruction by " + g.prior
}

func legendLine(s draw.LineStyle) func(*draw.Canvas, vg.Rectangle) {
	s.Width *= 1.4
	return func(c *draw.Canvas, r vg.Rectangle) {
		y := (r.Min.Y + r.Max.Y) / 2
		c.StrokeLine2(s, r.Min.X, y, r.Max.X, y)
	}
}

// showMeasurement tells whether what was measured differs from the truth by
// more than what is hidden.
func showMeasurement(e *record.Example) bool {
	return e.NoiseL2 > 0 && len(e.Measurement) == len(e.Truth)
}

const (
	galleryLeft   = 34 * vg.Length(1)
	galleryBottom = 2.4 * lineHeight
	rowTitleRoom  = 3 * lineHeight // of the row's title, and the panels'
	columnGap     = 20 * vg.Length(1)
)

func (p *galleryPlot) rowHeight() vg.Length {
	return rowTitleRoom + fluxHeight + residualHeight + gap
}

func (p *galleryPlot) height() vg.Length {
	return p.frame.above() + p.frame.below() + vg.Length(len(p.rows))*p.rowHeight() + galleryBottom
}

func (p *galleryPlot) draw(c draw.Canvas) {
	c = p.frame.draw(c)
	width := (c.Max.X - c.Min.X - galleryLeft - 2*gap + columnGap) / vg.Length(p.columns)
	for i, row := range p.rows {
		top := c.Max.Y - vg.Length(i)*p.rowHeight()
		sty := bold(label(ink, 0, -1), textSize)
		c.FillText(sty, vg.Point{X: c.Min.X + galleryLeft, Y: top - 0.5*lineHeight}, fit(sty, p.rowTitle(row), pageWidth-galleryLeft-gap))
		for k, e := range row.examples {
			x0 := c.Min.X + galleryLeft + vg.Length(k)*width
			y1 := top - rowTitleRoom
			at := vg.Rectangle{
				Min: vg.Point{X: x0, Y: y1 - fluxHeight - residualHeight},
				Max: vg.Point{X: x0 + width - columnGap, Y: y1},
			}
			p.drawSignal(c, at, e, i == len(p.rows)-1)
		}
		side := label(ink, -0.5, -1)
		side.Rotation = math.Pi / 2
		c.FillText(side, vg.Point{X: c.Min.X + 1, Y: top - rowTitleRoom - fluxHeight/2}, p.yTitle)
	}
	c.FillText(label(ink, -0.5, 0), vg.Point{X: (c.Min.X + galleryLeft + c.Max.X) / 2, Y: c.Min.Y + gap}, p.xTitle)
}

func (p *galleryPlot) drawSignal(c draw.Canvas, at vg.Rectangle, e *record.Example, last bool) {
	n := len(e.Wavelength)
	flux := panel{Canvas: draw.Canvas{Canvas: c.Canvas, Rectangle: at}, y: fluxScale(e)}
	flux.x = scale{low: e.Wavelength[0], high: e.Wavelength[n-1]}
	flux.Min.Y += residualHeight
	drawHidden(&flux, e, true)
	flux.galleryAxis()
	if showMeasurement(e) {
		flux.line(measuredLine, n, func(i int) (x, y float64) { return e.Wavelength[i], float64(e.Measurement[i]) })
	}
	flux.line(truthLine, n, func(i int) (x, y float64) { return e.Wavelength[i], float64(e.Truth[i]) })
	flux.line(rebuiltLine, n, func(i int) (x, y float64) { return e.Wavelength[i], float64(e.Reconstruction[i]) })
	title := "#" + strconv.FormatInt(e.SignalID, 10) + "  MSE " + twoDigits(meanSquaredError(e))
	flux.FillText(label(ink, 0, 0), vg.Point{X: at.Min.X, Y: at.Max.Y + 3}, fit(label(ink, 0, 0), title, at.Max.X-at.Min.X+columnGap))

	rest := panel{Canvas: draw.Canvas{Canvas: c.Canvas, Rectangle: at}, x: flux.x}
	rest.Max.Y = flux.Min.Y - 2
	// the same flux per height as above
	half := (flux.y.high - flux.y.low) / 2 * float64((rest.Max.Y-rest.Min.Y)/(flux.Max.Y-flux.Min.Y))
	rest.y = scale{low: -half, high: half}
	drawHidden(&rest, e, false)
	rest.StrokeLine2(stroke(faint, 0.5), rest.Min.X, rest.Y(0.5), rest.Max.X, rest.Y(0.5))
	rest.line(stroke(rebuiltLine.Color, 0.6), n, func(i int) (x, y float64) {
		return e.Wavelength[i], float64(e.Reconstruction[i]) - float64(e.Truth[i])
	})
	rest.xAxis(flux.x.linearTicks(3), last)
}

// fluxScale spans the original and its reconstruction.
func fluxScale(e *record.Example) scale {
	values := make([]float64, 0, 2*len(e.Truth))
	for i := range e.Truth {
		values = append(values, float64(e.Truth[i]), float64(e.Reconstruction[i]))
	}
	return newScale(values, "linear")
}

// galleryAxis draws a y axis with few labels.
func (p *panel) galleryAxis() {
	p.StrokeLine2(stroke(ink, 0.6), p.Min.X, p.Min.Y, p.Min.X, p.Max.Y)
	for _, t := range p.y.linearTicks(3) {
		y := p.Y(p.y.at(t.value))
		p.StrokeLine2(stroke(ink, 0.6), p.Min.X-tickLength, y, p.Min.X, y)
		p.FillText(label(ink, -1, -0.5), vg.Point{X: p.Min.X - tickLength - 1, Y: y + digitShift}, t.label)
	}
}
