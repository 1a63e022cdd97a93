package compare

import (
	"math"
	"slices"

	"sedlab/internal/quantile"
	"sedlab/internal/record"
	"sedlab/internal/settings"
)

// Group compares the pairs of one prior at one level, and of one value in every other
// column in which the pairs differ.
type Group struct {
	Prior  string    `json:"prior"`
	At     []Setting `json:"at"`
	Values []any     `json:"-"` // in the Keys of the Pairing; only in its Groups
	Pairs  int       `json:"pairs"`
	// Compared counts the pairs in which both sides have the metric. If it is 0, there
	// are no medians.
	Compared   int      `json:"compared"`
	MedianA    *float64 `json:"median_a"`
	MedianB    *float64 `json:"median_b"`
	Difference *float64 `json:"median_difference"` // of B − A, pair by pair
	BetterInB  *float64 `json:"better_in_b"`       // share of the pairs with B < A
	Identical  bool     `json:"identical"`         // every result of every pair, bit for bit
}

// Setting is a column and the JSON of a value in it.
type Setting struct {
	Column string `json:"column"`
	Value  string `json:"value"`
}

// pairOf holds the results of both runs for the same problem.
type pairOf struct {
	a, b  point
	group int // of Pairing.Groups
}

// groups gathers pairs by prior and columns, in their order, and numbers them by group.
func (p *Pairing) groups(pairs []pairOf, columns []string, results []string) []Group {
	all := append([]string{"prior"}, columns...)
	keys, members := gather(pairs, func(q *pairOf) record.Key { return q.key(all) })
	list := make([]Group, len(keys))
	for i, key := range keys {
		list[i] = group(members[key], columns, p.Metric, results)
		for _, q := range members[key] {
			q.group = i
		}
	}
	return list
}

// value returns a pair's value in a column by which it was paired.
func (p pairOf) value(column string) any {
	v, ok := p.a[0].Value(column)
	if !ok { // only one of the runs may sweep the key
		v, _ = p.b[0].Value(column)
	}
	return v
}

// key returns the pair's values in some columns.
func (p pairOf) key(columns []string) record.Key {
	values := make([]any, len(columns))
	for i, c := range columns {
		values[i] = p.value(c)
	}
	return record.KeyOf(values...)
}

// varying returns the columns in which pairs differ. A column that splits the pairs in
// the same way as an earlier one is left out: for example the missing fraction, if it is
// the level.
func varying(pairs []pairOf, columns []string) (kept []string) {
	for _, c := range columns {
		again := func(k string) bool {
			n := distinct(pairs, k, c)
			return n == distinct(pairs, k) && n == distinct(pairs, c)
		}
		if distinct(pairs, c) > 1 && !slices.ContainsFunc(kept, again) {
			kept = append(kept, c)
		}
	}
	return kept
}

// distinct returns the number of different values that pairs have in some columns.
func distinct(pairs []pairOf, columns ...string) int {
	keys, _ := gather(pairs, func(p *pairOf) record.Key { return p.key(columns) })
	return len(keys)
}

// group compares the pairs of one group.
func group(pairs []*pairOf, columns []string, metric string, results []string) Group {
	g := Group{Prior: pairs[0].a[0].Prior, Pairs: len(pairs), Identical: true, At: []Setting{}}
	for _, c := range columns {
		g.At = append(g.At, Setting{c, settings.Text(pairs[0].value(c))})
	}
	var as, bs, differences []float64
	better := 0
	for _, p := range pairs {
		g.Identical = g.Identical && p.a.identical(p.b, results)
		a, b := p.a.mean(metric), p.b.mean(metric)
		if !finite(a) || !finite(b) {
			continue
		}
		as, bs, differences = append(as, a), append(bs, b), append(differences, b-a)
		if b < a {
			better++
		}
	}
	if g.Compared = len(as); g.Compared == 0 {
		return g
	}
	g.MedianA, g.MedianB = number(quantile.Median(as)), number(quantile.Median(bs))
	g.Difference = number(quantile.Median(differences))
	g.BetterInB = number(float64(better) / float64(len(as)))
	return g
}

func number(v float64) *float64 {
	if !finite(v) { // the difference of two huge numbers may overflow
		return nil
	}
	return &v
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
