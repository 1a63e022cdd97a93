package plan

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"sedlab/framework/cache"
	"sedlab/framework/spec"
	"sedlab/internal/regular"
	"sedlab/internal/sealed"
)

// trainingJSON is a training as it is written.
type trainingJSON struct {
	Key    cache.Key       `json:"key"`
	Hash   string          `json:"hash"`
	Name   string          `json:"name"`
	Inputs json.RawMessage `json:"inputs"`
}

// cellJSON is a cell as it is written.
type cellJSON struct {
	Key      cache.Key    `json:"key"`
	ID       string       `json:"id"`
	Prior    string       `json:"prior"`
	Training string       `json:"training"` // Cell.Hash
	Point    int          `json:"point"`    // its index among the plan's points
	Values   []spec.Value `json:"values"`
}

// MarshalJSON returns the plan as JSON: name, hash and content of the resolved
// spec, the trainings, the number of points, how many keys the cells of each block have, and
// the cells.
func (p *Plan) MarshalJSON() ([]byte, error) {
	cells := make([]cellJSON, len(p.Cells))
	for i, c := range p.Cells {
		cells[i] = cellJSON{c.Key, c.ID(), c.Prior.Name, c.Hash(), c.point, c.Point.Values}
	}
	trainings := make([]trainingJSON, len(p.Trainings))
	for i, t := range p.Trainings {
		trainings[i] = trainingJSON{t.Key, t.Hash(), t.Name, t.Inputs}
	}
	return json.Marshal(struct {
		Name      string         `json:"name"`
		SpecHash  string         `json:"spec_hash"`
		Spec      *spec.File     `json:"spec"`
		Trainings []trainingJSON `json:"trainings"`
		Points    int            `json:"points"`
		Blocks    []int          `json:"blocks"`
		Cells     []cellJSON     `json:"cells"`
	}{p.File.Base.Name, p.File.Hash(), p.File, trainings, p.points, p.blocks, cells})
}

// IDs are the names of cells and of their priors in the rows of a run, in the plan's order.
type IDs struct{ cells, priors []string }

// maxPlan bounds the bytes that are read of a plan.
const maxPlan = 1 << 30

// ReadIDs reads the IDs of a plan that was written as JSON.
func ReadIDs(path string) (IDs, error) {
	data, err := regular.ReadIn(filepath.Dir(path), filepath.Base(path), maxPlan)
	if err != nil {
		return IDs{}, err
	}
	var read struct {
		Cells []cellJSON `json:"cells"`
	}
	if err := sealed.Unmarshal(data, &read); err != nil {
		return IDs{}, fmt.Errorf("%s: %w", path, err)
	}
	var ids IDs
	for _, c := range read.Cells {
		ids.cells, ids.priors = append(ids.cells, c.ID), append(ids.priors, c.Training)
	}
	return ids, nil
}

// To maps these names to those that another run of the same spec has for the same
// cells and priors.
func (i IDs) To(other IDs) map[string]string {
	names := map[string]string{}
	for _, lists := range [][2][]string{{i.cells, other.cells}, {i.priors, other.priors}} {
		for k := range min(len(lists[0]), len(lists[1])) {
			names[lists[0][k]] = lists[1][k]
		}
	}
	return names
}
