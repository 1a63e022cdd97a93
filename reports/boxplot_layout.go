package reports

import (
	"gonum.org/v1/plot/vg"
)

// boxPlot is the picture of boxes.
type boxPlot struct {
	*boxes
	frame          frame
	x, y           scale
	xTitle, yTitle string
	medians        bool // a table of the medians below the axis
}

const (
	panelHeight    = 175 * vg.Length(1)
	panelsInRow    = 3
	categoryShare  = 0.78 // of a category's width, for its boxes
	boxShare       = 0.84 // of a box's place, for the box
	medianDigits   = "0.0000"
	panelTitleRoom = 1.3 * lineHeight
)

func newBoxPlot(f Figure, b *boxes, normalize string) *boxPlot {
	var ends []float64
	for _, x := range b.boxes {
		ends = append(ends, x.WhiskerLow, x.Q1, x.Q3, x.WhiskerHigh)
	}
	p := &boxPlot{
		boxes: b, y: newScale(ends, f.Scale), x: scale{low: -0.5, high: float64(len(b.xs)) - 0.5},
		xTitle: axisTitle(f.X, normalize), yTitle: axisTitle(f.Y, normalize),
	}
	p.frame = frame{title: f.Title, caption: b.caption(f, p.y)}
	if b.groupColumn != "" {
		p.frame.legend = append(p.frame.legend, entry{name: groupTitle(f.Group, normalize) + ":"})
		for i, g := range b.groups {
			p.frame.legend = append(p.frame.legend, entry{category(f.Group, g), legendBox(lookOf(i))})
		}
	}
	room := (pageWidth - p.left() - 2*gap) / vg.Length(len(b.xs))
	p.medians = len(b.panels) == 1 && label(ink, 0, 0).Width(medianDigits)+gap/2 <= room
	return p
}

// left is the room left of the first panel: the axis's title and labels, or the
// names of the table's rows.
func (p *boxPlot) left() vg.Length {
	w := 1.4*lineHeight + labelWidth(p.y)
	for _, g := range p.groups {
		w = max(w, min(label(ink, 0, 0).Width(p.groupName(g)), 80)+3*gap)
	}
	return w
}

func (p *boxPlot) groupName(g any) string {
	if p.groupColumn == "" {
		return "median"
	}
	return category(p.groupColumn, g)
}

func (p *boxPlot) rows() int { return (len(p.panels) + panelsInRow - 1) / panelsInRow }

// bottom is the room below a row of panels.
func (p *boxPlot) bottom() vg.Length {
	h := 1.4*lineHeight + 1.3*lineHeight
	if p.medians {
		h += vg.Length(len(p.groups))*lineHeight + 0.9*lineHeight
		if p.groupColumn != "" {
			h += 0.6 * lineHeight // of their heading
		}
	}
	return h
}

func (p *boxPlot) top() vg.Length {
	if len(p.panels) > 1 {
		return panelTitleRoom
	}
	return 0
}

func (p *boxPlot) height() vg.Length {
	row := p.top() + panelHeight + p.bottom()
	return p.frame.above() + p.frame.below() + vg.Length(p.rows())*row
}
