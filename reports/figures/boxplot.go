package figures

import (
	"errors"
	"fmt"
	"slices"

	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// Boxplot is a figure of boxes like the paper's Figure 2. The categories of x stand
// side by side, each with its groups side by side; each prior has a panel.
var Boxplot = Kind{Name: "boxplot", Doc: "the spread of an error as boxes, side by side", Version: 1, New: func() Config { return new(boxplot) }}

type boxplot struct {
	X             string         `spec:"x" required:"true" example:"problem.missing_fraction" doc:"swept key or column along the horizontal axis"`
	Group         string         `spec:"group" default:"\"\"" example:"prior" doc:"swept key or column whose values stand side by side"`
	Y             string         `spec:"y" default:"mse" enum:"@results" example:"seconds" doc:"the value of each signal that the boxes show"`
	DropBeyondIQR float64        `spec:"drop_beyond_iqr" default:"1.5" range:"[0,inf)" doc:"values farther outside the quartiles than this many interquartile ranges are left out; 0 keeps all"`
	Prior         string         `spec:"prior" default:"\"\"" example:"glo" doc:"the only prior shown"`
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

// Draw implements Config.
func (c *boxplot) Draw(run reports.Run) (*reports.Drawn, error) {
	if c.X == "" {
		return nil, errors.New("x: missing; name a swept key or a column")
	}
	rows, chosen, err := Choose(run, c.Prior, c.Where)
	if err != nil {
		return nil, err
	}
	b := &boxes{x: axis{Column: run.Column(c.X)}, group: axis{Column: run.Column(c.Group)}, y: run.Column(c.Y), byKey: map[record.Key]*box{}}
	for _, column := range []string{b.x.Name, b.group.Name, b.y.Name} {
		if err := known(run.Signals, column); err != nil {
			return nil, err
		}
	}
	if err := b.collect(run, rows, c.DropBeyondIQR); err != nil {
		return nil, err
	}
	p := newBoxPicture(c, b, run)
	return &reports.Drawn{
		Picture: draw.Picture{Height: p.height(), Paint: p.paint, CSV: b.csv()},
		Name:    "boxplot-" + b.x.Name,
		Title:   c.Title, Default: b.title(),
		Choices: c.choices(chosen), Caption: p.frame.Caption, Table: b.table(),
	}, nil
}

// title names the values in the boxes and the keys that separate the boxes.
func (b *boxes) title() string {
	title := b.y.Title + " by " + b.x.Title
	if b.group.Name != "" && b.group.Name != b.x.Name {
		title += " and " + b.group.Title
	}
	return title
}

// choices describes which rows the figure shows, and how it shows them.
func (c *boxplot) choices(list []string) []string {
	if c.Scale != "auto" {
		list = append(list, c.Scale+" scale")
	}
	if c.DropBeyondIQR > 0 {
		list = append(list, fmt.Sprintf("within %s × IQR", draw.Number(c.DropBeyondIQR)))
	}
	return list
}

// caption explains the boxes, and says what they leave out.
func (c *boxplot) caption(b *boxes, log bool) []string {
	lines := []string{"Box: quartiles and median; whiskers: all that is shown."}
	if c.DropBeyondIQR > 0 {
		leftOut := "None"
		if n := b.sum(func(x *box) int { return x.LeftOut }); n > 0 {
			leftOut = fmt.Sprint(n)
		}
		values := reports.Plural(b.sum(func(x *box) int { return x.N }), "value")
		lines = append(lines, fmt.Sprintf("%s of %s beyond %s × IQR left out.", leftOut, values, draw.Number(c.DropBeyondIQR)))
	}
	if n := b.sum(func(x *box) int { return x.Failed }); n > 0 {
		lines = append(lines, reports.Plural(n, "signal")+" without a value.")
	}
	if n := b.sum(notPositive); log && n > 0 {
		lines = append(lines, reports.Plural(n, "box end")+" not positive: drawn on the lower edge.")
	}
	if most := slices.MaxFunc(b.list, func(x, y *box) int { return x.cells - y.cells }).cells; most > 1 {
		lines = append(lines, fmt.Sprintf("A box pools up to %d cells.", most))
	}
	return lines
}
