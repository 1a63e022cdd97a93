package plan

import (
	"encoding/json"

	"sedlab/framework/spec"
)

// stageSeeds are the seeds of stages that draw random numbers. The seed of the split is
// an input of every training, so a seed that equals it is left out, as nil.
type stageSeeds struct {
	Problem *uint64 `json:"problem,omitempty"`
	Solver  *uint64 `json:"solver,omitempty"`
	Train   *uint64 `json:"train,omitempty"`
}

// OwnSeed returns the seed of the training itself, and whether the training reads it and
// it differs from that of the data.
func (t Training) OwnSeed() (seed uint64, differs bool) {
	return t.Seeds.Train, t.Prior.TrainedAtRandom() && t.Seeds.Train != t.Seeds.Split
}

// stageSeeds returns the seeds that a training reads besides that of the data, or nil.
func (t Training) stageSeeds() *stageSeeds {
	if seed, differs := t.OwnSeed(); differs {
		return &stageSeeds{Train: &seed}
	}
	return nil
}

// newCellSeeds returns the seeds that a cell reads besides those of its training, or nil.
func newCellSeeds(s *spec.Spec, p *spec.Prior) *stageSeeds {
	var own stageSeeds
	if s.Problem.Random() && s.Seeds.Problem != s.Seeds.Split {
		own.Problem = &s.Seeds.Problem
	}
	if p.SolvedAtRandom() && s.Seeds.Solver != s.Seeds.Split {
		own.Solver = &s.Seeds.Solver
	}
	if own == (stageSeeds{}) {
		return nil
	}
	return &own
}

// before returns what a cell's inputs have before canonical.
func (s *stageSeeds) before() string {
	if s == nil {
		return ""
	}
	return `,"seeds":`
}

// canonical returns the seeds as cache.KeyOf would write them.
func (s *stageSeeds) canonical() json.RawMessage {
	if s == nil {
		return nil
	}
	text, _ := json.Marshal(s) // of numbers: it cannot fail
	return text
}
