// Package rank orders settings by their results, the best first. Rows alone decide, so
// the same rows give the same order.
package rank

import (
	"cmp"
	"math"
	"slices"

	"sedlab/internal/quantile"
	"sedlab/internal/record"
)

// Criterion says what makes one setting better than another.
type Criterion struct {
	Prior     string   `json:"prior"`     // whose rows count
	Metric    string   `json:"metric"`    // a column of which less is better
	Statistic string   `json:"statistic"` // of its values: median or mean
	Settings  []string `json:"settings"`  // the columns whose values make a setting
	// Resource is the column of what is spent on a setting, or empty. Only the rows with
	// a setting's largest resource count. Settings with more resource rank first: they
	// got more because they were better before.
	Resource string `json:"resource,omitempty"`
}

// Setting is a setting that was tried.
type Setting struct {
	Values   []any   // of the columns Criterion.Settings; nil if a row has none
	Resource float64 // spent on it; 0 without Criterion.Resource
	Score    float64 // the statistic of its rows; +Inf if it has no finite value
	Rows     int     // that the score is made from
	Failed   int     // rows without a value, which count as infinite
	Cells    []string

	values []float64
}

// Useless reports whether the setting has no score, so that it cannot be the best.
func (s *Setting) Useless() bool { return math.IsInf(s.Score, 1) }

// Rank returns the settings of the rows, the best first and failed ones last. Equals
// keep the order of their first rows.
func (c Criterion) Rank(rows []record.Signal) []*Setting {
	list := c.gather(rows)
	for _, s := range list {
		s.Score = c.score(s.values)
	}
	slices.SortStableFunc(list, func(a, b *Setting) int {
		if a.Useless() != b.Useless() {
			return map[bool]int{true: 1, false: -1}[a.Useless()]
		}
		return cmp.Or(-cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Score, b.Score))
	})
	return list
}

// gather collects each setting's values, in order of appearance.
func (c Criterion) gather(rows []record.Signal) (list []*Setting) {
	known := map[record.Key]*Setting{}
	for i := range rows {
		row := &rows[i]
		if row.Prior != c.Prior {
			continue
		}
		values := make([]any, len(c.Settings))
		for k, column := range c.Settings {
			values[k], _ = row.Value(column)
		}
		resource, _ := row.Value(c.Resource)
		spent, _ := resource.(float64)
		key := record.KeyOf(values...)
		s := known[key]
		if s == nil {
			s = &Setting{Values: values, Resource: spent}
			known[key] = s
			list = append(list, s)
		}
		s.add(row, c.Metric, spent)
	}
	return list
}

// add adds a row to a setting.
func (s *Setting) add(row *record.Signal, metric string, spent float64) {
	switch {
	case spent < s.Resource:
		return
	case spent > s.Resource:
		*s = Setting{Values: s.Values, Resource: spent}
	}
	v, _ := row.Value(metric)
	value, ok := v.(float64)
	if !ok || row.Status != record.StatusOK || math.IsInf(value, 0) {
		value = math.Inf(1)
		s.Failed++
	}
	s.Rows++
	s.values = append(s.values, value)
	if !slices.Contains(s.Cells, row.CellID) {
		s.Cells = append(s.Cells, row.CellID)
	}
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
	// The median. Interpolation with an infinite value would give NaN.
	low, high := values[(len(values)-1)/2], values[len(values)/2]
	if low == high || math.IsInf(high, 1) {
		return high
	}
	return quantile.Sorted([]float64{low, high}, 0.5)
}
