package main

import "sedlab/reports/draw"

const (
	panelHeight = 15 * draw.LineHeight
	axisHeight  = 2.8 * draw.LineHeight // the labels and the title of the lower axis
)

// picture is curves that rise from 0 to the share of signals that have a score.
type picture struct {
	curves         []*curve
	frame          draw.Frame
	x, y           draw.Scale
	xTitle, yTitle string
}

func style(i int) draw.LineStyle {
	s := draw.Stroke(draw.LookOf(i).Line, 1.2)
	s.Dashes = draw.LookOf(i).Dashes
	return s
}

func (p *picture) paint(c draw.Canvas) {
	c = p.frame.Draw(c)
	left := c.Min.X
	at := draw.Panel{Canvas: c, XScale: p.x, YScale: p.y}
	at.Min.X += 1.4*draw.LineHeight + draw.LabelWidth(p.y)
	at.Min.Y += axisHeight
	at.Max.X -= 3 * draw.Gap
	at.YAxis(true)
	at.XAxis(p.x.Ticks(), true)
	for i, curve := range p.curves {
		at.Line(style(i), 2*len(curve.values)+2, func(k int) (x, y float64) { return p.corner(curve, k) })
	}
	at.XTitle(p.xTitle)
	at.YTitle(p.yTitle, left+draw.Gap)
}

// corner returns a corner of a curve, which has two steps' ends at each value, and
// reaches from one end of the axis to the other.
func (p *picture) corner(c *curve, k int) (x, y float64) {
	n := k / 2 // values that lie before the corner, or at it
	switch {
	case k == 0:
		return p.x.Low, 0
	case k == 2*len(c.values)+1:
		return p.x.High, c.share(len(c.values))
	}
	return c.values[(k-1)/2], c.share(n)
}
