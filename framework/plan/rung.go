package plan

import (
	"encoding/json"
	"slices"
	"strings"

	"sedlab/framework/cache"
	"sedlab/framework/spec"
)

// From returns the part of the plan that begins with a cell: its cells from
// there on, and their trainings.
func (p *Plan) From(cell int) *Plan {
	part := &Plan{File: p.File, Unread: p.Unread, Cells: slices.Clone(p.Cells[cell:])}
	at := map[int]int{}
	for i := range part.Cells {
		c := &part.Cells[i]
		if _, known := at[c.Training]; !known {
			at[c.Training] = len(part.Trainings)
			part.Trainings = append(part.Trainings, p.Trainings[c.Training])
		}
		c.Training = at[c.Training]
	}
	return part
}

// continued returns the key under which the state of a training is kept that a
// longer one goes on from: that of its inputs but for its length. It is empty
// where no training of the spec goes on.
func continued(f *spec.File, prior spec.Prior, inputs json.RawMessage) (cache.Key, error) {
	h := f.Halving()
	if h == nil || f.Base.Select.Prior != prior.Name {
		return "", nil
	}
	var tree map[string]any
	d := json.NewDecoder(strings.NewReader(string(inputs)))
	d.UseNumber() // a float64 would round large seeds
	if err := d.Decode(&tree); err != nil {
		return "", err
	}
	section, _ := tree["prior"].(map[string]any)
	path := strings.Split(strings.TrimPrefix(h.Resource, "priors."+prior.Name+"."), ".")
	for _, name := range path[:len(path)-1] {
		section, _ = section[name].(map[string]any)
	}
	delete(section, path[len(path)-1])
	key, _, err := cache.KeyOf(map[string]any{"step": "continue", "training": tree})
	return key, err
}
