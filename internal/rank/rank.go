// Package rank orders settings by their results, the best first. The order depends only
// on the rows.
package rank

import (
	"cmp"
	"math"
	"slices"

	"sedlab/internal/group"
	"sedlab/internal/quantile"
	"sedlab/internal/record"
)

// Criterion says what makes one setting better than another.
type Criterion struct {
	Prior     string   `json:"prior"`     // whose rows count
	Metric    string   `json:"metric"`    // a column in which less is better
	Statistic string   `json:"statistic"` // median or mean of the metric's values
	Settings  []string `json:"settings"`  // the columns whose values make a setting
	// Resource is the column with the amount spent on a setting, or empty. Only the rows
	// with a setting's largest amount count. Settings with a larger amount rank first:
	// they got it because they were better before.
	Resource string `json:"resource,omitempty"`
}

// Setting is a setting that was tried.
type Setting struct {
	Values   []any   // in the columns Criterion.Settings; nil if a row has none
	Resource float64 // amount spent on it; 0 without Criterion.Resource
	Score    float64 // the statistic of its rows; +Inf if it has no finite value
	Rows     int     // that the score is computed from
	Failed   int     // rows without a value, which count as infinite
	Cells    []string
}

// Useless reports whether the setting has no score, so that it cannot be the best.
func (s *Setting) Useless() bool { return math.IsInf(s.Score, 1) }

// Rank returns the settings of the rows, the best first and failed ones last. Settings
// with equal scores keep the order of their first rows.
func (c Criterion) Rank(rows []record.Signal) []*Setting {
	of := slices.DeleteFunc(group.Pointers(rows), func(row *record.Signal) bool { return row.Prior != c.Prior })
	var list []*Setting
	for _, rows := range group.By(of, func(row *record.Signal) record.Key { return record.KeyOf(c.values(row)...) }) {
		list = append(list, c.setting(rows))
	}
	slices.SortStableFunc(list, func(a, b *Setting) int {
		if a.Useless() != b.Useless() {
			return map[bool]int{true: 1, false: -1}[a.Useless()]
		}
		return cmp.Or(-cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Score, b.Score))
	})
	return list
}

// values returns a row's values of the columns in Settings.
func (c Criterion) values(row *record.Signal) []any {
	values := make([]any, len(c.Settings))
	for i, column := range c.Settings {
		values[i], _ = row.Value(column)
	}
	return values
}

// setting sums up the rows of one setting.
func (c Criterion) setting(rows []*record.Signal) *Setting {
	s := &Setting{Values: c.values(rows[0])}
	spent := func(row *record.Signal) float64 { return number(row, c.Resource, 0) }
	s.Resource = spent(slices.MaxFunc(rows, func(a, b *record.Signal) int { return cmp.Compare(spent(a), spent(b)) }))
	rows = slices.DeleteFunc(rows, func(row *record.Signal) bool { return spent(row) < s.Resource })
	s.Rows, s.Cells = len(rows), group.Keys(rows, func(row *record.Signal) string { return row.CellID })
	var values []float64
	for _, row := range rows {
		value := number(row, c.Metric, math.Inf(1))
		if row.Status != record.StatusOK || math.IsInf(value, 0) {
			value = math.Inf(1)
			s.Failed++
		}
		values = append(values, value)
	}
	s.Score = c.score(values)
	return s
}

// number returns a row's number in a column, or none if there is no number.
func number(row *record.Signal, column string, none float64) float64 {
	v, _ := row.Value(column)
	if number, ok := v.(float64); ok {
		return number
	}
	return none
}

// score sorts the values and returns their statistic. Failures are +Inf.
func (c Criterion) score(values []float64) (score float64) {
	slices.Sort(values) // so that the order of rows does not change the bits of the sum
	if c.Statistic == "mean" {
		for _, v := range values {
			score += v / float64(len(values))
		}
		return score
	}
	// The median. Interpolating with an infinite neighbour would make it NaN.
	middle := values[(len(values)-1)/2 : len(values)/2+1]
	if high := middle[len(middle)-1]; math.IsInf(high, 1) {
		return high
	}
	return quantile.Sorted(middle, 0.5)
}
