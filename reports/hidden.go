package reports

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sedlab/internal/record"
)

var (
	hiddenShade = rgb(0xd9e3ec)
	rugShade    = rgb(0x6f8ba3) // dark, as its strokes are thin
)

const (
	fewGaps   = 12 // up to so many hidden ranges are shaded; more are a rug
	rugHeight = 6 * vg.Length(1)
)

func legendShade(c *draw.Canvas, r vg.Rectangle) {
	c.FillPolygon(hiddenShade, corners(r.Min.X, r.Max.X, r.Min.Y, r.Max.Y))
}

// drawHidden shades what the operator hides: whole ranges where they are few,
// and otherwise a rug at the foot of the upper panel, as shading every other
// flux would grey all of it.
func drawHidden(p *panel, e *record.Example, upper bool) {
	ranges := hiddenRanges(e)
	top, shade := p.Max.Y, hiddenShade
	if len(ranges) > fewGaps {
		if !upper {
			return
		}
		top, shade = p.Min.Y+rugHeight, rugShade
	}
	for _, r := range ranges {
		p.FillPolygon(shade, corners(p.X(p.x.at(r[0])), p.X(p.x.at(r[1])), p.Min.Y, top))
	}
}

// hiddenRanges returns the ranges of wavelength that are hidden, each to half
// way to its observed neighbours.
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
