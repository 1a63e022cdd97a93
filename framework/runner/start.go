package runner

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"sedlab/framework/plan"
	"sedlab/internal/kind"
	"sedlab/internal/regular"
	"sedlab/internal/safetensors"
	"sedlab/priors"
)

// MaxPriorFile bounds the bytes of a prior's file.
const MaxPriorFile = 4 << 30

// startOf reads the state that a training begins with, of the file that its prior names; nil if it
// names none. The error is a *plan.FileError.
func (r *Runner) startOf(t plan.Training) (*priors.State, error) {
	path, _ := t.Prior.StartsFrom()
	if path == "" {
		return nil, nil
	}
	state, err := readStart(path, t.Start)
	if err == nil {
		_, err = kind.Try("kind "+t.Prior.Kind.Name, func() (any, error) {
			return nil, t.Prior.Config.(priors.Starter).CheckStart(state, r.data[t.Key].set.Dim())
		})
	}
	if err != nil {
		return nil, r.plan.FileError(t.Prior, err)
	}
	return state, nil
}

// readStart reads a prior's file with a given SHA-256.
func readStart(path, sum string) (*priors.State, error) {
	data, err := regular.Read(path, MaxPriorFile)
	if err != nil {
		return nil, err
	}
	// A file may change between hashing and reading.
	if now := sha256.Sum256(data); hex.EncodeToString(now[:]) != sum {
		return nil, errors.New("changed while the run began; run again")
	}
	state, err := safetensors.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("is not the file of a trained prior: %w", err)
	}
	return state, nil
}
