package runner

import (
	"context"
	"encoding/json"
	"fmt"

	"sedlab/framework/dataset"
	"sedlab/framework/spec"
)

// data is a data set as cells use it: normalised and split.
type data struct {
	set     *dataset.Set
	split   dataset.Assignment
	corrupt func(x []float32, signal int) // a training signal; nil to leave all as they are
}

// dataKey names what data depend on.
func dataKey(d spec.Dataset, seed uint64) string {
	if d.Corrupted() == nil {
		d = d.Clean()
	}
	key, err := json.Marshal(d)
	if err != nil {
		panic(err) // a struct of strings and numbers
	}
	return fmt.Sprint(seed, string(key))
}

func loadData(ctx context.Context, d spec.Dataset, seed uint64) (*data, error) {
	set, err := dataset.Load(ctx, dataset.Options{Source: d.Source, Path: d.Path, Size: d.Size, Seed: seed})
	if err != nil {
		return nil, err
	}
	if err := set.Normalize(d.Normalize); err != nil {
		return nil, err
	}
	f := dataset.Fractions{Train: d.Split.Train, Validation: d.Split.Validation, Test: d.Split.Test}
	return &data{set: set, split: dataset.Split(set.Len(), seed, f)}, nil
}

// corrupted returns the same data to train on when they are corrupted.
func (d *data) corrupted(c dataset.Corruption, seed uint64) (*data, error) {
	corrupt, err := c.Corruptor(d.set.Dim(), seed)
	if err != nil {
		return nil, err
	}
	return &data{set: d.set, split: d.split, corrupt: corrupt}, nil
}

// trainable returns the training signals that can be used.
func (d *data) trainable() []int {
	var ids []int
	for _, id := range d.split.IDs("train") {
		if d.set.Bad(id) == "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// trainingFlux returns the training signals, one a row, corrupted where the spec
// asks for it.
func (d *data) trainingFlux() []float32 {
	ids := d.trainable()
	flux := make([]float32, 0, len(ids)*d.set.Dim())
	for _, id := range ids {
		flux = append(flux, d.set.Signal(id)...)
		if d.corrupt != nil {
			d.corrupt(flux[len(flux)-d.set.Dim():], id)
		}
	}
	return flux
}
