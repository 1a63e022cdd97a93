package reports

import (
	"fmt"
	"strings"

	"sedlab/internal/rank"
)

// bestShown is how many of the settings that were tried a report lists.
const bestShown = 5

// Best is one of the best settings of a run that chooses.
type Best struct {
	By       string   `json:"by"` // what the score is, such as "median mse"
	Settings []Chosen `json:"settings"`
	Resource *Chosen  `json:"resource,omitempty"` // what was spent on it
	Score    float64  `json:"score"`              // the statistic of the metric
	Rows     int      `json:"rows"`               // reconstructions that the score is of
	Failed   int      `json:"failed"`             // of these
}

// Chosen is a key and its value in a setting, nil where it has none.
type Chosen struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// String writes the setting as key = value, ….
func (b Best) String() string {
	var parts []string
	for _, c := range b.Settings {
		parts = append(parts, c.Key+" = "+exact(c.Value))
	}
	if b.Resource != nil {
		parts = append(parts, b.Resource.Key+" = "+exact(b.Resource.Value))
	}
	return strings.Join(parts, ", ")
}

// bestOf returns the best settings, and how many were tried and failed. A
// setting that failed is none of the best.
func bestOf(run Run) (best []Best, tried, failed int) {
	if run.Choose == nil {
		return nil, 0, 0
	}
	c := *run.Choose
	for _, s := range c.Rank(run.Signals) {
		tried++
		if s.Useless() {
			failed++
			continue
		}
		if len(best) < bestShown {
			best = append(best, newBest(c, s))
		}
	}
	return best, tried, failed
}

func newBest(c rank.Criterion, s *rank.Setting) Best {
	b := Best{By: c.Statistic + " " + c.Metric, Score: s.Score, Rows: s.Rows, Failed: s.Failed}
	for i, column := range c.Settings {
		b.Settings = append(b.Settings, Chosen{keyOf(column), s.Values[i]})
	}
	if c.Resource != "" {
		b.Resource = &Chosen{keyOf(c.Resource), s.Resource}
	}
	return b
}

// keyOf is the key of a sweep's column.
func keyOf(column string) string { return strings.TrimPrefix(column, "sweep.") }

// writeBest writes what came of a choice.
func writeBest(b *strings.Builder, run Run) {
	best, tried, failed := bestOf(run)
	if run.Choose == nil {
		return
	}
	c := run.Choose
	fmt.Fprintf(b, "## The best settings\n\nBy the %s of `%s` of the prior `%s`, the lower the better: %s tried, %d failed.\n\n",
		c.Statistic, c.Metric, c.Prior, plural(tried, "setting"), failed)
	if len(best) == 0 {
		return
	}
	header := []string{""}
	for _, s := range best[0].Settings {
		header = append(header, "`"+s.Key+"`")
	}
	if r := best[0].Resource; r != nil {
		header = append(header, "`"+r.Key+"`")
	}
	rows := [][]string{append(header, best[0].By, "reconstructions", "of these failed")}
	for i, s := range best {
		row := []string{fmt.Sprint(i + 1)}
		for _, v := range s.Settings {
			row = append(row, exact(v.Value))
		}
		if s.Resource != nil {
			row = append(row, exact(s.Resource.Value))
		}
		rows = append(rows, append(row, format(s.Score), fmt.Sprint(s.Rows), fmt.Sprint(s.Failed)))
	}
	writeTable(b, rows)
	if c.Resource != "" {
		fmt.Fprintf(b, "Settings with less `%s` were left behind on the way: theirs is what they had reached then.\n\n", keyOf(c.Resource))
	}
}
