package figures

import (
	"errors"
	"fmt"

	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// Heatmap is a figure of medians as colours, over the values of two swept keys; unless one
// of them is the prior, each prior has a panel.
var Heatmap = Kind{Name: "heatmap", Doc: "the median of an error over two swept keys, as colours and numbers, a panel for each prior", Version: 1, New: func() Config { return new(heatmap) }}

type heatmap struct {
	X     string         `spec:"x" required:"true" example:"problem.missing_fraction" names:"column" doc:"swept key or column along the horizontal axis"`
	Rows  string         `spec:"rows" required:"true" example:"priors.glo.code_dim" names:"column" doc:"swept key or column along the vertical axis"`
	Y     string         `spec:"y" default:"mse" enum:"@results" example:"seconds" doc:"the value of each signal whose median the colours show"`
	Prior string         `spec:"prior" default:"\"\"" example:"glo" names:"prior" doc:"the only prior shown"`
	Where map[string]any `spec:"where" example:"{evaluate.split: test}" doc:"only the rows with these values of swept keys or columns"`
	Scale string         `spec:"scale" default:"auto" enum:"auto|linear|log" doc:"scale of the colours"`
	Title string         `spec:"title" default:"\"\"" example:"inpainting" doc:"text above the figure"`
}

// Check implements Config.
func (c *heatmap) Check(s Sweep) []KeyError {
	columns := s.Columns.Names()
	errs := append(s.CheckAxis("x", c.X, columns), s.CheckAxis("rows", c.Rows, columns)...)
	if c.X != "" && s.Columns.Resolve(c.X) == s.Columns.Resolve(c.Rows) {
		errs = append(errs, wrong("rows", "names %s, as x does; expected another key", c.Rows)...)
	}
	return append(errs, s.CheckRows(c.Prior, c.Where, columns)...)
}

// maxSide is the number of cells along an axis whose labels can still be read.
const maxSide = 36

// Undrawn implements Limited.
func (c *heatmap) Undrawn(s Sweep) (errs []KeyError) {
	for _, a := range [][2]string{{"x", c.X}, {"rows", c.Rows}} {
		if err := tooManyCells(a[1], s.count(a[1], c.Prior, c.Where)); err != nil {
			errs = append(errs, wrong(a[0], "%v", err)...)
		}
	}
	return errs
}

func tooManyCells(name string, n int) error {
	if n <= maxSide {
		return nil
	}
	return fmt.Errorf("%d values of %s are more than the %d whose names can be read, so only the CSV is written; choose fewer with prior or where", n, name, maxSide)
}

// WithoutExamples implements Sparing.
func (*heatmap) WithoutExamples() {}

// Draw implements Config.
func (c *heatmap) Draw(run reports.Run) (*reports.Drawn, error) {
	if c.X == "" || c.Rows == "" {
		return nil, errors.New("x and rows: missing; name two swept keys or columns")
	}
	b, chosen, err := gather(run, c.Prior, c.Where, c.X, c.Rows, c.Y, 0)
	if err != nil {
		return nil, err
	}
	d := &reports.Drawn{
		Picture: draw.Picture{CSV: mapCSV(b)},
		Name:    "heatmap-" + b.x.Name + "-" + b.group.Name,
		Title:   c.Title, Default: "Median " + b.title(),
		Choices: scaled(chosen, c.Scale),
	}
	for _, a := range []axis{b.x, b.group} {
		if err := tooManyCells(a.Name, len(a.values)); err != nil {
			d.Undrawn = err
			return d, nil
		}
	}
	p := newMapPicture(c, b, run)
	d.Height, d.Paint, d.Caption, d.Table = p.height(), p.paint, p.frame.Caption, mapTable(b)
	return d, nil
}

// mapCSV returns the medians to the last bit. An empty field means no value.
func mapCSV(b *pools) [][]string {
	name := func(c record.Column) string { return c.Name }
	exact := func(_ record.Column, v any) string { return draw.Exact(v) }
	return b.records(name, exact, []string{"n", "n_failed", "q1", "median", "q3"}, func(x *pool) (r []string) {
		for _, v := range []any{x.N, x.Failed, x.Q1, x.Median, x.Q3} {
			r = append(r, draw.Exact(v))
		}
		return r
	})
}

// mapTable returns the medians for the report, laid out as in the figure.
func mapTable(b *pools) [][]string {
	corner := reports.Head(b.group.Column) + " \\ " + reports.Head(b.x.Column)
	table := [][]string{{corner}}
	if b.panel.Name != "" {
		table[0] = []string{reports.Head(b.panel.Column), corner}
	}
	for _, x := range b.x.values {
		table[0] = append(table[0], reports.Category(b.x.Column, x))
	}
	for i, panel := range b.panel.values {
		for g, group := range b.group.values {
			row := []string{reports.Category(b.group.Column, group)}
			if b.panel.Name != "" {
				row = append([]string{reports.Category(b.panel.Column, panel)}, row...)
			}
			for k := range b.x.values {
				cell := ""
				if x := b.find(i, k, g); x != nil {
					cell = draw.Number(x.Median)
				}
				row = append(row, cell)
			}
			table = append(table, row)
		}
	}
	return table
}
