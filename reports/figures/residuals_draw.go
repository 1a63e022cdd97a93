package figures

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"

	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// spreadPicture is the picture of residuals: the medians, and below them how often each
// wavelength was hidden.
type spreadPicture struct {
	*spread
	frame          draw.Frame
	xScale, yScale draw.Scale
	left           vg.Length
	xTitle, yTitle string
	named          []spectralLine
	nameRows       int
	bands          bool
	shares         []fluxPoint // of the examples of all priors, by rising wavelength; empty if none tells what was hidden
}

const (
	shareTall  = 40 * vg.Length(1)
	shareGap   = 8 * vg.Length(1)
	spreadLine = 0.7 // the width of a line
)

func newSpreadPicture(s *spread, run reports.Run) *spreadPicture {
	p := &spreadPicture{spread: s, shares: s.hiddenShares(), bands: s.Band != "none" && len(s.lines) <= draw.Looks}
	var ends, wavelengths []float64
	for _, l := range s.lines {
		for _, q := range l.points {
			wavelengths, ends = append(wavelengths, q.wavelength), append(ends, q.Median)
			if p.bands {
				ends = append(ends, q.Q1, q.Q3)
			}
		}
	}
	p.xScale, p.yScale = draw.Scale{Low: slices.Min(wavelengths), High: slices.Max(wavelengths)}, draw.NewScale(ends, s.Scale)
	if p.xScale.Low == p.xScale.High {
		p.xScale = draw.NewScale(wavelengths, "linear")
	}
	p.left = 1.4*draw.LineHeight + max(draw.LabelWidth(p.yScale), draw.LabelWidth(draw.Scale{High: 100}))
	wavelength, _ := record.ExampleColumns().Find("wavelength")
	p.xTitle, p.yTitle = run.Axis(wavelength), "median |residual| ["+run.Unit("flux")+"]"
	if s.Lines {
		p.named = within(p.xScale)
		for _, row := range nameRows(p.named, p.xScale, p.width()) {
			p.nameRows = max(p.nameRows, row+1)
		}
	}
	p.frame = draw.Frame{Title: s.Title, Caption: p.caption(ends)}
	for i, l := range s.lines {
		p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: l.prior, Paint: p.legend(i)})
	}
	return p
}

func (p *spreadPicture) width() vg.Length { return draw.PageWidth - p.left - 3*draw.Gap }

// hiddenShares adds up the examples of all priors.
func (s *spread) hiddenShares() (shares []fluxPoint) {
	at := map[float64]*fluxPoint{}
	for _, l := range s.lines {
		for _, p := range l.points {
			if at[p.wavelength] == nil {
				at[p.wavelength] = &fluxPoint{wavelength: p.wavelength}
			}
			at[p.wavelength].hidden, at[p.wavelength].known = at[p.wavelength].hidden+p.hidden, at[p.wavelength].known+p.known
		}
	}
	for _, p := range at {
		if p.known > 0 {
			shares = append(shares, *p)
		}
	}
	slices.SortFunc(shares, func(a, b fluxPoint) int { return cmp.Compare(a.wavelength, b.wavelength) })
	return shares
}

// caption explains the lines, and says what they leave out.
func (p *spreadPicture) caption(ends []float64) []string {
	line := "Line: median of |reconstruction − original| over the kept reconstructions"
	if p.Bin > 1 {
		line += fmt.Sprintf(" and %d neighbouring wavelengths", p.Bin)
	}
	lines := []string{line + map[bool]string{true: "; band: quartiles.", false: "."}[p.bands]}
	if p.Band != "none" && !p.bands {
		lines = append(lines, fmt.Sprintf("The quartiles of more than %d priors are in the CSV alone.", draw.Looks))
	}
	cells, fluxes, infilled, broken := 0, 0, 0, 0
	for _, l := range p.lines {
		cells, fluxes, infilled, broken = max(cells, l.cells), fluxes+l.fluxes, infilled+l.infilled, broken+l.broken
	}
	if infilled > 0 {
		share := 100 * float64(infilled) / float64(fluxes)
		lines = append(lines, fmt.Sprintf("Left out: %s %% of the fluxes, which the data set had filled in.", draw.TwoDigits(share)))
	}
	if broken > 0 {
		lines = append(lines, fmt.Sprintf("Left out: fluxes without a finite original and reconstruction, %d in all.", broken))
	}
	n := 0
	for _, v := range ends {
		n += one(v <= 0)
	}
	if p.yScale.Log && n > 0 {
		lines = append(lines, reports.Plural(n, "median or quartile")+" of 0: drawn on the lower edge.")
	}
	if cells > 1 {
		lines = append(lines, fmt.Sprintf("A line pools up to %d cells.", cells))
	}
	return lines
}

