package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sedlab/internal/record"
	"sedlab/reports/draw"
)

// trial is what a run has to say on a claim about a prior at one setting: for each
// condition a cell of each repeat of the experiment.
type trial struct {
	setting    string // in which it differs from the prior's other trials, such as λ = 0.01
	conditions [][]*cell
}

// trials returns the trials of a prior's wanted cells. A trial has all that differ only in
// the problem or in the repeat. Of cells that differ only in what does not concern the
// prior, such as another prior's settings, the first counts. apart names columns that make
// no setting.
func trials(run Run, cells []*cell, prior string, wanted func(*cell) bool, apart ...string) (list []*trial) {
	var settings [][]*cell
	index := map[record.Key]int{}
	for _, c := range cells {
		if c.Prior != prior || !wanted(c) {
			continue
		}
		key := c.settingKey(apart)
		if _, known := index[key]; !known {
			index[key] = len(settings)
			settings = append(settings, nil)
		}
		settings[index[key]] = append(settings[index[key]], c)
	}
	seen := map[record.Key]bool{}
	for _, cells := range settings {
		t := &trial{conditions: byCondition(cells)}
		if print := t.fingerprint(); !seen[print] {
			seen[print] = true
			list = append(list, t)
		}
	}
	nameSettings(run, list, apart)
	return list
}

// byCondition groups cells by their problem. Of several cells of one repeat the first
// counts.
func byCondition(cells []*cell) (conditions [][]*cell) {
	type repeated struct{ condition, repeat record.Key }
	index, known := map[record.Key]int{}, map[repeated]bool{}
	for _, c := range cells {
		key := c.conditionKey()
		if at := (repeated{key, c.repeat}); known[at] {
			continue
		} else {
			known[at] = true
		}
		if _, there := index[key]; !there {
			index[key] = len(conditions)
			conditions = append(conditions, nil)
		}
		conditions[index[key]] = append(conditions[index[key]], c)
	}
	return conditions
}

// fingerprint is equal for trials with the same errors, as a prior with its own solver has
// them at every value of the solver's swept keys.
func (t *trial) fingerprint() record.Key {
	var all []any
	for _, condition := range t.conditions {
		for _, c := range condition {
			all = append(all, fmt.Sprint(c.conditionKey()), fmt.Sprint(c.repeat), c.Method)
			for _, r := range c.rows {
				all = append(all, r.SignalID, r.Status, r.Score(metric))
			}
		}
	}
	return record.KeyOf(all...)
}

// conditionKey identifies the problem of a cell.
func (c *cell) conditionKey() record.Key {
	values := []any{c.Operator, c.Level, c.MissingFraction, c.noise}
	for _, key := range c.swept() {
		if strings.HasPrefix(key, "problem.") {
			values = append(values, key, c.Sweep[key])
		}
	}
	return record.KeyOf(values...)
}

// repeatOf identifies the repeat of the experiment that a row belongs to.
func repeatOf(r *record.Signal) record.Key {
	values := []any{r.Seed}
	for _, key := range slices.Sorted(maps.Keys(r.Sweep)) {
		if isRepeat(key) {
			values = append(values, key, r.Sweep[key])
		}
	}
	return record.KeyOf(values...)
}

// isRepeat reports whether a swept key only repeats the experiment.
func isRepeat(key string) bool {
	return key == "repeat" || key == "seed" || strings.HasPrefix(key, "seeds.")
}

// swept returns the swept keys of a cell, in order.
func (c *cell) swept() []string { return slices.Sorted(maps.Keys(c.Sweep)) }

// settingColumns returns the columns that make the setting of a cell, apart from some: the
// method, λ, and what is swept and is neither the problem, nor a repeat, nor another prior.
func (c *cell) settingColumns(apart []string) (columns []string) {
	columns = []string{"method", "lambda"}
	for _, key := range c.swept() {
		other := strings.HasPrefix(key, "priors.") && !strings.HasPrefix(key, "priors."+c.Prior+".")
		if !isRepeat(key) && !other && !strings.HasPrefix(key, "problem.") && key != "evaluate.split" {
			columns = append(columns, record.ColumnOf(key))
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(columns, func(name string) bool {
		known := seen[name] // a swept solver.method is the column method
		seen[name] = true
		return known || slices.Contains(apart, name)
	})
}

func (c *cell) settingKey(apart []string) record.Key {
	var values []any
	for _, column := range c.settingColumns(apart) {
		value, _ := c.Value(column)
		values = append(values, column, value)
	}
	return record.KeyOf(values...)
}

// nameSettings names each trial by the settings in which it differs from the others.
func nameSettings(run Run, list []*trial, apart []string) {
	var first []*cell
	for _, t := range list {
		first = append(first, t.conditions[0][0])
	}
	for i, text := range settingTexts(run, first, apart) {
		list[i].setting = text
	}
}

// settingTexts writes for each cell of a prior the settings in which it differs from the others.
func settingTexts(run Run, cells []*cell, apart []string) []string {
	taken := map[string]map[string]bool{} // the values of each column
	each := func(c *cell, use func(column string, value any)) {
		for _, name := range c.settingColumns(apart) {
			if value, _ := c.Value(name); value != nil {
				use(name, value)
			}
		}
	}
	for _, c := range cells {
		each(c, func(column string, value any) {
			if taken[column] == nil {
				taken[column] = map[string]bool{}
			}
			taken[column][draw.Exact(value)] = true
		})
	}
	texts := make([]string, len(cells))
	for i, c := range cells {
		var parts []string
		each(c, func(name string, value any) {
			if len(taken[name]) > 1 {
				column, _ := run.Columns.Find(name)
				parts = append(parts, Setting(c.Prior, column, value))
			}
		})
		texts[i] = strings.Join(parts, ", ")
	}
	return texts
}
