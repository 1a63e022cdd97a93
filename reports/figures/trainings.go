package figures

import (
	"maps"
	"slices"
	"strings"

	"sedlab/internal/record"
	"sedlab/reports"
)

// curve is the losses of one training.
type curve struct {
	prior, hash string
	settings    string         // what it was trained with that others of its prior were not, such as code_dim = 8
	values      map[string]any // by column, of all that it was trained with
	epochs      []*record.Training
}

func (c *curve) name() string { return strings.TrimSpace(c.prior + " " + c.settings) }

// trainings groups the rows by training, in their order, and tells several of
// one prior apart: by the swept values that each was trained with, and where
// those do not, by its hash.
func trainings(run reports.Run) []*curve {
	var curves []*curve
	known := map[record.Key]*curve{}
	ofPrior := map[string][]*curve{}
	values := sweptValues(run.Signals)
	for i := range run.Training {
		t := &run.Training[i]
		key := record.KeyOf(t.Prior, t.PriorHash)
		c := known[key]
		if c == nil {
			c = &curve{prior: t.Prior, hash: t.PriorHash, values: values[key]}
			known[key] = c
			curves = append(curves, c)
			ofPrior[t.Prior] = append(ofPrior[t.Prior], c)
		}
		c.epochs = append(c.epochs, t)
	}
	for _, siblings := range ofPrior {
		tellApart(run, siblings)
	}
	return curves
}

// tellApart names what a prior's trainings differ in.
func tellApart(run reports.Run, curves []*curve) {
	columns := differing(curves)
	seen := map[string]int{}
	for _, c := range curves {
		var parts []string
		for _, name := range columns {
			column, _ := run.Columns.Find(name)
			parts = append(parts, reports.Setting(c.prior, column, c.values[name]))
		}
		c.settings = strings.Join(parts, ", ")
		seen[c.settings]++
	}
	for _, c := range curves {
		if len(curves) > 1 && seen[c.settings] > 1 {
			c.settings = strings.TrimSpace(c.settings + " " + c.hash[:min(8, len(c.hash))])
		}
	}
}

// differing returns the columns of which a prior's trainings have different
// values, each its own.
func differing(curves []*curve) []string {
	columns := map[string]any{} // and the first training's values
	for _, c := range curves {
		for column := range c.values {
			columns[column] = curves[0].values[column]
		}
	}
	maps.DeleteFunc(columns, func(column string, first any) bool {
		has := func(v any) func(*curve) bool {
			return func(c *curve) bool { return c.values[column] == v }
		}
		others := slices.DeleteFunc(slices.Clone(curves), has(first))
		return len(others) == 0 || slices.ContainsFunc(curves, has(several))
	})
	if _, ok := columns[repeatColumn]; ok {
		delete(columns, seedColumn) // each repetition has its own
	}
	return slices.Sorted(maps.Keys(columns))
}

const (
	repeatColumn = "sweep.repeat"
	seedColumn   = "seed"
)

// several stands for the values of a column that is no part of the training.
var several any = struct{}{}

// sweptValues returns what each training's cells have in the columns that a
// training can depend on: of the data, of the prior itself, and the seed.
func sweptValues(rows []record.Signal) map[record.Key]map[string]any {
	of := map[record.Key]map[string]any{}
	for i := range rows {
		r := &rows[i]
		k := record.KeyOf(r.Prior, r.PriorHash)
		if of[k] == nil {
			of[k] = map[string]any{}
		}
		add := func(column string) {
			v, _ := r.Value(column)
			if old, ok := of[k][column]; ok && old != v {
				v = several
			}
			of[k][column] = v
		}
		add(seedColumn)
		for key := range r.Sweep {
			if key == "repeat" || strings.HasPrefix(key, "dataset.") || strings.HasPrefix(key, "priors."+r.Prior+".") {
				add("sweep." + key)
			}
		}
	}
	return of
}
