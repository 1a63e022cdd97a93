package compare

import (
	"math"
	"slices"

	"sedlab/internal/record"
)

// point is the rows of one run that are one thing to compare: as a rule one.
type point struct {
	key  record.Key
	rows []*record.Signal
}

// points gathers a run's rows by prior, signal and the values of the columns.
func points(r Run, columns []string) []*point {
	var list []*point
	known := map[record.Key]*point{}
	for i := range r.Rows {
		row := &r.Rows[i]
		values := []any{row.Prior, row.SignalID}
		for _, c := range columns {
			values = append(values, r.value(row, c))
		}
		key := record.KeyOf(values...)
		p := known[key]
		if p == nil {
			p = &point{key: key}
			known[key] = p
			list = append(list, p)
		}
		p.rows = append(p.rows, row)
	}
	return list
}

// mean returns the mean of a column of numbers over the point's rows, of one
// row its value to the bit, or NaN if any has none.
func (p *point) mean(column string) float64 {
	var sum float64
	for _, row := range p.rows {
		v, ok := row.Value(column)
		f, number := v.(float64)
		if !ok || !number {
			return math.NaN()
		}
		sum += f
	}
	return sum / float64(len(p.rows))
}

// resultColumns returns the columns that say what was found: the scores that both
// tables have, as programs differ in those that they compute, and the diagnostics.
func resultColumns(a, b []record.Signal) []string {
	names := commonScores(a, b)
	for _, c := range record.SignalColumns() {
		if c.Role == record.Diagnostic && !c.Varies {
			names = append(names, c.Name)
		}
	}
	return names
}

func commonScores(a, b []record.Signal) []string {
	others := record.ScoreNames(b)
	return slices.DeleteFunc(record.ScoreNames(a), func(name string) bool { return !slices.Contains(others, name) })
}

// identical reports whether two points have the same results, bit for bit.
func (p *point) identical(q *point, results []string) bool {
	if len(p.rows) != len(q.rows) {
		return false
	}
	for i := range p.rows {
		for _, c := range results {
			a, _ := p.rows[i].Value(c)
			b, _ := q.rows[i].Value(c)
			if !same(a, b) {
				return false
			}
		}
	}
	return true
}
