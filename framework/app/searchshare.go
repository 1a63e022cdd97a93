package app

import (
	"slices"

	"sedlab/framework/spec"
	"sedlab/internal/group"
	"sedlab/internal/rank"
	"sedlab/internal/record"
)

// judges returns the rows by which settings are compared: all of them if the spec says how to
// choose, or if no condition is shared by all settings; otherwise those under the conditions
// that all settings share and, of several splits, those of one.
func (s *Searched) judges(by rank.Criterion, rows []record.Signal) []record.Signal {
	of := slices.DeleteFunc(group.Pointers(rows), func(r *record.Signal) bool { return r.Prior != by.Prior })
	conditions := []string{"split"}
	for _, key := range s.Conditions {
		conditions = append(conditions, record.ColumnOf(key))
	}
	under := func(r *record.Signal) record.Key { return record.KeyOf(columnsOf(r, conditions)...) }
	setting := func(r *record.Signal) record.Key { return record.KeyOf(columnsOf(r, by.Settings)...) }
	settings := len(group.Keys(of, setting))
	shared := map[record.Key]bool{}
	for _, rows := range group.By(of, under) {
		s.Under++
		if len(group.Keys(rows, setting)) == settings {
			shared[under(rows[0])] = true
		}
	}
	s.Shared = len(shared)
	if !s.Chosen && s.Shared > 0 {
		of = slices.DeleteFunc(of, func(r *record.Signal) bool { return !shared[under(r)] })
		split := judge(group.Keys(of, func(r *record.Signal) string { return r.Split }))
		of = slices.DeleteFunc(of, func(r *record.Signal) bool { return r.Split != split })
	}
	s.describe(of)
	if len(of) == len(rows) {
		return rows
	}
	kept := make([]record.Signal, len(of))
	for i, r := range of {
		kept[i] = *r
	}
	return kept
}

// judge returns the split whose signals say most about other signals.
func judge(splits []string) string {
	for _, best := range []string{"validation", "test"} {
		if slices.Contains(splits, best) {
			return best
		}
	}
	return splits[0]
}

// describe notes the splits of the rows, which conditions vary in them, and what the others are.
func (s *Searched) describe(rows []*record.Signal) {
	if len(rows) == 0 {
		return
	}
	s.Splits = group.Keys(rows, func(r *record.Signal) string { return r.Split })
	var vary []string
	for _, key := range s.Conditions {
		value := func(r *record.Signal) any { v, _ := r.Value(record.ColumnOf(key)); return v }
		if len(group.Keys(rows, func(r *record.Signal) record.Key { return record.KeyOf(value(r)) })) > 1 {
			vary = append(vary, key)
			continue
		}
		if text, ok := spec.WhereText(value(rows[0])); ok {
			s.Where = append(s.Where, spec.KeyText{Key: key, Text: text})
		}
	}
	s.Conditions = vary
}

// columnsOf returns a row's values in columns.
func columnsOf(r *record.Signal, columns []string) []any {
	values := make([]any, len(columns))
	for i, c := range columns {
		values[i], _ = r.Value(c)
	}
	return values
}
