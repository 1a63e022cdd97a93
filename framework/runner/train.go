package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"time"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/kind"
	"sedlab/internal/record"
	"sedlab/internal/safetensors"
	"sedlab/priors"
)

// PriorFile is the file of a trained prior in the cache.
const PriorFile = "prior.safetensors"

// trained is the outcome of a training.
type trained struct {
	prior  priors.Prior // nil if no cell needs it
	err    error
	epochs []record.Training // without names
	found  bool              // in the cache
}

// train obtains the distinct priors, one after the other, each with all workers.
func (r *run) train(ctx context.Context) error {
	needed := r.needed()
	for _, t := range r.plan.Trainings {
		got, err := r.obtain(ctx, t, needed[t.Key])
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			got.err = fmt.Errorf("prior %s: %w", t.Name, err)
			r.opt.Log.Error("training", "prior", t.Name, "hash", t.Hash(), "error", got.err)
			if !needed[t.Key] {
				r.warn(fmt.Sprintf("the epochs of a training are missing: %v", got.err))
			}
		}
		r.log(t, got)
		if needed[t.Key] {
			r.trained[t.Key] = got
		}
	}
	return nil
}

// log adds the epochs of a training to the result, and notes what it has chosen.
func (r *run) log(t plan.Training, got trained) {
	for _, e := range got.epochs {
		e.Prior, e.PriorHash = t.Name, t.Hash()
		r.result.Training = append(r.result.Training, e)
	}
	r.noteChosen(t.Name, got.prior)
}

// recallPrior returns a training from the cache. Its prior is nil if priors of the
// kind cannot be opened.
func (r *run) recallPrior(t plan.Training) (trained, error) {
	entry, err := r.fetch(cache.Priors, t.Key)
	if entry == nil {
		return trained{}, err
	}
	got, err := openPrior(t, entry)
	if err != nil {
		return trained{}, r.damaged(entry.SetAside(err))
	}
	return got, nil
}

// openPrior reads a training from a cache entry.
func openPrior(t plan.Training, entry *cache.Entry) (got trained, err error) {
	got.found = true
	if got.epochs, err = record.Decode[record.Training](context.Background(), entry.File(store.TrainingFile)); err != nil {
		return got, fmt.Errorf("%s: %w", store.TrainingFile, err)
	}
	file := entry.File(PriorFile)
	opener, ok := t.Prior.Config.(priors.Opener)
	if file == nil || !ok {
		return got, nil
	}
	state, err := safetensors.Parse(file)
	if err == nil {
		got.prior, err = kind.Try("kind "+t.Prior.Kind.Name, func() (priors.Prior, error) { return opener.Open(state) })
	}
	if err != nil {
		return got, fmt.Errorf("%s: %w", PriorFile, err)
	}
	return got, nil
}

// restore reads the state in which a training was interrupted or, if there is none, that
// of a shorter training.
func (r *run) restore(t plan.Training, c *checkpoint) (err error) {
	if c.found, err = r.readState(t, c.file); c.found != nil || err != nil {
		return err
	}
	if r.ended == nil && t.Continued != "" {
		r.ended = EndedIn(r.cache)
	}
	for _, shorter := range r.ended.shorter(t) {
		if c.found, err = r.readState(t, r.cache.Checkpoint(shorter.key)); err != nil {
			return err
		}
		if c.found != nil {
			r.opt.Log.Info("goes on", "prior", t.Name, "hash", t.Hash(), "from", shorter.length)
			return nil
		}
	}
	return nil
}

// readState reads a saved state. It is nil if there is none, or if it is damaged, which is
// noted.
func (r *run) readState(t plan.Training, file *cache.Checkpoint) (*priors.State, error) {
	text, err := file.Restore()
	var damaged *cache.DamagedError
	if errors.As(err, &damaged) {
		r.warn(fmt.Sprintf("prior %s: trained again in part or from its start, because its checkpoint is damaged: %v", t.Name, damaged))
		err = nil
	}
	if text == nil || err != nil {
		return nil, err
	}
	state, err := safetensors.Parse(text)
	if err != nil {
		return nil, r.damaged(file.SetAside(err))
	}
	return state, nil
}

