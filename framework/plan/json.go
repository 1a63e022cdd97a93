package plan

import (
	"encoding/json"

	"sedlab/framework/spec"
)

// cellJSON is a cell as another process sees it: names in place of contents.
type cellJSON struct {
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
		cells[i] = cellJSON{
			ID: c.ID, Prior: c.Prior.Name, Training: p.Trainings[c.Training].Hash, Values: c.Point.Values,
		}
	}
	return json.Marshal(struct {
		Name      string     `json:"name"`
		SpecHash  string     `json:"spec_hash"`
		Spec      *spec.File `json:"spec"`
		Trainings []Training `json:"trainings"`
		Cells     []cellJSON `json:"cells"`
		Expected  *Estimate  `json:"estimate,omitempty"`
	}{p.File.Base.Name, p.File.Hash(), p.File, p.Trainings, cells, p.Expected})
}
