package figures

import (
	"fmt"

	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// notPositive counts whiskers and quartiles that a logarithmic scale cannot show.
func notPositive(x *pool) (n int) {
	for _, v := range []float64{x.WhiskerLow, x.Q1, x.Median, x.Q3, x.WhiskerHigh} {
		if v <= 0 {
			n++
		}
	}
	return n
}

// csv returns the boxes' statistics to the last bit. An empty field means no value.
func (b *pools) csv() [][]string {
	name := func(c record.Column) string { return c.Name }
	exact := func(_ record.Column, v any) string { return draw.Exact(v) }
	header := []string{"n", "n_left_out", "n_failed", "min", "q1", "median", "q3", "max", "mean", "whisker_low", "whisker_high"}
	return b.records(name, exact, header, func(x *pool) (r []string) {
		for _, v := range []any{x.N, x.LeftOut, x.Failed, x.Min, x.Q1, x.Median, x.Q3, x.Max, x.Mean, x.WhiskerLow, x.WhiskerHigh} {
			r = append(r, draw.Exact(v))
		}
		return r
	})
}

// table returns the statistics for the report.
func (b *pools) table() [][]string {
	header := []string{"median", "IQR", "mean", "whiskers", "n", "left out", "failed"}
	return b.records(reports.Head, reports.Category, header, func(x *pool) []string {
		return []string{draw.Number(x.Median), draw.Number(x.Q3 - x.Q1), draw.Number(x.Mean), draw.Number(x.WhiskerLow) + " … " + draw.Number(x.WhiskerHigh),
			fmt.Sprint(x.N), fmt.Sprint(x.LeftOut), fmt.Sprint(x.Failed)}
	})
}
