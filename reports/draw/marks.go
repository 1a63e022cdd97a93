package draw

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sheer returns a colour through which others can be seen, at an opacity from 0 to 1.
func Sheer(c color.RGBA, opacity float64) color.Color {
	return color.NRGBA{R: c.R, G: c.G, B: c.B, A: uint8(0xff * opacity)}
}

// BandOpacity is that of bands, which overlap.
const BandOpacity = 0.19

// Band fills the room between two lines through n points, broken where one is not finite.
// A point between two breaks is a bar.
func (p *Panel) Band(fill color.Color, n int, point func(i int) (x, low, high float64)) {
	var lower, upper []vg.Point
	flush := func() {
		switch len(lower) {
		case 0:
		case 1:
			p.StrokeLines(draw.LineStyle{Color: fill, Width: 3}, p.ClipLinesY([]vg.Point{lower[0], upper[0]})...)
		default:
			for i := len(upper) - 1; i >= 0; i-- {
				lower = append(lower, upper[i])
			}
			p.FillPolygon(fill, p.ClipPolygonY(lower))
		}
		lower, upper = nil, nil
	}
	for i := range n {
		x, low, high := point(i)
		if !Finite(x) || !Finite(low) || !Finite(high) {
			flush()
			continue
		}
		lower = append(lower, vg.Point{X: p.PlaceX(x), Y: p.PlaceY(low)})
		upper = append(upper, vg.Point{X: p.PlaceX(x), Y: p.PlaceY(high)})
	}
	flush()
}

// Dot draws a disc, or a ring if hollow, of a radius at a point, unless the point is not
// finite.
func (p *Panel) Dot(c color.Color, radius vg.Length, hollow bool, x, y float64) {
	if Finite(x) && Finite(y) {
		Dot(&p.Canvas, c, radius, hollow, vg.Point{X: p.PlaceX(x), Y: p.PlaceY(y)})
	}
}

// Dot draws a disc, or a ring if hollow, on a canvas.
func Dot(c *Canvas, fill color.Color, radius vg.Length, hollow bool, at vg.Point) {
	style := draw.GlyphStyle{Color: fill, Radius: radius, Shape: draw.CircleGlyph{}}
	if hollow {
		style.Shape = draw.RingGlyph{}
	}
	c.DrawGlyphNoClip(style, at)
}
