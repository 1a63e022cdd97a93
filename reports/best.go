package reports

import (
	"fmt"
	"slices"
	"strings"

	"sedlab/internal/rank"
	"sedlab/internal/record"
	"sedlab/reports/draw"
)

// bestShown is the number of settings that a report lists.
const bestShown = 5

// Best is one of the best settings of a run that chooses a setting.
type Best struct {
	By       string   `json:"by"` // what the score is, such as "median mse"
	Settings []Chosen `json:"settings"`
	Resource *Chosen  `json:"resource,omitempty"` // the resource spent on the setting
	Score    float64  `json:"score"`              // the statistic of the metric
	Rows     int      `json:"rows"`               // reconstructions behind the score
	Failed   int      `json:"failed"`             // reconstructions that failed
}

// Chosen is a key and its value in a setting; nil where there is none.
type Chosen struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// chosen returns the settings, and the resource spent on each.
func (b Best) chosen() []Chosen {
	if b.Resource == nil {
		return b.Settings
	}
	return append(slices.Clip(b.Settings), *b.Resource)
}

// String writes the setting as key = value, ….
func (b Best) String() string {
	var parts []string
	for _, c := range b.chosen() {
		parts = append(parts, c.Key+" = "+draw.Exact(c.Value))
	}
	return strings.Join(parts, ", ")
}

// bestOf returns the best settings, and how many were tried and how many failed.
// A setting that failed is not among the best.
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
		b.Settings = append(b.Settings, Chosen{key(column), s.Values[i]})
	}
	if c.Resource != "" {
		b.Resource = &Chosen{key(c.Resource), s.Resource}
	}
	return b
}

// key returns the key that a column shows if the key is swept, else the column's name.
func key(column string) string {
	key, _ := record.SweptKey(column)
	return key
}

// writeBest writes the best settings, if the run chooses one.
func writeBest(b *strings.Builder, run Run) {
	best, tried, failed := bestOf(run)
	if run.Choose == nil {
		return
	}
	c := run.Choose
	fmt.Fprintf(b, "## The best settings\n\nBy the %s of `%s` of the prior `%s`, the lower the better: %s tried, %d failed.\n\n",
		c.Statistic, c.Metric, c.Prior, Plural(tried, "setting"), failed)
	if len(best) == 0 {
		return
	}
	header := []string{""}
	for _, c := range best[0].chosen() {
		header = append(header, "`"+c.Key+"`")
	}
	rows := [][]string{append(header, best[0].By, "reconstructions", "of these failed")}
	for i, s := range best {
		row := []string{fmt.Sprint(i + 1)}
		for _, v := range s.chosen() {
			row = append(row, draw.Exact(v.Value))
		}
		rows = append(rows, append(row, draw.Number(s.Score), fmt.Sprint(s.Rows), fmt.Sprint(s.Failed)))
	}
	writeTable(b, rows)
	if c.Resource != "" {
		fmt.Fprintf(b, "Settings with less `%s` were left behind on the way: theirs is what they had reached then.\n\n", key(c.Resource))
	}
}
