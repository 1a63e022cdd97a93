// Package rank orders settings by their results, the best first. It decides by
// the rows alone, so that reading them again gives the same order.
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
	Metric    string   `json:"metric"`    // the column of which less is better
	Statistic string   `json:"statistic"` // of its values: median or mean
	Settings  []string `json:"settings"`  // the columns whose values make a setting
	// Resource is the column of what is spent on a setting, or empty. Only the rows
	// with a setting's largest value of it count. A setting on which more was spent
	// ranks first: it was spent because the setting was better before.
	Resource string `json:"resource,omitempty"`
}

// Setting is one that was tried.
type Setting struct {
	Values   []any   // of Criterion.Settings, nil where there is none
	Resource float64 // spent on it, 0 without a Criterion.Resource
	Score    float64 // the statistic of its rows, +Inf if that has no finite value
	Rows     int     // behind the score
	Failed   int     // of these, without a value: they count as infinitely bad
	Cells    []string

	values []float64
}

// Useless reports whether the setting has no score, so that it cannot be the best.
func (s *Setting) Useless() bool { return math.IsInf(s.Score, 1) }

// Rank returns the settings of the rows, the best first, equals in the order of
// their first rows. Those that failed are last.
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
	at := map[record.Key]*Setting{}
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
		s := at[key]
		if s == nil {
			s = &Setting{Values: values, Resource: spent}
			at[key] = s
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

// score returns the statistic of values, which it sorts; +Inf stands for a
// failure.
func (c Criterion) score(values []float64) (score float64) {
	slices.Sort(values) // so that the order of rows changes no bit of a sum
	if c.Statistic == "mean" {
		for _, v := range values {
			score += v / float64(len(values))
		}
		return score
	}
	// The median, taken so that an infinite neighbour does not make it NaN.
	low, high := values[(len(values)-1)/2], values[len(values)/2]
	if low == high || math.IsInf(high, 1) {
		return high
	}
	return quantile.Sorted([]float64{low, high}, 0.5)
}
