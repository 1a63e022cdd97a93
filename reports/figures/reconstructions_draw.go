package figures

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"

	"sedlab/internal/quantile"
	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// galleryPicture is the picture of reconstructions. A panel shows a signal's truth and
// reconstruction above, and their difference below, on the same scale.
type galleryPicture struct {
	*gallery
	frame   draw.Frame
	columns int
}

const (
	fluxHeight     = 82 * vg.Length(1)
	residualHeight = 26 * vg.Length(1) // and the gap above it
	residualGap    = 2 * vg.Length(1)
	galleryLeft    = 34 * vg.Length(1)
	galleryBottom  = 2.4 * draw.LineHeight
	rowTitleRoom   = 3 * draw.LineHeight // for the titles of the row and of its panels
	columnGap      = 20 * vg.Length(1)
	rugHeight      = 6 * vg.Length(1)
	fewGaps        = 12 // the most hidden ranges that are shaded; more are drawn as a rug
)

var (
	truthGrey    = color.Gray{Y: 0x2a}
	rebuiltShade = draw.RGB(0xf08a24)
	measuredGrey = color.Gray{Y: 0xb4}
	ownGridShade = draw.RGB(0x56a0d8)
	hiddenShade  = draw.RGB(0xd9e3ec)
	rugShade     = draw.RGB(0x6f8ba3) // dark, as its strokes are thin
	bandShade    = draw.Sheer(rebuiltShade, 0.5)
)

// The widths of the lines; those of the legend are wider.
const (
	truthWidth, rebuiltWidth, measuredWidth, ownGridWidth = 1.2, 0.7, 0.5, 0.8

	legendFactor   = 1.4
	infilledFactor = 0.6 // where the data set had filled in the fluxes
)

func newGalleryPicture(g *gallery) *galleryPicture {
	p := &galleryPicture{gallery: g, frame: draw.Frame{Title: g.Title, Caption: g.caption()}}
	for _, row := range g.rows {
		p.columns = max(p.columns, len(row.examples))
	}
	p.explain(g.marks())
	return p
}

// marks says which marks the panels of a gallery have.
type marks struct {
	noisy, ownGrid, hides, infilled   bool
	band                              bool
	clippedResiduals, clippedMeasured int
	clippedBands                      int
}

func (g *gallery) marks() (m marks) {
	for _, row := range g.rows {
		for _, e := range row.examples {
			m.noisy = m.noisy || showMeasurement(e)
			m.ownGrid = m.ownGrid || ownGrid(e)
			m.band = m.band || hasBand(e)
			m.hides = m.hides || slices.Contains(e.Observed, false)
			m.infilled = m.infilled || slices.Contains(e.Infilled, true)
			residuals, measured, bands := clipped(e)
			m.clippedResiduals, m.clippedMeasured, m.clippedBands = m.clippedResiduals+residuals, m.clippedMeasured+measured, m.clippedBands+bands
		}
	}
	return m
}

// explain makes the legend.
func (p *galleryPicture) explain(m marks) {
	entry := func(show bool, name string, paint func(*draw.Canvas, vg.Rectangle)) {
		if show {
			p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: name, Paint: paint})
		}
	}
	line := func(c color.Color, width float64) draw.LineStyle { return draw.Stroke(c, width*legendFactor) }
	rebuilt := "reconstruction"
	if p.prior != "" {
		rebuilt += " by " + p.prior
	}
	entry(true, "original", draw.LegendLine(line(truthGrey, truthWidth)))
	entry(m.infilled, "not measured, filled in by the data set", draw.LegendLine(dotted(line(truthGrey, truthWidth))))
	entry(true, rebuilt, draw.LegendLine(line(rebuiltShade, rebuiltWidth)))
	entry(m.band, fmt.Sprintf("its %d %% interval of the signal without noise", p.Band), func(c *draw.Canvas, r vg.Rectangle) {
		c.FillPolygon(bandShade, draw.Corners(r.Min.X, r.Max.X, r.Min.Y, r.Max.Y))
	})
	entry(m.hides, "hidden from it", func(c *draw.Canvas, r vg.Rectangle) {
		c.FillPolygon(hiddenShade, draw.Corners(r.Min.X, r.Max.X, r.Min.Y, r.Max.Y))
	})
	entry(m.noisy, "measurement", draw.LegendLine(line(measuredGrey, measuredWidth)))
	entry(m.ownGrid, "measurement on its own grid", draw.LegendLine(line(ownGridShade, ownGridWidth)))
	entry(m.clippedResiduals > 0, reports.Plural(m.clippedResiduals, "residual")+" off the scale", legendTriangle(rebuiltShade))
	entry(m.clippedMeasured > 0, reports.Plural(m.clippedMeasured, "measurement")+" off the scale", legendTriangle(measuredGrey))
	entry(m.clippedBands > 0, reports.Plural(m.clippedBands, "interval")+" off the scale", legendTriangle(bandShade))
}

