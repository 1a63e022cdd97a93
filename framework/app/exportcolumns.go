package app

import (
	"slices"
	"strings"

	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/settings"
)

type exportColumn = record.Loose[exportRow]

// exportColumns returns the columns of a table of runs: those of the run, of the cell,
// its results, and a column for each key of the specs that none of these shows.
func exportColumns(rows []exportRow) []exportColumn {
	columns := runColumns()
	for _, c := range record.SignalColumns() {
		if c.Name == "cell_id" || c.Name == "prior" || c.Name == "prior_hash" || c.Role == record.Condition || c.Role == record.Setting {
			columns = append(columns, exportColumn{Name: c.Name, Value: func(r *exportRow) any { return r.shown(c) }})
		}
	}
	columns = append(columns,
		exportColumn{Name: "rows", Value: func(r *exportRow) any { return r.rows }},
		exportColumn{Name: "results", Value: func(r *exportRow) any { return r.ok }})
	scores, keys := names(rows)
	for _, name := range scores {
		columns = append(columns, exportColumn{Name: name, Value: func(r *exportRow) any { return r.score(name) }})
	}
	for _, key := range keys {
		columns = append(columns, exportColumn{Name: key, Value: func(r *exportRow) any { return r.setting(key) }})
	}
	return columns
}

// runColumns returns the columns with the properties of runs.
func runColumns() (columns []exportColumn) {
	for _, name := range store.Properties() {
		if name == "cells" { // each has a row
			continue
		}
		property, _ := store.FindColumn(nil, nil, name) // a property is found
		value := func(r *exportRow) any {
			v := property.Value(r.run)
			if tags, ok := v.([]string); ok {
				return strings.Join(tags, " ")
			}
			return v
		}
		if name == "id" {
			name = "run_id"
		}
		columns = append(columns, exportColumn{Name: name, Value: value})
	}
	return append(columns, exportColumn{Name: "problem", Value: func(r *exportRow) any {
		if r.run.Problem == "" {
			return nil
		}
		return r.run.Problem
	}})
}

// names returns the columns of results, in their order, and the keys of the specs that
// no column of signals.parquet shows, sorted.
func names(rows []exportRow) (scores, keys []string) {
	seen := map[string]bool{"name": true, "report": true, "sweep": true} // the table shows these otherwise
	for i := range rows {
		if i > 0 && rows[i].run == rows[i-1].run {
			continue
		}
		for _, s := range rows[i].quartiles {
			if !seen[s.Name] {
				seen[s.Name] = true
				scores = append(scores, s.Name)
			}
		}
		for _, s := range rows[i].run.Spec {
			key := strings.TrimPrefix(s.Key, "sweep.")
			if _, own := record.SweptKey(record.ColumnOf(key)); own && !seen[key] {
				seen[key] = true
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return scores, keys
}

// shown returns the value of a column of signals.parquet. A run without results has that
// of its spec, if there is only one.
func (r *exportRow) shown(c record.Column) (value any) {
	switch {
	case r.cell == nil:
		if takes := r.run.Spec.Takes(c.Key); len(takes) == 1 {
			value = takes[0]
		}
	case c.Name == "seed":
		return int64(r.cell.Seed)
	case c.Name == "noise_l2":
		return r.noise
	default:
		value, _ = r.cell.Value(c.Name)
	}
	if v, ok := value.(float64); ok && c.Name == "seed" {
		return int64(v)
	}
	return value
}

func (r *exportRow) score(name string) any {
	for _, s := range r.quartiles {
		if s.Name == name {
			return s.Value
		}
	}
	return nil
}

// setting returns the value of a key of the spec at the cell's point of the sweep. Of a
// run without results, a swept key has none.
func (r *exportRow) setting(key string) any {
	base, _ := r.run.Spec.Get(key)
	_, swept := r.run.Spec.Get("sweep." + key)
	switch {
	case !swept:
		return plain(base)
	case r.cell == nil:
		return nil
	case r.cell.Sweep[key] == nil && !slices.Contains(r.run.Spec.Takes(key), nil): // the point does not set it
		return plain(base)
	}
	return r.cell.Sweep[key]
}

// plain returns a value, or the JSON of a list or section.
func plain(value any) any {
	switch value.(type) {
	case nil, bool, float64, string:
		return value
	}
	return settings.Text(value)
}
