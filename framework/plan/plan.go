// Package plan turns a spec into work: the distinct trainings, and the cells.
//
// A plan follows from its spec alone, and its JSON holds the resolved spec:
// another process that reads either makes the same plan, with the same ids.
package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"sedlab/framework/spec"
)

// Plan is the work that a spec asks for.
type Plan struct {
	File      *spec.File
	Trainings []Training // distinct, in the order of their first cell
	Cells     []Cell     // distinct, in the order of the sweep, priors innermost
	Expected  *Estimate  // nil unless set: it depends on the machine
}

// Training is a prior to be trained.
type Training struct {
	Hash    string       `json:"hash"` // 16 hex digits of the other fields but Name
	Name    string       `json:"name"` // of the first prior that needs it
	Seed    uint64       `json:"seed"`
	Dataset spec.Dataset `json:"dataset"`
	Prior   spec.Prior   `json:"prior"`
}

// Cell is one sweep point with one prior.
type Cell struct {
	ID       string // 16 hex digits of everything that the cell's rows depend on
	Point    spec.Point
	Prior    spec.Prior
	Training int // index into Plan.Trainings
}

// New makes the plan of a spec. Cells of two points that differ only in the
// settings of other priors are one cell, under the first of the points.
func New(f *spec.File) (*Plan, error) {
	p := &Plan{File: f}
	trainings := map[string]int{}
	cells := map[string]bool{}
	for _, point := range f.Points() {
		for _, prior := range point.Spec.Priors {
			t, err := newTraining(point.Spec, prior)
			if err != nil {
				return nil, err
			}
			id, err := cellID(t, point.Spec)
			if err != nil {
				return nil, err
			}
			if cells[id] {
				continue
			}
			cells[id] = true
			if _, known := trainings[t.Hash]; !known {
				trainings[t.Hash] = len(p.Trainings)
				p.Trainings = append(p.Trainings, t)
			}
			p.Cells = append(p.Cells, Cell{ID: id, Point: point, Prior: prior, Training: trainings[t.Hash]})
		}
	}
	return p, nil
}

// newTraining returns the training of a prior at a point.
func newTraining(s *spec.Spec, prior spec.Prior) (Training, error) {
	t := Training{Name: prior.Name, Seed: s.Seed, Dataset: s.Dataset, Prior: prior}
	var err error
	t.Hash, err = hash(struct {
		Dataset spec.Dataset
		Seed    uint64
		Prior   spec.Prior
	}{t.Dataset, t.Seed, t.Prior})
	if err != nil {
		return t, fmt.Errorf("prior %s: %w", prior.Name, err)
	}
	return t, nil
}

// cellID names a cell by its content. The prior's name is part of it because
// rows carry the name: two names for one config are two cells.
func cellID(t Training, s *spec.Spec) (string, error) {
	return hash(struct {
		Training, Prior string
		Problem         spec.Problem
		Solver          spec.Solver
		Evaluate        spec.Evaluate
		Seed            uint64
	}{t.Hash, t.Name, s.Problem, s.Solver, s.Evaluate, s.Seed})
}

// hash returns 16 hex digits of the SHA-256 of v's JSON.
func hash(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}

// Cell returns the cell with an id.
func (p *Plan) Cell(id string) (Cell, bool) {
	for _, c := range p.Cells {
		if c.ID == id {
			return c, true
		}
	}
	return Cell{}, false
}
