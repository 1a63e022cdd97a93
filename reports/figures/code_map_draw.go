package figures

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot/vg"

	"sedlab/reports"
	"sedlab/reports/draw"
)

// codePicture is the picture of a code map: a square with axes of its own for each training.
type codePicture struct {
	*mapOfCodes
	grid
	scale    draw.Scale // of the colours, if they show a number
	barTitle string
	places   map[any]int // of the values, if they do not
	xs, ys   []draw.Scale
	every    int // of the points, one of so many is drawn
}

const codeRadius = 2 * vg.Length(1)

func newCodePicture(m *mapOfCodes, run reports.Run) *codePicture {
	p := &codePicture{mapOfCodes: m, every: (m.n() + maxPoints - 1) / maxPoints, places: map[any]int{}, barTitle: run.Axis(m.column)}
	for _, panel := range m.panels {
		var x, y []float64
		for _, q := range panel.points {
			x, y = append(x, q.x), append(y, q.y)
		}
		p.xs, p.ys = append(p.xs, draw.NewScale(x, "linear")), append(p.ys, draw.NewScale(y, "linear"))
		p.left = max(p.left, 1.4*draw.LineHeight+draw.LabelWidth(p.ys[len(p.ys)-1]))
	}
	p.titles = make([]string, len(m.panels))
	p.bottom, p.inRow, p.between = axisRoom, inRow(len(p.titles)), p.left+2*draw.Gap
	if len(p.titles) == 1 {
		p.between = draw.PageWidth - p.left - draw.Gap - squareSide
	}
	p.tall = p.width()
	for i, panel := range m.panels {
		bold, n := draw.Bold(draw.Label(draw.Ink, 0, 0), draw.TextSize), fmt.Sprintf(", n = %d", len(panel.points))
		p.titles[i] = draw.Fit(bold, panel.name(), p.width()-bold.Width(n)) + n
	}
	if p.frame.Title = m.Title; m.numeric {
		p.scale = colourScale(numbersOf(m.values), m.Scale)
	} else {
		p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: p.barTitle + ":"})
		for i, v := range m.values {
			p.places[v] = i
			p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: reports.Category(m.column, v), Paint: func(c *draw.Canvas, r vg.Rectangle) {
				draw.Dot(c, draw.LookOf(i).Line, codeRadius, i >= draw.Looks, vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2})
			}})
		}
	}
	p.frame.Caption = p.caption()
	return p
}

// numbersOf returns the values that are numbers.
func numbersOf(values []any) (numbers []float64) {
	for _, v := range values {
		if number, ok := v.(float64); ok {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// caption explains the points, and says what is left out.
func (p *codePicture) caption() []string {
	lines := []string{"A point: the code of a kept reconstruction."}
	if p.Axes == "principal" {
		lines = append(lines, "Axes: principal axes (PC) of the codes in the panel, with their shares of the variance.")
	}
	if len(p.without) > 0 {
		lines = append(lines, fmt.Sprintf("Without codes, and not shown: %s.", reports.Listed(p.without)))
	}
	if len(p.partly) > 0 {
		lines = append(lines, fmt.Sprintf("Without a code: %s.", reports.Listed(p.partly)))
	}
	if len(p.short) > 0 {
		lines = append(lines, fmt.Sprintf("With codes too short or too few for the axes, and not shown: %s.", reports.Listed(p.short)))
	}
	grey, dark := 0, 0
	for _, panel := range p.panels {
		for _, q := range panel.points {
			v, number := q.value.(float64)
			grey, dark = grey+one(p.numeric && !number), dark+one(number && v <= 0)
		}
	}
	if grey > 0 {
		lines = append(lines, fmt.Sprintf("Grey: %s without a value.", reports.Plural(grey, "point")))
	}
	if p.numeric && p.scale.Log && dark > 0 {
		lines = append(lines, reports.Plural(dark, "value")+" not positive: in the darkest colour.")
	}
	if p.every > 1 {
		lines = append(lines, fmt.Sprintf("One of every %d codes is drawn.", p.every))
	}
	return lines
}

func (p *codePicture) height() vg.Length {
	if p.numeric {
		return p.grid.height() + barRoom
	}
	return p.grid.height()
}

func (p *codePicture) paint(c draw.Canvas) {
	drawn := 0
	inside := p.grid.paint(c, func(at draw.Canvas, i int, _ bool) {
		panel := draw.Panel{Canvas: at, XScale: p.xs[i], YScale: p.ys[i]}
		panel.YAxis(true)
		panel.XAxis(p.xs[i].Ticks(), true)
		for _, q := range p.panels[i].points {
			if drawn++; drawn%p.every == 0 {
				colour, hollow := p.look(q.value)
				panel.Dot(colour, codeRadius, hollow, q.x, q.y)
			}
		}
		p.axisTitles(&panel, true, p.axisTitle(i, 0), p.axisTitle(i, 1))
	})
	if len(p.panels) == 1 {
		text := draw.Label(draw.Ink, 0, 0)
		n := note{inside, vg.Point{X: inside.Min.X + p.left + p.width() + 4*draw.Gap, Y: inside.Max.Y - draw.LineHeight}}
		n.line(0, draw.Bold(text, draw.TextSize), p.panels[0].name())
		n.line(0, text, fmt.Sprintf("n = %s of %s", reports.Plural(len(p.panels[0].points), "code"), reports.Plural(p.panels[0].signals, "signal")))
	}
	if p.numeric {
		wide := vg.Length(p.columns())*(p.width()+p.between) - p.between // of a row of panels
		paintBar(inside, inside.Min.X+p.left+wide/2, p.scale, p.barTitle)
	}
}

// look returns the colour of a value, and whether its points are rings.
func (p *codePicture) look(value any) (c color.Color, hollow bool) {
	if !p.numeric {
		place := p.places[value]
		return draw.Sheer(draw.LookOf(place).Line, pointShade), place >= draw.Looks
	}
	if v, ok := value.(float64); ok {
		return draw.Ramp(p.scale.Position(v)), false
	}
	return measuredGrey, false
}

// axisTitle returns the title of a panel's horizontal (0) or vertical (1) axis.
func (p *codePicture) axisTitle(panel, axis int) string {
	title := p.axisName([]int{p.X, p.Y}[axis])
	if p.Axes == "principal" {
		title += " (" + percent(p.panels[panel].shares[axis]) + ")"
	}
	return title
}
