package runner

import (
	"context"
	"fmt"

	"sedlab/datasets"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/internal/kind"
)

// data is a data set as cells use it: prepared, normalised and split.
type data struct {
	set     *datasets.Set
	split   datasets.Assignment
	corrupt func(x []float32, signal int) // a training signal; nil to leave all as they are
}

// dataOf returns the data of a training and of its cells, loaded once.
func (r *Runner) dataOf(ctx context.Context, t plan.Training, progress Progress) (*data, error) {
	if d := r.data[t.Key]; d != nil {
		return d, nil
	}
	set := r.sets[t.Data.Key]
	if set == nil {
		progress.Loading(t.Dataset.Source.Kind.Name)
		var err error
		if set, err = load(ctx, t); err != nil {
			return nil, err
		}
		r.sets[t.Data.Key] = set
	}
	d := &data{set: set, split: datasets.Split(set.Len(), t.Seeds.Split, t.Dataset.Split)}
	if c := t.Dataset.Corrupt; c.Corrupts() {
		var err error
		if d.corrupt, err = c.Corruptor(set.Dim(), t.Seeds.Split); err != nil {
			return nil, r.refused("dataset.corrupt.missing_fraction", err.Error())
		}
	}
	r.data[t.Key] = d
	return d, nil
}

// load reads or makes a training's signals, prepares and normalises them.
func load(ctx context.Context, t plan.Training) (*datasets.Set, error) {
	source := t.Dataset.Source
	set, err := kind.Try("source "+source.Kind.Name, func() (*datasets.Set, error) { return source.Config.Load(ctx, t.Seeds.Split) })
	if err = checked(set, "source "+source.Kind.Name, err); err != nil {
		return nil, err
	}
	// A file may change between hashing and reading.
	if then := t.Data.SHA256; then != "" && then != set.SHA256 {
		return nil, &datasets.InputError{Path: set.Name, Err: fmt.Errorf(
			"changed while the run began: SHA-256 %.12s…, then %.12s…; run again", then, set.SHA256)}
	}
	train := datasets.Split(set.Len(), t.Seeds.Split, t.Dataset.Split).Train
	for _, step := range t.Dataset.Preprocess {
		name, signals := "step "+step.Kind.Name, set.Len()
		set, err = kind.Try(name, func() (*datasets.Set, error) { return step.Config.Apply(ctx, set, train, t.Seeds.Split) })
		if err = checked(set, name, err); err != nil {
			return nil, err
		}
		if set.Len() != signals {
			return nil, &datasets.InputError{Source: name, Err: fmt.Errorf("gives %d signals; expected the same %d as before", set.Len(), signals)}
		}
	}
	return set, set.Normalize(t.Dataset.Normalize)
}

// checked returns err, or else what is wrong with the set from the named source or step,
// as an InputError.
func checked(set *datasets.Set, name string, err error) error {
	if err != nil {
		return err
	}
	if err := set.Check(); err != nil {
		return &datasets.InputError{Source: name, Err: err}
	}
	return nil
}

// refused returns the error for a key of the spec that does not suit its data.
func (r *Runner) refused(key, problem string) error {
	var wrong spec.Errors
	wrong.Add(r.plan.File.Place(key), key, "%s", problem)
	return wrong.Err()
}

// trainable returns the usable training signals.
func (d *data) trainable() []int {
	var ids []int
	for _, id := range d.split.Train {
		if d.set.Bad(id) == "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// trainingFlux returns the training signals, one a row, corrupted if the spec asks
// for it.
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
