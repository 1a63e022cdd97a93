package figures

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"

	"sedlab/reports"
	"sedlab/reports/draw"
)

// cloudPicture is the picture of a scatter: a square, and beside it the groups with their
// shares.
type cloudPicture struct {
	*cloud
	frame          draw.Frame
	scale          draw.Scale // of both axes
	left           vg.Length
	xTitle, yTitle string
	legend         string // the heading of the groups
	every          int    // of the pairs, one of so many is drawn
}

const (
	squareSide  = 250 * vg.Length(1)
	pointRadius = 1.5 * vg.Length(1)
	maxPoints   = 4000
	pointShade  = 0.6 // the opacity of points
)

func newCloudPicture(s *cloud, run reports.Run) *cloudPicture {
	p := &cloudPicture{cloud: s, every: (len(s.points) + maxPoints - 1) / maxPoints}
	var values []float64
	for _, q := range s.points {
		if draw.Finite(q.x) && draw.Finite(q.y) {
			values = append(values, q.x, q.y)
		}
	}
	p.scale = draw.NewScale(values, s.Scale)
	p.left = 1.4*draw.LineHeight + draw.LabelWidth(p.scale)
	title := func(prior string) string {
		column := s.column
		column.Title += " by " + prior
		return run.Axis(column)
	}
	p.xTitle, p.yTitle = title(s.Against), title(s.Prior)
	p.legend = run.Axis(s.group) + ":"
	p.frame = draw.Frame{Title: s.Title, Caption: p.caption(values)}
	return p
}

func (p *cloudPicture) caption(values []float64) []string {
	lines := []string{fmt.Sprintf("A point: the same signal and problem. Below the diagonal, the value of %s is the smaller one.", p.Prior)}
	if n := p.all.equal; n > 0 {
		lines = append(lines, reports.Plural(n, "pair")+" with equal values.")
	}
	if n := p.all.lacking; n > 0 {
		lines = append(lines, reports.Plural(n, "pair")+" without two values.")
	}
	if p.alone > 0 {
		lines = append(lines, reports.Plural(p.alone, "reconstruction")+" without a partner.")
	}
	n := 0
	for _, v := range values {
		n += one(v <= 0)
	}
	if p.scale.Log && n > 0 {
		lines = append(lines, reports.Plural(n, "value")+" not positive: drawn on the edge.")
	}
	if p.every > 1 {
		lines = append(lines, fmt.Sprintf("One of every %d pairs is drawn; all are counted.", p.every))
	}
	return lines
}

func (p *cloudPicture) height() vg.Length {
	return p.frame.Height() + draw.Gap + squareSide + axisRoom
}

func (p *cloudPicture) paint(c draw.Canvas) {
	c = p.frame.Draw(c)
	at := draw.Panel{Canvas: c, XScale: p.scale, YScale: p.scale}
	at.Min = vg.Point{X: c.Min.X + p.left, Y: c.Min.Y + axisRoom}
	at.Max = vg.Point{X: at.Min.X + squareSide, Y: at.Min.Y + squareSide}
	at.YAxis(true)
	at.XAxis(p.scale.Ticks(), true)
	at.StrokeLine2(draw.Stroke(draw.Faint, 0.8), at.Min.X, at.Min.Y, at.Max.X, at.Max.Y)
	for _, q := range p.drawn() {
		if g := q.group.place; draw.Finite(q.x) && draw.Finite(q.y) {
			at.Dot(draw.Sheer(draw.LookOf(g).Line, pointShade), pointRadius, g >= draw.Looks, q.x, q.y)
		}
	}
	text := draw.Label(draw.Ink, 0, 0)
	at.XTitle(draw.Fit(text, p.xTitle, squareSide))
	at.YTitle(draw.Fit(text, p.yTitle, squareSide), c.Min.X+draw.Gap)
	p.paintShares(c, vg.Point{X: at.Max.X + 4*draw.Gap, Y: at.Max.Y - draw.LineHeight})
}

// drawn returns the points that are drawn, ordered by signal so that no group hides another.
func (p *cloudPicture) drawn() (points []cloudPoint) {
	for i := 0; i < len(p.points); i += p.every {
		points = append(points, p.points[i])
	}
	slices.SortStableFunc(points, func(a, b cloudPoint) int { return cmp.Compare(a.Own.SignalID, b.Own.SignalID) })
	return points
}

// note is lines of text beside a panel, from a point down.
type note struct {
	draw.Canvas
	at vg.Point
}

// line writes a line, indented.
func (n *note) line(indent vg.Length, sty draw.TextStyle, text string) {
	n.FillText(sty, vg.Point{X: n.at.X + indent, Y: n.at.Y}, draw.Fit(sty, text, n.Max.X-n.at.X-indent-draw.Gap))
	n.at.Y -= 1.25 * draw.LineHeight
}

// paintShares writes the shares below the diagonal, from a point down.
func (p *cloudPicture) paintShares(c draw.Canvas, at vg.Point) {
	share := func(g *cloudGroup) string {
		if g.n == 0 {
			return "–"
		}
		return fmt.Sprintf("%s of %d", percent(g.share()), g.n)
	}
	text, n := draw.Label(draw.Ink, 0, 0), note{c, at}
	n.line(0, draw.Bold(text, draw.TextSize), "Below the diagonal")
	n.line(0, text, share(&p.all))
	if p.group.Name == "" {
		return
	}
	n.at.Y -= 0.5 * draw.LineHeight
	n.line(0, text, p.legend)
	for i, g := range p.groups {
		dot := vg.Point{X: n.at.X + draw.Gap, Y: n.at.Y + 0.27*draw.LineHeight}
		draw.Dot(&c, draw.LookOf(i).Line, 1.4*pointRadius, i >= draw.Looks, dot)
		n.line(3*draw.Gap, text, reports.Category(p.group, g.value)+":  "+share(g))
	}
}
