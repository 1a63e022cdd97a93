package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"sedlab/framework/cache"
	"sedlab/internal/sealed"
)

// Change is an input of a step that differs from that of a step that was done.
type Change struct {
	Field string `json:"field"` // the path of a key, such as prior.train.epochs
	Was   any    `json:"was"`   // nil where there was none
	Is    any    `json:"is"`
}

func (c Change) String() string {
	return fmt.Sprintf("%s: %s → %s", c.Field, text(c.Was), text(c.Is))
}

func text(v any) string {
	if v == nil {
		return "none"
	}
	out, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(out)
}

// Nearest is the step that was done with the inputs most like those of another.
type Nearest struct {
	Key     cache.Key `json:"key"`
	Changes []Change  `json:"changes"`
}

// Candidates are steps that were done, to be compared with.
type Candidates struct {
	infos []cache.Info
	flat  []map[string]any
}

// NewCandidates takes the readable entries of a kind.
func NewCandidates(c *cache.Cache, kind cache.Kind) *Candidates {
	var list Candidates
	for info, err := range c.Entries(kind) {
		if err != nil {
			continue // sedlab cache verify is about these
		}
		list.infos = append(list.infos, info)
		list.flat = append(list.flat, flatten(info.Ingredients))
	}
	return &list
}

// Nearest returns the candidate whose inputs differ in the fewest fields, the
// first by key of several, or nil if there is none.
func (c *Candidates) Nearest(inputs json.RawMessage) *Nearest {
	want := flatten(inputs)
	var best *Nearest
	for i, have := range c.flat {
		changes := difference(have, want)
		if best == nil || len(changes) < len(best.Changes) {
			best = &Nearest{c.infos[i].Key, changes}
		}
	}
	return best
}

// difference returns the fields in which two steps differ, in order.
func difference(was, is map[string]any) (changes []Change) {
	fields := maps.Clone(was)
	maps.Copy(fields, is)
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if was[field] != is[field] {
			changes = append(changes, Change{field, was[field], is[field]})
		}
	}
	return changes
}

// flatten returns the scalars of a JSON object by their paths. Lists are JSON text.
func flatten(object json.RawMessage) map[string]any {
	flat := map[string]any{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, child := range v {
				if path != "" {
					key = path + "." + key
				}
				walk(key, child)
			}
		case []any:
			flat[path] = text(v)
		default:
			flat[path] = v
		}
	}
	var tree any
	if json.Unmarshal(object, &tree) == nil {
		walk("", tree)
	}
	return flat
}

// Since returns the fields in which the plan's first training differs from that
// of a plan that was written as JSON: the data, the kernel, the versions.
func (p *Plan) Since(path string) ([]Change, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var then struct {
		Trainings []trainingJSON `json:"trainings"`
	}
	if err := sealed.Unmarshal(data, &then); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i := range min(len(then.Trainings), len(p.Trainings)) {
		if c := difference(flatten(then.Trainings[i].Inputs), flatten(p.Trainings[i].Inputs)); len(c) > 0 {
			return c, nil
		}
	}
	return nil, nil
}
