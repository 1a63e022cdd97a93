package compare

import (
	"math"
	"slices"

	"sedlab/internal/record"
)

// gather puts together what has the same key, and returns the keys in order.
func gather[T any, K comparable](all []T, keyOf func(*T) K) (keys []K, members map[K][]*T) {
	members = map[K][]*T{}
	for i := range all {
		key := keyOf(&all[i])
		if members[key] == nil {
			keys = append(keys, key)
		}
		members[key] = append(members[key], &all[i])
	}
	return keys, members
}

// point is what is compared as one thing of a run: usually a single row.
type point []*record.Signal

// points gathers a run's rows by prior, signal and the values of the columns.
func (r Run) points(columns []string) ([]record.Key, map[record.Key][]*record.Signal) {
	return gather(r.Rows, func(row *record.Signal) record.Key {
		values := []any{row.Prior, row.SignalID}
		for _, c := range columns {
			values = append(values, r.value(row, c))
		}
		return record.KeyOf(values...)
	})
}

// mean returns the mean of a column of numbers over the point's rows, for a single
// row its value to the bit, and NaN if any row has none.
func (p point) mean(column string) float64 {
	var sum float64
	for _, row := range p {
		v, ok := row.Value(column)
		f, number := v.(float64)
		if !ok || !number {
			return math.NaN()
		}
		sum += f
	}
	return sum / float64(len(p))
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
func (p point) identical(q point, results []string) bool {
	return slices.EqualFunc(p, q, func(x, y *record.Signal) bool {
		return !slices.ContainsFunc(results, func(column string) bool {
			a, _ := x.Value(column)
			b, _ := y.Value(column)
			return !same(a, b)
		})
	})
}