// showMeasurement reports whether the measured fluxes differ from the truth.
func showMeasurement(e *record.Example) bool {
	return e.NoiseL2 > 0 && measuresFluxes(e)
}

// measuresFluxes reports whether the measurement has the grid of the fluxes.
func measuresFluxes(e *record.Example) bool {
	return len(e.Observed) == len(e.Truth) && len(e.Measurement) == len(e.Truth)
}

func (p *galleryPicture) rowHeight() vg.Length {
	return rowTitleRoom + fluxHeight + residualHeight + draw.Gap
}

func (p *galleryPicture) height() vg.Length {
	return p.frame.Height() + vg.Length(len(p.rows))*p.rowHeight() + galleryBottom
}

func (p *galleryPicture) paint(c draw.Canvas) {
	c = p.frame.Draw(c)
	width := (c.Max.X - c.Min.X - galleryLeft - 2*draw.Gap + columnGap) / vg.Length(p.columns)
	for i, row := range p.rows {
		top := c.Max.Y - vg.Length(i)*p.rowHeight()
		sty := draw.Bold(draw.Label(draw.Ink, 0, -1), draw.TextSize)
		c.FillText(sty, vg.Point{X: c.Min.X + galleryLeft, Y: top - 0.5*draw.LineHeight}, draw.Fit(sty, p.rowTitle(row), draw.PageWidth-galleryLeft-draw.Gap))
		for k, e := range row.examples {
			x0 := c.Min.X + galleryLeft + vg.Length(k)*width
			y1 := top - rowTitleRoom
			at := vg.Rectangle{
				Min: vg.Point{X: x0, Y: y1 - fluxHeight - residualHeight},
				Max: vg.Point{X: x0 + width - columnGap, Y: y1},
			}
			paintSignal(c, at, e, i == len(p.rows)-1)
		}
		side := draw.Label(draw.Ink, -0.5, -1)
		side.Rotation = math.Pi / 2
		c.FillText(side, vg.Point{X: c.Min.X + 1, Y: top - rowTitleRoom - fluxHeight/2}, p.run.Unit("flux"))
	}
	wavelength, _ := record.ExampleColumns().Find("wavelength")
	c.FillText(draw.Label(draw.Ink, -0.5, 0), vg.Point{X: (c.Min.X + galleryLeft + c.Max.X) / 2, Y: c.Min.Y + draw.Gap}, p.run.Axis(wavelength))
}

func paintSignal(c draw.Canvas, at vg.Rectangle, e *record.Example, last bool) {
	n := len(e.Wavelength)
	flux := draw.Panel{Canvas: draw.Canvas{Canvas: c.Canvas, Rectangle: at}, YScale: fluxScale(e)}
	flux.XScale = draw.Scale{Low: e.Wavelength[0], High: e.Wavelength[n-1]}
	flux.Min.Y += residualHeight
	paintHidden(&flux, e, true)
	flux.LeftLine()
	for _, t := range flux.YScale.LinearTicks(3) {
		flux.LeftTick(t, 1)
	}
	paintBand(&flux, e, true)
	paintMeasurement(&flux, e, false)
	truth := func(i int) float64 { return float64(e.Truth[i]) }
	strokeMeasured(&flux, draw.Stroke(truthGrey, truthWidth), e, truth)
	paintMeasurement(&flux, e, true)
	flux.Line(draw.Stroke(rebuiltShade, rebuiltWidth), n, series{e.Wavelength, e.Reconstruction}.at)
	strokeInfilled(&flux, draw.Stroke(truthGrey, truthWidth), e, truth) // would vanish under the reconstruction
	sty := draw.Label(draw.Ink, 0, 0)
	title := "#" + strconv.FormatInt(e.SignalID, 10) + "  MSE " + draw.TwoDigits(meanSquaredError(e))
	flux.FillText(sty, vg.Point{X: at.Min.X, Y: at.Max.Y + 3}, draw.Fit(sty, title, at.Max.X-at.Min.X+columnGap))
	paintResidual(&flux, at, e, last)
}

