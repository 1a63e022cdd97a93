package figures

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"sedlab/internal/group"
	"sedlab/internal/quantile"
	"sedlab/internal/record"
	"sedlab/internal/yamlpos"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// Scatter is a figure of pairs: what a prior made of a signal against what another made of
// it, on the same problem. Below the diagonal, the prior's value is the smaller one.
var Scatter = Kind{Name: "scatter", Doc: "an error of one prior against that of another, a point for each signal and problem", Version: 1, New: func() Config { return new(scatter) }}

type scatter struct {
	Prior   string         `spec:"prior" required:"true" example:"glo" names:"prior" doc:"the prior on the vertical axis"`
	Against string         `spec:"against" required:"true" example:"pca" names:"prior" doc:"the prior on the horizontal axis"`
	Y       string         `spec:"y" default:"mse" enum:"@results" example:"seconds" doc:"the value of each signal that the axes show"`
	Group   string         `spec:"group" default:"\"\"" example:"problem.missing_fraction" names:"column" doc:"swept key or column with a colour for each value"`
	Where   map[string]any `spec:"where" example:"{evaluate.split: test}" doc:"only the rows with these values of swept keys or columns"`
	Scale   string         `spec:"scale" default:"auto" enum:"auto|linear|log" doc:"both axes"`
	Title   string         `spec:"title" default:"\"\"" example:"inpainting" doc:"text above the figure"`
}

// Check implements Config.
func (c *scatter) Check(s Sweep) []KeyError {
	errs := s.CheckRows(c.Prior, c.Where, s.Columns.Names())
	switch {
	case c.Against == "":
	case c.Against == c.Prior:
		errs = append(errs, wrong("against", "names %s, as prior does; expected another prior", c.Against)...)
	default:
		if len(s.CheckRows(c.Against, nil, nil)) > 0 {
			errs = append(errs, wrong("against", "got %q, which is no prior of this spec; %s", c.Against, yamlpos.Instead(c.Against, s.Priors))...)
		}
	}
	if _, ok := c.Where["prior"]; ok {
		errs = append(errs, wrong("where.prior", "leaves one prior; expected the two priors as prior and against")...)
	}
	return append(errs, s.CheckAxis("group", c.Group, s.Columns.Names())...)
}

// Undrawn implements Limited.
func (c *scatter) Undrawn(s Sweep) []KeyError {
	if err := tooManyGroups(c.Group, s.count(c.Group, c.Prior, c.Where)); err != nil {
		return wrong("group", "%v", err)
	}
	return nil
}

// WithoutExamples implements Sparing.
func (*scatter) WithoutExamples() {}

// Draw implements Config.
func (c *scatter) Draw(run reports.Run) (*reports.Drawn, error) {
	if c.Prior == "" || c.Against == "" {
		return nil, errors.New("prior and against: missing; name two priors")
	}
	rows, chosen, err := Choose(run, "", c.Where)
	if err != nil {
		return nil, err
	}
	s := &cloud{scatter: c, group: run.Column(c.Group), column: run.Column(c.Y)}
	if err := errors.Join(known(run.Signals, s.group.Name), known(run.Signals, s.column.Name)); err != nil {
		return nil, err
	}
	if err := s.collect(rows); err != nil {
		return nil, err
	}
	d := &reports.Drawn{
		Picture: draw.Picture{CSV: s.csv()},
		Name:    "scatter-" + c.Prior + "-" + c.Against,
		Title:   c.Title, Default: s.column.Title + " by " + c.Prior + " and by " + c.Against,
		Choices: scaled(chosen, c.Scale),
	}
	if d.Undrawn = tooManyGroups(s.group.Name, len(s.groups)); d.Undrawn == nil {
		p := newCloudPicture(s, run)
		d.Height, d.Paint, d.Caption, d.Table = p.height(), p.paint, p.frame.Caption, s.table()
	}
	return d, nil
}

// cloud is the content of a scatter.
type cloud struct {
	*scatter
	group, column record.Column
	points        []cloudPoint
	all           cloudGroup
	groups        []*cloudGroup // in the order of their values; one if the spec names no group
	alone         int           // rows without a partner
}

