package runner

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/store"
	"sedlab/internal/record"
)

// outcome is what a cell has come to. In the cache it has no names: those of the
// run, the prior and the sweep belong to who asks.
type outcome struct {
	rows     []record.Signal
	examples []record.Example
	warning  string
	dataset  store.Dataset
	cached   bool  // found in the cache
	err      error // why something was not reconstructed
}

// The files of a cell in the cache, and the keys of its note.
const (
	noteSpec    = "spec"
	notePrior   = "prior"
	noteWarning = "warning"
	noteDataset = "dataset"
	noteSHA256  = "dataset_sha256"
)

// recall returns a cell as the cache has it, or nil. A damaged one is noted, and
// is to be computed again.
func (r *Runner) recall(c plan.Cell) (*outcome, error) {
	entry, err := r.fetch(cache.Cells, c.Key)
	if entry == nil {
		return nil, err
	}
	o := &outcome{
		warning: entry.Note[noteWarning], cached: true,
		dataset: store.Dataset{Name: entry.Note[noteDataset], SHA256: entry.Note[noteSHA256]},
	}
	if o.rows, err = record.DecodeSignals(entry.File(store.SignalsFile)); err == nil {
		o.examples, err = record.DecodeExamples(entry.File(store.ExamplesFile))
	}
	if err != nil {
		return nil, r.damaged(r.cache.SetAside(cache.Cells, c.Key, err))
	}
	return o, nil
}

// fetch reads an entry of the cache, nil where there is none. A damaged one has
// been set aside: it is noted.
func (r *Runner) fetch(kind cache.Kind, key cache.Key) (*cache.Entry, error) {
	entry, err := r.cache.Get(kind, key)
	return entry, r.damaged(err)
}

// damaged takes note of what was damaged and has been set aside: that is no error.
func (r *Runner) damaged(err error) error {
	var damaged *cache.DamagedError
	if !errors.As(err, &damaged) {
		return err
	}
	r.notes = append(r.notes, "damaged in the cache, computed again: "+damaged.Error())
	return nil
}

// store keeps a finished cell in the cache.
func (r *run) store(c plan.Cell, o *outcome) (err error) {
	defer recovered(&err)
	meta := r.meta(c.Inputs, c.Prior.Name, o.dataset)
	if o.warning != "" {
		meta.Note[noteWarning] = o.warning
	}
	return r.cache.Put(cache.Cells, c.Key, meta, func(dir string) error {
		return errors.Join(
			writeFile(dir, store.SignalsFile, func(w io.Writer) error { return record.EncodeSignals(w, o.rows) }),
			writeFile(dir, store.ExamplesFile, func(w io.Writer) error { return record.EncodeExamples(w, o.examples) }))
	})
}

// meta describes an entry.
func (r *run) meta(inputs []byte, prior string, d store.Dataset) cache.Meta {
	return cache.Meta{
		Ingredients: inputs, Program: store.Version().Version,
		Note: map[string]string{
			noteSpec: r.plan.File.Base.Name, notePrior: prior, noteDataset: d.Name, noteSHA256: d.SHA256,
		},
	}
}

// writeFile writes a file of an entry; the cache makes it durable.
func writeFile(dir, name string, write func(io.Writer) error) error {
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	if err = write(w); err == nil {
		err = w.Flush()
	}
	return errors.Join(err, f.Close())
}

// copy returns an outcome whose rows can have other names.
func (o *outcome) copy() *outcome {
	c := *o
	c.rows, c.examples = slices.Clone(o.rows), slices.Clone(o.examples)
	return &c
}

// name gives an outcome's rows the names of this run.
func (r *run) name(o *outcome, c plan.Cell) {
	hash, sweep := r.plan.Trainings[c.Training].Hash(), map[string]any{}
	for _, v := range c.Point.Values {
		if _, swept := record.SweptKey(record.ColumnOf(v.Key)); swept {
			sweep[v.Key] = v.Value
		}
	}
	for i := range o.rows {
		row := &o.rows[i]
		row.RunID, row.CellID, row.Prior, row.PriorHash, row.Sweep = r.opt.RunID, c.ID(), c.Prior.Name, hash, sweep
	}
	for i := range o.examples {
		e := &o.examples[i]
		e.CellID, e.Prior, e.Sweep = c.ID(), c.Prior.Name, sweep
	}
}
