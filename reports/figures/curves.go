package figures

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// Curves is a figure of medians against an amount, with a line for each group; unless x or
// group is the prior, each prior has a panel.
var Curves = Kind{Name: "curves", Doc: "the median of an error against a swept amount, a line with a band for each group", Version: 1, New: func() Config { return new(curveKeys) }}

type curveKeys struct {
	X      string         `spec:"x" required:"true" example:"problem.missing_fraction" names:"column" doc:"swept key or column along the horizontal axis, whose values are numbers"`
	Group  string         `spec:"group" default:"prior" example:"evaluate.split" names:"column" doc:"swept key or column with a line for each value"`
	Y      string         `spec:"y" default:"mse" enum:"@results" example:"seconds" doc:"the value of each signal whose median the lines show"`
	Band   string         `spec:"band" default:"quartiles" enum:"quartiles|interval|none" doc:"around the median: the quartiles of the signals, or the median's 95 % interval by bootstrap"`
	Prior  string         `spec:"prior" default:"\"\"" example:"glo" names:"prior" doc:"the only prior shown"`
	Where  map[string]any `spec:"where" example:"{evaluate.split: test}" doc:"only the rows with these values of swept keys or columns"`
	XScale string         `spec:"x_scale" default:"auto" enum:"auto|linear|log" doc:"horizontal axis"`
	Scale  string         `spec:"scale" default:"auto" enum:"auto|linear|log" doc:"vertical axis"`
	Title  string         `spec:"title" default:"\"\"" example:"inpainting" doc:"text above the figure"`
}

// Check implements Config.
func (c *curveKeys) Check(s Sweep) []KeyError {
	columns := s.Columns.Names()
	errs := append(s.CheckAxis("x", c.X, columns), s.CheckAxis("group", c.Group, columns)...)
	for _, v := range s.Values[s.Columns.Resolve(c.X)] {
		if _, amount := record.Plain(v).(float64); !amount {
			errs = append(errs, wrong("x", "names %s, which has the value %v; expected numbers, or figure: boxplot", c.X, v)...)
			break
		}
	}
	return append(errs, s.CheckRows(c.Prior, c.Where, columns)...)
}

// Undrawn implements Limited.
func (c *curveKeys) Undrawn(s Sweep) []KeyError {
	if err := tooManyGroups(c.Group, s.count(c.Group, c.Prior, c.Where)); err != nil {
		return wrong("group", "%v", err)
	}
	return nil
}

// tooManyGroups returns an error if that many groups cannot be told apart.
func tooManyGroups(name string, n int) error {
	if n <= maxLegend {
		return nil
	}
	return fmt.Errorf("%d values of %s are more than the %d that can be told apart, so only the CSV is written; choose fewer with prior or where", n, name, maxLegend)
}

// WithoutExamples implements Sparing.
func (*curveKeys) WithoutExamples() {}

// Draw implements Config.
func (c *curveKeys) Draw(run reports.Run) (*reports.Drawn, error) {
	if c.X == "" {
		return nil, errors.New("x: missing; name a swept key or a column")
	}
	b, chosen, err := gather(run, c.Prior, c.Where, c.X, c.Group, c.Y, 0)
	if err != nil {
		return nil, err
	}
	m := &medians{pools: b, band: c.Band}
	if err := m.arrange(run); err != nil {
		return nil, err
	}
	d := &reports.Drawn{
		Picture: draw.Picture{CSV: m.csv()},
		Name:    "curves-" + b.x.Name,
		Title:   c.Title, Default: "Median " + b.title(),
		Choices: append(scaled(chosen, c.Scale), "band: "+c.Band),
	}
	if d.Undrawn = tooManyGroups(b.group.Name, len(b.group.values)); d.Undrawn == nil {
		p := newCurvePicture(c, m, run)
		d.Height, d.Paint, d.Caption, d.Table = p.height(), p.paint, p.frame.Caption, m.table()
	}
	return d, nil
}

// medians is the content of a figure of curves.
type medians struct {
	*pools
	band    string
	amounts []float64 // the values of x; those of x that are no number follow them in pools
	spread  map[*pool]reports.Interval
}

// arrange finds the values of x, and the bands.
func (m *medians) arrange(run reports.Run) error {
	for _, v := range m.x.values {
		switch v := v.(type) {
		case nil:
		case float64:
			m.amounts = append(m.amounts, v)
		default:
			return fmt.Errorf("x: column %q holds %v, expected numbers; figure: boxplot takes names", m.x.Name, v)
		}
	}
	if len(m.amounts) == 0 {
		return fmt.Errorf("x: no row has a number in column %q", m.x.Name)
	}
	m.spread = map[*pool]reports.Interval{}
	for _, x := range m.list {
		v := reports.Interval{Value: x.Median, Low: x.Q1, High: x.Q3}
		switch m.band {
		case "interval":
			v = run.MedianInterval(x.rows, func(r *record.Signal) float64 { y, _ := result(r, m.y.Name); return y })
		case "none":
			v.Low, v.High = math.NaN(), math.NaN()
		}
		m.spread[x] = v
	}
	return nil
}

// dropEmpty drops the panels and the groups without a value to draw from the picture, but not
// from the CSV, and names them. It keeps all if no value can be drawn.
func (m *medians) dropEmpty() (names []string) {
	drawn := slices.DeleteFunc(slices.Clone(m.list), func(x *pool) bool { return x.values[1] == nil || !draw.Finite(x.Median) })
	if len(drawn) == 0 {
		return nil
	}
	for i, a := range m.axes() {
		if a == &m.x {
			continue
		}
		a.values = slices.DeleteFunc(a.values, func(v any) bool {
			empty := !slices.ContainsFunc(drawn, func(x *pool) bool { return x.values[i] == v })
			if empty {
				names = append(names, reports.Setting("", a.Column, v))
			}
			return empty
		})
	}
	return names
}

// bandOf returns the band of a pool, NaN if there is none.
func (m *medians) bandOf(x *pool) (low, high float64) { return m.spread[x].Low, m.spread[x].High }

// csv returns the medians to the last bit. An empty field means no value.
func (m *medians) csv() [][]string {
	name := func(c record.Column) string { return c.Name }
	exact := func(_ record.Column, v any) string { return draw.Exact(v) }
	return m.records(name, exact, []string{"n", "n_failed", "median", "band_low", "band_high"}, func(x *pool) (r []string) {
		low, high := m.bandOf(x)
		for _, v := range []any{x.N, x.Failed, x.Median, low, high} {
			r = append(r, draw.Exact(v))
		}
		return r
	})
}

// maxRows is the number of rows of a table in the report that people read; longer ones are
// in the CSV alone.
const maxRows = 100

// table returns the medians for the report, nil if there are too many.
func (m *medians) table() [][]string {
	if len(m.list) > maxRows {
		return nil
	}
	header := []string{"median"}
	if m.band != "none" {
		header = append(header, map[string]string{"quartiles": "quartiles", "interval": "95 % interval"}[m.band])
	}
	return m.records(reports.Head, reports.Category, append(header, "n", "failed"), func(x *pool) []string {
		r := []string{draw.Number(x.Median)}
		if low, high := m.bandOf(x); m.band != "none" {
			r = append(r, draw.Number(low)+" … "+draw.Number(high))
		}
		return append(r, fmt.Sprint(x.N), fmt.Sprint(x.Failed))
	})
}
