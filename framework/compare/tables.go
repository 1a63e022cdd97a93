// Package compare finds the differences between two runs' results.
//
// Tables compares two runs of the same cells, bit for bit, as for a repetition. Runs
// compares any two runs, signal by signal.
package compare

import (
	"maps"
	"math"
	"slices"

	"sedlab/internal/record"
)

// Report is the difference of two tables of the same cells.
type Report struct {
	Rows       int      `json:"rows"`   // that both tables have
	OnlyA      int      `json:"only_a"` // rows without a partner
	OnlyB      int      `json:"only_b"`
	FirstOnlyA *Place   `json:"first_only_a,omitempty"`
	FirstOnlyB *Place   `json:"first_only_b,omitempty"`
	Columns    []Column `json:"columns"`
}

// Place is a row of signals.parquet.
type Place struct {
	Cell   string `json:"cell_id"`
	Prior  string `json:"prior"`
	Signal int64  `json:"signal_id"`
}

// Column is the difference of one column over the rows that both tables have.
type Column struct {
	Name      string `json:"column"`
	Identical bool   `json:"identical"`
	Rows      int    `json:"rows_different"`
	// Largest is the largest absolute difference between two numbers. It is nil if the
	// values at Where are not two numbers, but texts, or a number and a missing value.
	// That counts as larger than any difference between numbers.
	Largest *float64 `json:"largest,omitempty"`
	Where   *Place   `json:"where,omitempty"`
	A       any      `json:"a,omitempty"` // the values there
	B       any      `json:"b,omitempty"`
}

// Identical reports whether the tables have the same rows with the same bits.
func (r Report) Identical() bool {
	return r.OnlyA == 0 && r.OnlyB == 0 &&
		!slices.ContainsFunc(r.Columns, func(c Column) bool { return !c.Identical })
}

// Tables compares two tables row by row, paired by cell, prior and signal. A
// missing value equals a missing value; other numbers are equal if their bits are
// equal. Columns that vary between repetitions, and scores and later columns that only one
// table has, are not compared.
func Tables(a, b []record.Signal) Report {
	pairs, onlyA, onlyB := pair(a, b)
	r := Report{Rows: len(pairs), OnlyA: len(onlyA), OnlyB: len(onlyB)}
	r.FirstOnlyA, r.FirstOnlyB = first(onlyA), first(onlyB)
	for _, name := range columns(a, b) {
		r.Columns = append(r.Columns, column(name, pairs))
	}
	return r
}

// columns returns the columns that are compared, in order.
func columns(a, b []record.Signal) []string {
	all := record.Signal{Sweep: map[string]any{}}
	for _, name := range commonScores(a, b) {
		all.Scores = append(all.Scores, record.Score{Name: name})
	}
	for _, rows := range [][]record.Signal{a, b} {
		for i := range rows {
			maps.Copy(all.Sweep, rows[i].Sweep)
		}
	}
	return slices.DeleteFunc(all.Columns(), func(name string) bool {
		c, _ := record.SignalColumns().Find(name)
		return c.Varies || lacks(a, c) || lacks(b, c)
	})
}

// pair pairs rows of the same place. If a table has a place twice, its rows are paired
// in order.
func pair(a, b []record.Signal) (pairs [][2]*record.Signal, onlyA, onlyB []*record.Signal) {
	_, rest := gather(b, placeOf)
	for i := range a {
		at := placeOf(&a[i])
		if len(rest[at]) == 0 {
			onlyA = append(onlyA, &a[i])
			continue
		}
		pairs = append(pairs, [2]*record.Signal{&a[i], rest[at][0]})
		rest[at] = rest[at][1:]
	}
	for i := range b {
		if slices.Contains(rest[placeOf(&b[i])], &b[i]) {
			onlyB = append(onlyB, &b[i])
		}
	}
	return pairs, onlyA, onlyB
}

func placeOf(s *record.Signal) Place { return Place{s.CellID, s.Prior, s.SignalID} }

func first(rows []*record.Signal) *Place {
	if len(rows) == 0 {
		return nil
	}
	at := placeOf(rows[0])
	return &at
}

// column compares one column.
func column(name string, pairs [][2]*record.Signal) Column {
	c := Column{Name: name}
	worst := -1.0
	for _, p := range pairs {
		a, _ := p[0].Value(name)
		b, _ := p[1].Value(name)
		if same(a, b) {
			continue
		}
		c.Rows++
		if d := difference(a, b); d > worst {
			at := placeOf(p[0])
			worst, c.Where, c.A, c.B = d, &at, printable(a), printable(b)
		}
	}
	if c.Identical = c.Rows == 0; !c.Identical && !math.IsInf(worst, 1) {
		c.Largest = &worst
	}
	return c
}

// same reports whether two values of a column are equal, numbers by their bits.
func same(a, b any) bool {
	x, isX := a.(float64)
	y, isY := b.(float64)
	if isX && isY {
		return math.Float64bits(x) == math.Float64bits(y)
	}
	return a == b
}

// difference returns the absolute difference of two numbers, and infinity for any other
// values.
func difference(a, b any) float64 {
	x, isX := a.(float64)
	y, isY := b.(float64)
	if d := math.Abs(x - y); isX && isY && !math.IsNaN(d) {
		return d
	}
	return math.Inf(1)
}

// printable returns a value that JSON can hold.
func printable(v any) any {
	if f, ok := v.(float64); ok && math.IsInf(f, 0) {
		return map[bool]string{true: "inf", false: "-inf"}[f > 0]
	}
	return v
}
