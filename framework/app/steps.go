package app

import (
	"path/filepath"

	"sedlab/framework/plan"
	"sedlab/framework/search"
	"sedlab/framework/store"
)

// steps returns the steps of the run for a machine. The data that it recorded need not be there
// any more: what only looks for results needs none. identify is of use where the record does not
// say enough.
func (r *recorded) steps(m plan.Machine, identify plan.Identify) (*search.Search, error) {
	path := filepath.Join(r.dir, store.PlanFile)
	if known, err := plan.RecordedIdentify(path, identify); err == nil {
		steps, err := search.New(r.file, m, known)
		if err == nil {
			if same, err := steps.Plan().HasKeysOf(path); err == nil && same {
				return steps, nil
			}
		}
	}
	return search.New(r.file, m, identify)
}