// trainFrom trains a prior, starting from a checkpoint's state if it has one.
func (r *run) trainFrom(ctx context.Context, t plan.Training, c *checkpoint) (got trained, err error) {
	d := r.data[t.Key]
	how, _ := fluxesOf(t.Prior)
	flux, weight, err := d.trainingData(ctx, how, t.Dataset.Corrupt, r.opt.Workers)
	if bad := datasets.Reasons(d.counts.Train.Unusable); err == nil && len(flux) == 0 && bad != "" {
		err = fmt.Errorf("no training signal can be used: %s", bad)
	}
	if err != nil {
		return got, err
	}
	start, err := r.startOf(t)
	if err != nil {
		return got, err
	}
	held, heldWeight := d.validationData(t.Prior)
	c.last = time.Now()
	got.prior, err = trainSafely(ctx, t.Prior.Choice, priors.Data{
		Flux: flux, Weight: weight, Validation: held, ValidationWeight: heldWeight, Dim: d.set.Dim(), Seed: t.Seeds.Train, Workers: r.opt.Workers, Start: start, Checkpoint: c,
		Progress: func(e priors.Epoch) {
			c.ended = e.Last()
			e.Loss *= d.unit * d.unit
			if e.Validation != nil {
				loss := *e.Validation * d.unit * d.unit
				e.Validation = &loss
			}
			got.epochs = r.epoch(got.epochs, t, e)
		},
	})
	if err == nil && len(got.epochs) > 0 {
		got.epochs[len(got.epochs)-1].KeptLoss, err = keptLoss(t, got.prior, flux, weight, d.unit)
	}
	return got, err
}

// trainSafely trains a prior, whose kind may be a user's: a panic in it, or a prior
// of the wrong length, fails only this training.
func trainSafely(ctx context.Context, c spec.Choice[priors.Config], data priors.Data) (prior priors.Prior, err error) {
	defer kind.Guard(&err, "kind "+c.Kind.Name)
	prior, err = c.Config.Train(ctx, data)
	if err == nil && prior.Dim() != data.Dim {
		err = fmt.Errorf("gives signals of %d fluxes, the data have %d", prior.Dim(), data.Dim)
	}
	return prior, err
}

// keepPrior writes a trained prior and the epochs of its training to the cache; if
// priors of its kind cannot be opened again, only the epochs.
func (r *run) keepPrior(t plan.Training, got trained) (err error) {
	defer kind.Guard(&err, "kind "+t.Prior.Kind.Name)
	meta := r.meta(t.Inputs, t.Name, r.data[t.Key].described(t.Seeds.Split))
	if t.Continued != "" {
		meta.Note[noteContinued], meta.Note[noteLength] = string(t.Continued), strconv.Itoa(t.Length)
	}
	if t.Searched {
		meta.Note[noteSearched] = "yes"
	}
	if n := len(got.epochs); n > 0 {
		meta.Note[noteSeconds] = strconv.FormatFloat(got.epochs[n-1].Seconds, 'f', 1, 64)
	}
	if r.ended != nil {
		r.ended.add(t.Continued, t.Key, t.Length)
	}
	return r.cache.Put(cache.Priors, t.Key, meta, func(dir string) error {
		k, keeps := got.prior.(priors.Keeper)
		if _, opens := t.Prior.Config.(priors.Opener); keeps && opens {
			state := r.withUnit(k.State(), t)
			err := writeFile(dir, PriorFile, func(w io.Writer) error { return safetensors.Write(w, state) })
			if err != nil {
				return err
			}
		}
		return writeFile(dir, store.TrainingFile, func(w io.Writer) error { return record.Encode(context.Background(), w, got.epochs) })
	})
}

// withUnit returns the state of a prior with its unit, for programs that read the file. A
// run computes the unit from the data.
func (r *run) withUnit(s *priors.State, t plan.Training) *priors.State {
	unit := r.data[t.Key].unit
	if unit == 1 {
		return s
	}
	out := *s
	out.Metadata = maps.Clone(s.Metadata)
	out.Metadata["unit"] = strconv.FormatFloat(unit, 'g', -1, 64)
	return &out
}
