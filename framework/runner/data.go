package runner

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/kind"
	"sedlab/internal/quantile"
	"sedlab/priors"
)

// data is a data set as cells use it: prepared, normalised and split.
type data struct {
	set     *datasets.Set
	split   datasets.Assignment
	counts  datasets.Counts
	unit    float64            // of priors trained on it; see priors.Unit
	corrupt datasets.Corruptor // of training signals; nil to leave all as they are
}

// described returns the data as the manifest has them.
func (d *data) described(seed uint64) store.Dataset {
	return store.Dataset{Name: d.set.Name, SHA256: d.set.SHA256, SplitSeed: seed, Counts: &d.counts}
}

// setKey names a loaded set: its key, and the column with a given split.
type setKey struct {
	key    cache.Key
	column string
}

func setOf(t plan.Training) setKey { return setKey{t.Data.Key, t.Dataset.Split.Column} }

// dataOf returns the data of a training and of its cells, loaded once.
func (r *Runner) dataOf(ctx context.Context, t plan.Training, progress Progress) (*data, error) {
	if d := r.data[t.Key]; d != nil {
		return d, nil
	}
	set := r.sets[setOf(t)]
	if set == nil {
		progress.Loading(t.Dataset.Source.Kind.Name)
		var err error
		if set, err = Prepare(ctx, t); err != nil {
			return nil, err
		}
		r.sets[setOf(t)] = set
	}
	if shares := t.Dataset.Split; set.Side != nil && shares.Column == "" && !shares.Usual() {
		return nil, r.refused("dataset.split", `has no effect, because the data give the split, in an array or column "split"; expected no shares`)
	}
	split := set.Split(t.Seeds.Split, t.Dataset.Split)
	d := &data{set: set, split: split, counts: set.Count(split)}
	d.unit = priors.Unit(d.trainingSignals())
	if c := t.Dataset.Corrupt; c.Corrupts() {
		var err error
		if d.corrupt, err = c.Corruptor(set.Dim(), t.Seeds.Split); err != nil {
			return nil, r.refused("dataset.corrupt.missing_fraction", err.Error())
		}
	}
	r.data[t.Key] = d
	return d, nil
}

// Prepare reads or makes a training's signals, prepares and normalises them.
func Prepare(ctx context.Context, t plan.Training) (*datasets.Set, error) {
	source := t.Dataset.Source
	set, err := kind.Try("source "+source.Kind.Name, func() (*datasets.Set, error) {
		return datasets.Load(ctx, "source "+source.Kind.Name, source.Config, t.Dataset.SpectrumSteps(), t.Dataset.Split, t.Seeds.Split)
	})
	if err != nil {
		return nil, err
	}
	// A file may change between hashing and reading.
	if then := t.Data.SHA256; then != "" && then != set.SHA256 {
		return nil, &datasets.InputError{Path: set.Name, Err: fmt.Errorf(
			"changed while the run began: SHA-256 %.12s…, then %.12s…; run again", then, set.SHA256)}
	}
	loaded, train := set, set.Split(t.Seeds.Split, t.Dataset.Split).Train
	for _, step := range t.Dataset.Preprocess {
		name, signals := "step "+step.Kind.Name, set.Len()
		set, err = kind.Try(name, func() (*datasets.Set, error) { return step.Config.Apply(ctx, set, train, t.Seeds.Split) })
		if err = checked(set, name, err); err != nil {
			return nil, err
		}
		if set.Len() != signals {
			return nil, &datasets.InputError{Source: name, Err: fmt.Errorf("gives %d signals; expected the same %d as before", set.Len(), signals)}
		}
		set.Inherit(loaded)
	}
	return set, set.Normalize(t.Dataset.Normalize)
}

// checked returns err, or else what is wrong with the set from the named step, as an
// InputError.
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
func (d *data) trainable() (ids []int) {
	for _, id := range d.split.Train {
		if d.set.Bad(id) == "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// usable counts those signals that can be used.
func (d *data) usable(ids []int) (n int) {
	for _, id := range ids {
		if d.set.Bad(id) == "" {
			n++
		}
	}
	return n
}

// trainingSignals yields the usable training signals, without corruption.
func (d *data) trainingSignals() iter.Seq[[]float32] {
	return func(yield func([]float32) bool) {
		for _, id := range d.trainable() {
			if !yield(d.set.Signal(id)) {
				return
			}
		}
	}
}

// trainingData returns the training signals, one a row, in the unit of priors, corrupted if
// the spec asks for it, and the weights of their fluxes, nil if all count the same.
func (d *data) trainingData(ctx context.Context, how string, c datasets.Corruption, workers int) (flux, weight []float32, err error) {
	ids, n := d.trainable(), d.set.Dim()
	flux = make([]float32, 0, len(ids)*n)
	var measured, missing []bool
	var variance []float64
	for _, id := range ids {
		flux = append(flux, d.set.Signal(id)...)
		var damage datasets.Damage
		if d.corrupt != nil {
			damage = d.corrupt(flux[len(flux)-n:], id)
			for i := range n {
				missing = append(missing, damage.Observed != nil && !damage.Observed[i])
			}
		}
		if how != priors.AllFluxes {
			m, v := damage.Left(d.set.InfilledRow(id), d.set.IvarRow(id), n)
			measured, variance = append(measured, m...), append(variance, v...)
		}
	}
	if d.corrupt != nil {
		if err := c.Refill(ctx, flux, missing, n, workers); err != nil {
			return nil, nil, fmt.Errorf("dataset.corrupt.fill: %w", err)
		}
	}
	if how == priors.MeasuredFluxes {
		variance = nil
	}
	return priors.Scale(flux, d.unit), weights(measured, variance), nil
}

// validationData returns the usable validation signals, one a row, in the unit of priors, and 0
// as the weight of fluxes that were not measured, nil if all were; nothing for a prior that does
// not look at them.
func (d *data) validationData(p *spec.Prior) (flux, weight []float32) {
	if p.Validates() == "" {
		return nil, nil
	}
	n := d.set.Dim()
	var measured []bool
	for _, id := range d.split.Validation {
		if d.set.Bad(id) == "" {
			flux = append(flux, d.set.Signal(id)...)
			m, _ := datasets.Damage{}.Left(d.set.InfilledRow(id), d.set.IvarRow(id), n)
			measured = append(measured, m...)
		}
	}
	return priors.Scale(flux, d.unit), weights(measured, nil)
}

// weights returns 0 for fluxes that were not measured, and for others 1, or, given variances σ²,
// the median of those above 0 over σ² + this median. The median keeps a few very precise fluxes from having
// all the weight. It returns nil if all count the same.
func weights(measured []bool, variance []float64) []float32 {
	var known []float64
	for i, v := range variance {
		if measured[i] && v > 0 {
			known = append(known, v)
		}
	}
	median := 0.0
	if len(known) > 0 {
		slices.Sort(known)
		median = quantile.Sorted(known, 0.5)
	}
	weight := make([]float32, len(measured))
	for i, ok := range measured {
		switch {
		case !ok:
		case median == 0:
			weight[i] = 1
		default:
			weight[i] = float32(median / (variance[i] + median))
		}
	}
	if len(weight) == 0 || weight[0] > 0 && !slices.ContainsFunc(weight, func(w float32) bool { return w != weight[0] }) {
		return nil
	}
	return weight
}

// fluxesOf returns how a prior weights the fluxes of training signals, and the key that says so.
func fluxesOf(p *spec.Prior) (how, key string) {
	if w, ok := p.Config.(priors.Weigher); ok {
		return w.Fluxes()
	}
	return priors.AllFluxes, ""
}
