package figures

import (
	"errors"
	"fmt"

	"sedlab/reports"
	"sedlab/reports/draw"
)

// Boxplot is a figure of boxes like the paper's Figure 2. The categories of x stand
// side by side, each with its groups side by side; each prior has a panel.
var Boxplot = Kind{Name: "boxplot", Doc: "the spread of an error as boxes, side by side", Version: 1, New: func() Config { return new(boxplot) }}

type boxplot struct {
	X             string         `spec:"x" required:"true" example:"problem.missing_fraction" names:"column" doc:"swept key or column along the horizontal axis"`
	Group         string         `spec:"group" default:"\"\"" example:"prior" names:"column" doc:"swept key or column whose values stand side by side"`
	Y             string         `spec:"y" default:"mse" enum:"@results" example:"seconds" doc:"the value of each signal that the boxes show"`
	DropBeyondIQR float64        `spec:"drop_beyond_iqr" default:"1.5" range:"[0,inf)" doc:"values farther outside the quartiles than this many interquartile ranges are left out; 0 keeps all"`
	Prior         string         `spec:"prior" default:"\"\"" example:"glo" names:"prior" doc:"the only prior shown"`
	Where         map[string]any `spec:"where" example:"{evaluate.split: test}" doc:"only the rows with these values of swept keys or columns"`
	Scale         string         `spec:"scale" default:"auto" enum:"auto|linear|log" doc:"vertical axis"`
	Title         string         `spec:"title" default:"\"\"" example:"inpainting" doc:"text above the figure"`
}

// Check implements Config.
func (c *boxplot) Check(s Sweep) []KeyError {
	columns := s.Columns.Names()
	errs := append(s.CheckAxis("x", c.X, columns), s.CheckAxis("group", c.Group, columns)...)
	return append(errs, s.CheckRows(c.Prior, c.Where, columns)...)
}

// Undrawn implements Limited.
func (c *boxplot) Undrawn(s Sweep) []KeyError {
	err := tooMany(c.X, s.count(c.X, c.Prior, c.Where), c.Group, s.count(c.Group, c.Prior, c.Where))
	if err == nil {
		return nil
	}
	return wrong("x", "%v", err)
}

// WithoutExamples implements Sparing.
func (*boxplot) WithoutExamples() {}

// Draw implements Config. A plot of too many boxes is not drawn, but has its CSV.
func (c *boxplot) Draw(run reports.Run) (*reports.Drawn, error) {
	if c.X == "" {
		return nil, errors.New("x: missing; name a swept key or a column")
	}
	b, chosen, err := gather(run, c.Prior, c.Where, c.X, c.Group, c.Y, c.DropBeyondIQR)
	if err != nil {
		return nil, err
	}
	d := &reports.Drawn{
		Picture: draw.Picture{CSV: b.csv()},
		Name:    "boxplot-" + b.x.Name,
		Title:   c.Title, Default: b.title(),
		Choices: c.choices(chosen),
	}
	if d.Undrawn = tooMany(b.x.Name, len(b.x.values), b.group.Name, len(b.group.values)); d.Undrawn == nil {
		p := newBoxPicture(c, b, run)
		d.Height, d.Paint, d.Caption, d.Table = p.height(), p.paint, p.frame.Caption, b.table()
	}
	return d, nil
}

// maxBoxes is the number of boxes that can stand side by side and still be read.
const maxBoxes = 48

// tooMany returns an error if boxes for that many values are too many for a panel.
func tooMany(x string, values int, group string, groups int) error {
	if values*groups <= maxBoxes {
		return nil
	}
	what := fmt.Sprintf("%d values of %s", values, x)
	if group != "" && group != x {
		what += fmt.Sprintf(" times %d of %s, %d boxes,", groups, group, values*groups)
	}
	return fmt.Errorf("%s are more than the %d boxes that can be read side by side, so only the CSV is written; choose fewer with prior or where", what, maxBoxes)
}

// choices describes which rows the figure shows, and how it shows them.
func (c *boxplot) choices(list []string) []string {
	list = scaled(list, c.Scale)
	if c.DropBeyondIQR > 0 {
		list = append(list, fmt.Sprintf("within %s × IQR", draw.Number(c.DropBeyondIQR)))
	}
	return list
}

// caption explains the boxes, and says what they leave out.
func (c *boxplot) caption(b *pools, log bool) []string {
	lines := []string{"Box: quartiles and median; whiskers: all that is shown."}
	if c.DropBeyondIQR > 0 {
		leftOut := "None"
		if n := b.sum(func(x *pool) int { return x.LeftOut }); n > 0 {
			leftOut = fmt.Sprint(n)
		}
		values := reports.Plural(b.sum(func(x *pool) int { return x.N }), "value")
		lines = append(lines, fmt.Sprintf("%s of %s beyond %s × IQR left out.", leftOut, values, draw.Number(c.DropBeyondIQR)))
	}
	lines = append(lines, b.without()...)
	if n := b.sum(notPositive); log && n > 0 {
		lines = append(lines, reports.Plural(n, "box end")+" not positive: drawn on the lower edge.")
	}
	return append(lines, b.pooled("box")...)
}