// paintMeasurement paints a measurement: under the original where it has the same grid,
// which hides where it has no noise, and otherwise over it.
func paintMeasurement(flux *draw.Panel, e *record.Example, over bool) {
	m, sty := measured(e), draw.Stroke(measuredGrey, measuredWidth)
	if ownGrid(e) != over || len(m.values) == 0 {
		return
	}
	if over {
		sty = draw.Stroke(ownGridShade, ownGridWidth)
	}
	point := func(i int) (x, y float64) {
		if x, y = m.at(i); offScale(flux.XScale, x) != 0 {
			return math.NaN(), math.NaN()
		}
		return x, y
	}
	flux.Line(sty, len(m.values), point)
	paintClipped(flux, measuredGrey, len(m.values), point)
}

// paintResidual paints the difference between reconstruction and truth, below the panel
// that shows both.
func paintResidual(flux *draw.Panel, at vg.Rectangle, e *record.Example, labels bool) {
	rest := draw.Panel{Canvas: draw.Canvas{Canvas: flux.Canvas.Canvas, Rectangle: at}, XScale: flux.XScale, YScale: residualScale(e)}
	rest.Max.Y = flux.Min.Y - residualGap
	paintHidden(&rest, e, false)
	paintBand(&rest, e, false)
	rest.StrokeLine2(draw.Stroke(draw.Faint, 0.5), rest.Min.X, rest.Y(0.5), rest.Max.X, rest.Y(0.5))
	residual := func(i int) float64 { return residual(e, i) }
	strokeMeasured(&rest, draw.Stroke(rebuiltShade, 0.6), e, residual)
	strokeInfilled(&rest, draw.Stroke(rebuiltShade, 0.6), e, residual)
	paintClipped(&rest, rebuiltShade, len(e.Wavelength), func(i int) (x, y float64) { return e.Wavelength[i], residual(i) })
	rest.XAxis(flux.XScale.LinearTicks(3), labels)
}

// bandShare is the share of the band's ends that its scale covers on either side: the few
// widest intervals would flatten the spectrum.
const bandShare = 0.98

// fluxScale returns a scale that covers the original, its reconstruction, and the band but
// for its farthest ends.
func fluxScale(e *record.Example) draw.Scale {
	values := make([]float64, 0, 2*len(e.Truth))
	var lows, highs []float64
	for i := range e.Truth {
		values = append(values, float64(e.Truth[i]), float64(e.Reconstruction[i]))
		if hasBand(e) {
			if low, high := band(e, i); draw.Finite(low) && draw.Finite(high) {
				lows, highs = append(lows, low), append(highs, high)
			}
		}
	}
	slices.Sort(lows)
	slices.Sort(highs)
	return draw.NewScale(append(values, quantile.Sorted(lows, 1-bandShare), quantile.Sorted(highs, bandShare)), "linear")
}

// paintHidden marks the fluxes that the operator hides. A few ranges are shaded. Many
// are drawn as a rug at the foot of the upper panel, because shading every other flux
// would turn the whole panel grey.
func paintHidden(p *draw.Panel, e *record.Example, upper bool) {
	ranges := hiddenRanges(e)
	top, shade := p.Max.Y, hiddenShade
	if len(ranges) > fewGaps {
		if !upper {
			return
		}
		top, shade = p.Min.Y+rugHeight, rugShade
	}
	for _, r := range ranges {
		p.FillPolygon(shade, draw.Corners(p.PlaceX(r[0]), p.PlaceX(r[1]), p.Min.Y, top))
	}
}

// hiddenRanges returns the hidden ranges of wavelength. Each extends halfway to its
// observed neighbours.
func hiddenRanges(e *record.Example) (ranges [][2]float64) {
	w := e.Wavelength
	if len(e.Observed) != len(w) {
		return nil
	}
	for i := 0; i < len(w); i++ {
		if e.Observed[i] {
			continue
		}
		first := i
		for i+1 < len(w) && !e.Observed[i+1] {
			i++
		}
		low, high := max(first-1, 0), min(i+1, len(w)-1)
		ranges = append(ranges, [2]float64{(w[low] + w[first]) / 2, (w[i] + w[high]) / 2})
	}
	return ranges
}
