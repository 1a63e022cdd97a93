package figures

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"

	"sedlab/internal/record"
	"sedlab/reports/draw"
)

// series is values at wavelengths.
type series struct {
	wavelength []float64
	values     []float32
}

// ownGrid reports whether the measurement has wavelengths that are not those of the
// fluxes.
func ownGrid(e *record.Example) bool {
	return len(e.Observed) == 0 && len(e.Measurement) > 0 && len(e.MeasurementWavelength) == len(e.Measurement)
}

// noGrid reports whether the measurement has no wavelengths at which it could be drawn.
func noGrid(e *record.Example) bool {
	return len(e.Observed) == 0 && len(e.Measurement) > 0 && !ownGrid(e)
}

// measured returns the measurement if it is worth a line of its own: it is on another
// grid than the truth, or has noise.
func measured(e *record.Example) series {
	switch {
	case ownGrid(e):
		return series{e.MeasurementWavelength, e.Measurement}
	case showMeasurement(e):
		return series{e.Wavelength, e.Measurement}
	}
	return series{}
}

func (s series) at(i int) (x, y float64) { return s.wavelength[i], float64(s.values[i]) }

// hasBand reports whether an example has a band around its reconstruction.
func hasBand(e *record.Example) bool { return len(e.Sigma) > 0 && len(e.Sigma) == len(e.Wavelength) }

// band returns the ends of the band at a flux.
func band(e *record.Example, i int) (low, high float64) {
	x, half := float64(e.Reconstruction[i]), float64(e.Sigma[i])
	return x - half, x + half
}

// paintBand paints the band: around the reconstruction, or around no residual.
func paintBand(p *draw.Panel, e *record.Example, upper bool) {
	if !hasBand(e) {
		return
	}
	p.Band(bandShade, len(e.Wavelength), func(i int) (x, low, high float64) {
		if low, high = band(e, i); !upper {
			half := (high - low) / 2
			low, high = -half, half
		}
		return e.Wavelength[i], low, high
	})
	if upper {
		paintClipped(p, bandShade, len(e.Wavelength), func(i int) (x, y float64) { low, _ := band(e, i); return e.Wavelength[i], low })
		paintClipped(p, bandShade, len(e.Wavelength), func(i int) (x, y float64) { _, high := band(e, i); return e.Wavelength[i], high })
	}
}

// residual returns reconstruction minus truth.
func residual(e *record.Example, i int) float64 {
	return float64(e.Reconstruction[i]) - float64(e.Truth[i])
}

// residualScale is the scale of a panel of residuals: that of the panel above, so that
// equal heights are equal fluxes.
func residualScale(e *record.Example) draw.Scale {
	above := fluxScale(e)
	half := (above.High - above.Low) / 2 * float64((residualHeight-residualGap)/fluxHeight)
	return draw.Scale{Low: -half, High: half}
}

// offScale returns −1 for a value below a scale, 1 for one above it, and 0 otherwise.
func offScale(s draw.Scale, v float64) int {
	switch {
	case !draw.Finite(v):
		return 0
	case v < s.Low:
		return -1
	case v > s.High:
		return 1
	}
	return 0
}

// clipped counts the residuals, the measurements and the intervals that a signal's panels
// are too low to show.
func clipped(e *record.Example) (residuals, measurements, intervals int) {
	rest, flux, m := residualScale(e), fluxScale(e), measured(e)
	for i := range e.Truth {
		if offScale(rest, residual(e, i)) != 0 {
			residuals++
		}
		if hasBand(e) {
			low, high := band(e, i)
			intervals += one(offScale(flux, low) != 0 || offScale(flux, high) != 0)
		}
	}
	for _, v := range m.values {
		if offScale(flux, float64(v)) != 0 {
			measurements++
		}
	}
	return residuals, measurements, intervals
}

// paintClipped marks the values that are off the scale by triangles at the edge, one for
// neighbours on the same side, at the farthest of them.
func paintClipped(p *draw.Panel, c color.Color, n int, point func(i int) (x, y float64)) {
	for i := 0; i < n; i++ {
		x, y := point(i)
		side := offScale(p.YScale, y)
		for ; side != 0 && i+1 < n; i++ {
			nextX, nextY := point(i + 1)
			if offScale(p.YScale, nextY) != side {
				break
			}
			if math.Abs(nextY) > math.Abs(y) {
				x, y = nextX, nextY
			}
		}
		if side != 0 {
			edge := map[int]vg.Length{-1: p.Min.Y, 1: p.Max.Y}[side]
			paintTriangle(&p.Canvas, c, vg.Point{X: p.PlaceX(x), Y: edge}, vg.Length(side))
		}
	}
}

const triangleSize = 3.2 * vg.Length(1)

// paintTriangle paints a triangle whose tip is at a point and shows up if side is 1, down
// if it is −1.
func paintTriangle(c *draw.Canvas, fill color.Color, tip vg.Point, side vg.Length) {
	base := tip.Y - side*triangleSize
	c.FillPolygon(fill, []vg.Point{tip, {X: tip.X - triangleSize/2, Y: base}, {X: tip.X + triangleSize/2, Y: base}})
}

// legendTriangle paints the mark of values that are off the scale.
func legendTriangle(fill color.Color) func(*draw.Canvas, vg.Rectangle) {
	return func(c *draw.Canvas, r vg.Rectangle) {
		x, y := (r.Min.X+r.Max.X)/2, (r.Min.Y+r.Max.Y+triangleSize)/2
		paintTriangle(c, fill, vg.Point{X: x - triangleSize, Y: y}, 1)
		paintTriangle(c, fill, vg.Point{X: x + triangleSize, Y: y - triangleSize}, -1)
	}
}

// isInfilled reports whether the data set had filled in a flux. There may be none with
// that index.
func isInfilled(e *record.Example, i int) bool {
	return i >= 0 && i < len(e.Infilled) && e.Infilled[i]
}

// dotted is the style of a line where the data set had filled in the fluxes.
func dotted(s draw.LineStyle) draw.LineStyle {
	s.Width *= infilledFactor
	s.Dashes = []vg.Length{1, 1.6}
	return s
}

// strokeMeasured strokes a line with a value at each flux of a signal, without those that the data
// set had filled in.
func strokeMeasured(p *draw.Panel, s draw.LineStyle, e *record.Example, value func(i int) float64) {
	strokeWhere(p, s, e, value, func(i int) bool { return !isInfilled(e, i) })
}

// strokeInfilled strokes the rest of that line, thin and dotted.
func strokeInfilled(p *draw.Panel, s draw.LineStyle, e *record.Example, value func(i int) float64) {
	strokeWhere(p, dotted(s), e, value, func(i int) bool { return isInfilled(e, i-1) || isInfilled(e, i) || isInfilled(e, i+1) })
}

func strokeWhere(p *draw.Panel, s draw.LineStyle, e *record.Example, value func(i int) float64, in func(i int) bool) {
	p.Line(s, len(e.Wavelength), func(i int) (x, y float64) {
		if !in(i) {
			return e.Wavelength[i], math.NaN()
		}
		return e.Wavelength[i], value(i)
	})
}