// cloudPoint is a pair; x is the value of the prior Against.
type cloudPoint struct {
	reports.Pair
	x, y  float64
	group *cloudGroup
}

// cloudGroup counts the pairs of a group.
type cloudGroup struct {
	value        any
	place        int
	n            int // pairs in which both have a value
	below, equal int
	lacking      int // pairs in which one has no value
	ratios       []float64
}

func (g *cloudGroup) add(x, y float64) {
	switch {
	case !draw.Finite(x) || !draw.Finite(y):
		g.lacking++
		return
	case y < x:
		g.below++
	case y == x:
		g.equal++
	}
	g.n++
	if ratio := y / x; draw.Finite(ratio) {
		g.ratios = append(g.ratios, ratio)
	}
}

// share returns the share of pairs below the diagonal, NaN if there are none.
func (g *cloudGroup) share() float64 { return float64(g.below) / float64(g.n) }

// collect pairs the rows, and counts the pairs.
func (s *cloud) collect(rows []*record.Signal) error {
	pairs, alone := reports.Pairs(rows, s.Prior, s.Against)
	if len(pairs) == 0 {
		return fmt.Errorf("no signal was reconstructed by both %s and %s on the same problem", s.Prior, s.Against)
	}
	s.alone = alone
	fill := newCompletion(rows, s.group.Name)
	value := func(p reports.Pair) any { return fill.value(p.Own, s.group.Name) }
	byValue := map[any]*cloudGroup{}
	for i, v := range categories(group.Keys(pairs, value)) {
		byValue[v] = &cloudGroup{value: v, place: i}
		s.groups = append(s.groups, byValue[v])
	}
	for _, p := range pairs {
		y, err := result(p.Own, s.column.Name)
		if err != nil {
			return err
		}
		x, err := result(p.Other, s.column.Name)
		if err != nil {
			return err
		}
		g := byValue[value(p)]
		g.add(x, y)
		s.all.add(x, y)
		s.points = append(s.points, cloudPoint{p, x, y, g})
	}
	if s.all.n == 0 {
		return errors.New("no pair has two finite values of " + s.column.Name)
	}
	return nil
}

// csv returns every pair. An empty field means no value.
func (s *cloud) csv() [][]string {
	header := []string{"signal_id", "cell_id_" + s.Prior, "cell_id_" + s.Against, s.column.Name + "_" + s.Prior, s.column.Name + "_" + s.Against}
	if s.group.Name != "" {
		header = append(header, s.group.Name)
	}
	records := [][]string{header}
	for _, p := range s.points {
		r := []string{strconv.FormatInt(p.Own.SignalID, 10), p.Own.CellID, p.Other.CellID, draw.Exact(p.y), draw.Exact(p.x)}
		if s.group.Name != "" {
			r = append(r, draw.Exact(p.group.value))
		}
		records = append(records, r)
	}
	return records
}

// table returns the counts for the report.
func (s *cloud) table() [][]string {
	row := func(name string, g *cloudGroup) []string {
		return []string{name, fmt.Sprint(g.n), percent(g.share()), fmt.Sprint(g.below), fmt.Sprint(g.n - g.below - g.equal), fmt.Sprint(g.equal),
			draw.Number(quantile.Median(g.ratios)), fmt.Sprint(g.lacking)}
	}
	head := "pairs of"
	if s.group.Name != "" {
		head = reports.Head(s.group)
	}
	table := [][]string{{head, "n", s.Prior + " smaller", s.Prior + " smaller, n", s.Against + " smaller, n", "equal, n", "median " + s.Prior + " / " + s.Against, "without a value, n"}}
	if s.group.Name != "" {
		for _, g := range s.groups {
			table = append(table, row(reports.Category(s.group, g.value), g))
		}
	}
	return append(table, row("all", &s.all))
}

// percent writes a share.
func percent(share float64) string {
	if math.IsNaN(share) {
		return "–"
	}
	return strconv.FormatFloat(100*share, 'f', 0, 64) + " %"
}