func lineOf(i int) draw.LineStyle {
	s := draw.Stroke(draw.LookOf(i).Line, spreadLine)
	if i >= draw.Looks {
		s.Dashes = draw.LookOf(i - draw.Looks + 1).Dashes
	}
	return s
}

func (p *spreadPicture) legend(i int) func(*draw.Canvas, vg.Rectangle) {
	return func(c *draw.Canvas, r vg.Rectangle) {
		if p.bands {
			c.FillPolygon(bandColour(i), draw.Corners(r.Min.X, r.Max.X, r.Min.Y, r.Max.Y))
		}
		s := lineOf(i)
		s.Width *= legendFactor
		draw.LegendLine(s)(c, r)
	}
}

func (p *spreadPicture) height() vg.Length {
	h := p.frame.Height() + vg.Length(p.nameRows)*draw.LineHeight + draw.Gap + panelHeight + axisRoom
	if len(p.shares) > 0 {
		h += shareGap + shareTall
	}
	return h
}

func (p *spreadPicture) paint(c draw.Canvas) {
	c = p.frame.Draw(c)
	at := draw.Panel{Canvas: c, XScale: p.xScale, YScale: p.yScale}
	at.Min.X, at.Max.X = c.Min.X+p.left, c.Min.X+p.left+p.width()
	at.Min.Y = c.Min.Y + axisRoom
	foot := at
	if len(p.shares) > 0 {
		at.Min.Y += shareTall + shareGap
	}
	at.Max.Y = at.Min.Y + panelHeight
	at.YAxis(true)
	paintLines(&at, p.named)
	for i, l := range p.lines {
		if p.bands {
			at.Band(bandColour(i), len(l.points), func(k int) (x, low, high float64) {
				return l.points[k].wavelength, l.points[k].Q1, l.points[k].Q3
			})
		}
	}
	for i, l := range p.lines {
		at.Line(lineOf(i), len(l.points), func(k int) (x, y float64) { return l.points[k].wavelength, l.points[k].Median })
	}
	at.YTitle(p.yTitle, c.Min.X+draw.Gap)
	at.XAxis(p.xScale.LinearTicks(8), len(p.shares) == 0)
	if len(p.shares) > 0 {
		foot.Max.Y = foot.Min.Y + shareTall
		p.paintShares(&foot, c.Min.X+draw.Gap)
	}
	foot.XTitle(p.xTitle)
}

// paintShares paints how often each wavelength was hidden.
func (p *spreadPicture) paintShares(at *draw.Panel, titleX vg.Length) {
	at.YScale = draw.Scale{High: 100}
	at.Band(hiddenShade, len(p.shares), func(k int) (x, low, high float64) { return p.shares[k].wavelength, 0, p.shares[k].share() })
	at.Line(draw.Stroke(rugShade, 0.6), len(p.shares), func(k int) (x, y float64) { return p.shares[k].wavelength, p.shares[k].share() })
	at.LeftLine()
	for _, t := range at.YScale.LinearTicks(2) {
		at.LeftTick(t, 2)
	}
	at.YTitle("hidden [%]", titleX)
	at.XAxis(p.xScale.LinearTicks(8), true)
}

// share returns the percentage of examples in which a wavelength was hidden.
func (p fluxPoint) share() float64 { return 100 * float64(p.hidden) / float64(p.known) }
