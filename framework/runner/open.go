package runner

import (
	"context"
	"fmt"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/priors"
)

// Trained is a trained prior with the data that it was trained on.
type Trained struct {
	Prior priors.Scaled
	Set   *datasets.Set // prepared and normalised
	Split datasets.Assignment
}

// AbsentError reports a prior that the cache does not have.
type AbsentError struct{ Name, Hash string }

func (e *AbsentError) Error() string {
	return fmt.Sprintf("prior %s (%s): is no longer in the cache", e.Name, e.Hash)
}

// Open returns the prior of a training from the cache, with its data. The error is an
// *AbsentError, a *cache.DamagedError, or about the data.
func Open(ctx context.Context, t plan.Training, c *cache.Cache) (*Trained, error) {
	entry, err := c.Get(cache.Priors, t.Key)
	if err != nil {
		return nil, err
	}
	if entry == nil {
		return nil, &AbsentError{t.Name, t.Hash()}
	}
	got, err := openPrior(t, entry)
	if err != nil {
		return nil, err
	}
	if got.prior == nil {
		return nil, fmt.Errorf("prior %s: kind %s cannot be kept in files, so it cannot be used after its run", t.Name, t.Prior.Kind.Name)
	}
	set, err := Prepare(ctx, t)
	if err != nil {
		return nil, err
	}
	d := &data{set: set, split: set.Split(t.Seeds.Split, t.Dataset.Split)}
	return &Trained{priors.Scaled{Prior: got.prior, Unit: priors.Unit(d.trainingSignals())}, set, d.split}, nil
}
