package compare

import (
	"fmt"
	"math"
	"strings"

	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/settings"
)

// point is the rows of one run that are one thing to compare: as a rule one.
type point struct {
	key  string
	rows []*record.Signal
}

// points gathers a run's rows by prior, signal and the values of the columns.
func points(r Run, columns []string) []*point {
	var list []*point
	at := map[string]*point{}
	for i := range r.Rows {
		row := &r.Rows[i]
		var key strings.Builder
		fmt.Fprintf(&key, "%q %d", row.Prior, row.SignalID)
		for _, c := range columns {
			fmt.Fprintf(&key, " %s", settings.Text(r.value(row, c)))
		}
		p := at[key.String()]
		if p == nil {
			p = &point{key: key.String()}
			at[p.key] = p
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

// results are the columns that say what was found.
var results = append(store.Metrics(), "iterations", "converged", "status")

// identical tells whether two points have the same results, bit for bit.
func (p *point) identical(q *point) bool {
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
