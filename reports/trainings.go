package reports

import (
	"maps"
	"slices"
	"strings"

	"sedlab/internal/record"
)

// curve is the losses of one training.
type curve struct {
	trainingKey
	settings string // what it was trained with that others of its prior were not, such as code_dim = 8
	epochs   []*record.Training
}

type trainingKey struct{ prior, hash string }

func (c *curve) name() string { return strings.TrimSpace(c.prior + " " + c.settings) }

// trainings groups the rows by training, in their order, and tells several of
// one prior apart: by the swept values that each was trained with, and where
// those do not, by its hash.
func trainings(f Figure, run Run) []*curve {
	var curves []*curve
	at := map[trainingKey]*curve{}
	ofPrior := map[string][]*curve{}
	for i := range run.Training {
		t := &run.Training[i]
		if f.Prior != "" && t.Prior != f.Prior {
			continue
		}
		k := trainingKey{t.Prior, t.PriorHash}
		c := at[k]
		if c == nil {
			c = &curve{trainingKey: k}
			at[k] = c
			curves = append(curves, c)
			ofPrior[t.Prior] = append(ofPrior[t.Prior], c)
		}
		c.epochs = append(c.epochs, t)
	}
	values := sweptValues(run.Signals)
	for _, siblings := range ofPrior {
		tellApart(siblings, values)
	}
	return curves
}

// tellApart names what a prior's trainings differ in.
func tellApart(curves []*curve, values map[trainingKey]map[string]any) {
	columns := differing(curves, values)
	seen := map[string]int{}
	for _, c := range curves {
		var parts []string
		for _, column := range columns {
			parts = append(parts, setting(c.prior, column, values[c.trainingKey][column]))
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
func differing(curves []*curve, values map[trainingKey]map[string]any) []string {
	columns := map[string]any{} // and the first training's values
	for _, c := range curves {
		for column := range values[c.trainingKey] {
			columns[column] = values[curves[0].trainingKey][column]
		}
	}
	maps.DeleteFunc(columns, func(column string, first any) bool {
		has := func(v any) func(*curve) bool {
			return func(c *curve) bool { return values[c.trainingKey][column] == v }
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
func sweptValues(rows []record.Signal) map[trainingKey]map[string]any {
	of := map[trainingKey]map[string]any{}
	for i := range rows {
		r := &rows[i]
		k := trainingKey{r.Prior, r.PriorHash}
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
