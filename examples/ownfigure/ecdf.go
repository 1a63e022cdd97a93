package main

import (
	"fmt"
	"slices"
	"strconv"

	"sedlab/reports"
	"sedlab/reports/draw"
	"sedlab/reports/figures"
)

// ecdf is what a spec's `figure: ecdf` names.
var ecdf = figures.Kind{
	Name:    "ecdf",
	Doc:     "the empirical cumulative distribution of a score, a curve for each group of signals",
	Version: 1,
	New:     func() figures.Config { return new(config) },
}

// config is the keys of one such figure in a spec's report.
type config struct {
	Score string         `spec:"score" default:"mse" enum:"@results" doc:"whose distribution is shown"`
	Group string         `spec:"group" default:"prior" example:"problem.operator" names:"column" doc:"swept key or column with a curve for each value"`
	Where map[string]any `spec:"where" example:"{evaluate.split: test}" doc:"only the rows with these values of swept keys or columns"`
	Scale string         `spec:"scale" default:"auto" enum:"auto|linear|log" doc:"horizontal axis"`
	Title string         `spec:"title" default:"\"\"" example:"inpainting" doc:"text above the figure"`
}

// Check finds keys that name no column of this spec's rows.
func (c *config) Check(s figures.Sweep) []figures.KeyError {
	columns := s.Columns.Names()
	return append(s.CheckAxis("group", c.Group, columns), s.CheckRows("", c.Where, columns)...)
}

// curve is the scores of one group of signals, in order.
type curve struct {
	group  any // a string, bool or float64; nil for none
	values []float64
	failed int // signals without a score
}

// share returns the share of the signals that score at most as the first n do. A
// signal that failed scores worse than any.
func (c *curve) share(n int) float64 { return float64(n) / float64(len(c.values)+c.failed) }

// Draw implements figures.Config.
func (c *config) Draw(run reports.Run) (*reports.Drawn, error) {
	rows, chosen, err := figures.Choose(run, "", c.Where)
	if err != nil {
		return nil, err
	}
	score, group := run.Column(c.Score), run.Column(c.Group)
	curves, all := collect(rows, score.Name, group.Name)
	if len(all) == 0 {
		return nil, fmt.Errorf("no row has a finite %s", score.Name)
	}
	if len(curves) > draw.Looks {
		return nil, fmt.Errorf("%d values of %s are more than the %d curves that can be told apart; choose with where", len(curves), group.Name, draw.Looks)
	}
	p := &picture{
		curves: curves, x: draw.NewScale(all, c.Scale), y: draw.Scale{High: 1.05},
		xTitle: run.Axis(score), yTitle: "share of signals",
		frame: draw.Frame{Title: c.Title, Legend: []draw.Entry{{Name: run.Axis(group) + ":"}}, Caption: []string{"Share of the signals whose " + score.Name + " is at most the value below; failed signals count as worse than all others."}},
	}
	table := [][]string{{reports.Head(group), "lower quartile", "median", "upper quartile", "most", "n", "failed"}}
	csv := [][]string{{group.Name, score.Name, "share"}}
	for i, each := range curves {
		name := reports.Category(group, each.group)
		p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: name, Paint: draw.LegendLine(style(i))})
		s := reports.Describe(each.values, each.failed, 0)
		table = append(table, []string{name, draw.Number(s.Q1), draw.Number(s.Median), draw.Number(s.Q3), draw.Number(s.Max), strconv.Itoa(s.N), strconv.Itoa(s.Failed)})
		for n, v := range each.values {
			csv = append(csv, []string{draw.Exact(each.group), draw.Exact(v), draw.Exact(each.share(n + 1))})
		}
	}
	return &reports.Drawn{
		Picture: draw.Picture{Height: p.frame.Height() + panelHeight + axisHeight, Paint: p.paint, CSV: csv},
		Name:    "ecdf-" + score.Name,
		Title:   c.Title, Default: "Distribution of " + score.Title + " by " + group.Title,
		Choices: chosen, Caption: p.frame.Caption, Table: table,
	}, nil
}

// collect returns a curve for each value of the column group, in the order of the
// rows, and the scores of all.
func collect(rows []*reports.Signal, score, group string) (curves []*curve, all []float64) {
	for _, row := range rows {
		g, _ := row.Value(group)
		i := slices.IndexFunc(curves, func(c *curve) bool { return c.group == g })
		if i < 0 {
			i = len(curves)
			curves = append(curves, &curve{group: g})
		}
		v, _ := row.Value(score)
		if v, ok := v.(float64); ok && draw.Finite(v) {
			curves[i].values = append(curves[i].values, v)
			all = append(all, v)
		} else {
			curves[i].failed++
		}
	}
	for _, c := range curves {
		slices.Sort(c.values)
	}
	return curves, all
}
