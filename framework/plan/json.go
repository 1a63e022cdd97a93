package plan

import (
	"encoding/json"

	"sedlab/framework/cache"
	"sedlab/framework/spec"
)

// trainingJSON is a training as another process sees it.
type trainingJSON struct {
	Key    cache.Key       `json:"key"`
	Hash   string          `json:"hash"`
	Name   string          `json:"name"`
	Inputs json.RawMessage `json:"inputs"`
	State  cache.Key       `json:"state,omitempty"` // Training.Continued
}

// cellJSON is a cell as another process sees it: names in place of contents.
type cellJSON struct {
	Key      cache.Key    `json:"key"`
	ID       string       `json:"id"`
	Prior    string       `json:"prior"`
	Training string       `json:"training"`
	Values   []spec.Value `json:"values"`
}

// MarshalJSON returns the plan as JSON: name, hash and content of the resolved
// spec, the trainings, the cells, and the estimate where there is one.
func (p *Plan) MarshalJSON() ([]byte, error) {
	cells := make([]cellJSON, len(p.Cells))
	for i, c := range p.Cells {
		cells[i] = cellJSON{c.Key, c.ID(), c.Prior.Name, p.Trainings[c.Training].Hash(), c.Point.Values}
	}
	trainings := make([]trainingJSON, len(p.Trainings))
	for i, t := range p.Trainings {
		trainings[i] = trainingJSON{t.Key, t.Hash(), t.Name, t.Inputs, t.Continued}
	}
	return json.Marshal(struct {
		Name      string         `json:"name"`
		SpecHash  string         `json:"spec_hash"`
		Spec      *spec.File     `json:"spec"`
		Trainings []trainingJSON `json:"trainings"`
		Cells     []cellJSON     `json:"cells"`
		Expected  *Estimate      `json:"estimate,omitempty"`
	}{p.File.Base.Name, p.File.Hash(), p.File, trainings, cells, p.Expected})
}
