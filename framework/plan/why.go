package plan

import (
	"fmt"
	"path/filepath"
	"strings"

	"sedlab/internal/regular"
	"sedlab/internal/sealed"
	"sedlab/internal/settings"
)

// Change is a difference between the inputs of two steps.
type Change struct {
	Field string `json:"field"` // the path of a key, such as prior.train.epochs
	Was   any    `json:"was"`   // nil if it was left out
	Is    any    `json:"is"`
}

func (c Change) String() string {
	return fmt.Sprintf("%s: %s → %s", c.Field, text(c.Was), text(c.Is))
}

// text formats an input. A missing one has its default.
func text(v any) string {
	if v == nil {
		return "default"
	}
	return settings.Text(v)
}

// difference returns the fields in which two steps differ, in order. Keys of the spec
// have their names there.
func difference(was, is settings.List) (changes []Change) {
	for _, d := range settings.Diff(was, is) {
		c := Change{Field: strings.Replace(d.Key, ".keys.", ".", 1)}
		if d.A != nil {
			c.Was = d.A.Value
		}
		if d.B != nil {
			c.Is = d.B.Value
		}
		changes = append(changes, c)
	}
	return changes
}

// Since compares the plan with one that was written as JSON. It returns the changes, in
// data, kernel or versions, of the first training that differs.
func (p *Plan) Since(path string) ([]Change, error) {
	data, err := regular.ReadIn(filepath.Dir(path), filepath.Base(path), maxPlan)
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
		was, err := settings.OfJSON(then.Trainings[i].Inputs)
		if err != nil {
			return nil, fmt.Errorf("%s: training %d: %w", path, i+1, err)
		}
		is, err := settings.OfJSON(p.Trainings[i].Inputs)
		if err != nil {
			return nil, err
		}
		if c := difference(was, is); len(c) > 0 {
			return c, nil
		}
	}
	return nil, nil
}
