package plan

import (
	"encoding/json"
	"runtime"

	"sedlab/framework/cache"
	"sedlab/framework/dataset"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/f32"
)

// The versions of the steps that results are made by: raised whenever the same
// inputs come to give other results, so that older entries of a cache are left.
const (
	trainVersion = 1
	solveVersion = 1
)

// trainInputs is all that determines a trained prior: no path, no name, no
// order, no worker count, no time.
type trainInputs struct {
	Step    string `json:"step"`
	Version int    `json:"version"`
	Kernel  string `json:"kernel"` // of internal/f32, and the architecture
	// Build is the compiler's settings that can change bits.
	Build        map[string]string `json:"build,omitempty"`
	Dataset      dataInputs        `json:"dataset"`
	Corrupt      *spec.Corrupt     `json:"corrupt,omitempty"`
	Seed         uint64            `json:"seed"`
	Prior        spec.Prior        `json:"prior"` // kind and config
	PriorVersion int               `json:"prior_version"`
}

// dataInputs is what determines the signals that a prior sees, and their sides.
type dataInputs struct {
	dataset.Identity
	Normalize string             `json:"normalize"`
	Split     map[string]float64 `json:"split"`
}

// cellInputs is all that determines a cell's rows, but for the names that a run
// gives them.
type cellInputs struct {
	Step     string          `json:"step"`
	Version  int             `json:"version"`
	Training json.RawMessage `json:"training"` // the inputs of its prior
	Problem  spec.Problem    `json:"problem"`
	Solver   json.RawMessage `json:"solver"`
	Evaluate spec.Evaluate   `json:"evaluate"`
}

// inputsOfTraining returns the key and the inputs of a prior at a point.
func inputsOfTraining(s *spec.Spec, prior spec.Prior, version int, id dataset.Identity) (cache.Key, json.RawMessage, error) {
	split := s.Dataset.Split
	return cache.KeyOf(trainInputs{
		Step: "train", Version: trainVersion, Kernel: f32.Kernel() + "/" + runtime.GOARCH, Build: store.Version().Build,
		Dataset: dataInputs{
			Identity: id, Normalize: s.Dataset.Normalize,
			Split: map[string]float64{"train": split.Train, "validation": split.Validation, "test": split.Test},
		},
		Corrupt: s.Dataset.Corrupted(), Seed: s.Seed, Prior: prior, PriorVersion: version,
	})
}

// inputsOfCell returns the key and the inputs of a cell.
func inputsOfCell(s *spec.Spec, training json.RawMessage) (cache.Key, json.RawMessage, error) {
	solver, err := solverInputs(s.Solver)
	if err != nil {
		return "", nil, err
	}
	return cache.KeyOf(cellInputs{
		Step: "solve", Version: solveVersion, Training: training,
		Problem: s.Problem, Solver: solver, Evaluate: s.Evaluate,
	})
}

// solverInputs leaves out the weight of a penalty that the method does not have.
func solverInputs(s spec.Solver) (json.RawMessage, error) {
	text, err := json.Marshal(s)
	if err != nil || s.Method == spec.Regularization {
		return text, err
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return nil, err
	}
	delete(keys, "lambda")
	return json.Marshal(keys)
}
