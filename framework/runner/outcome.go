package runner

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/store"
	"sedlab/internal/disk"
	"sedlab/internal/kind"
	"sedlab/internal/record"
)

// recall returns a job's results from the cache: of several entries, those of the first
// that has everything, or else those of all. They are nil if there is no entry; damaged
// ones are noted.
func (r *Runner) recall(j *job) (best *outcome, err error) {
	asked := j.want // which an entry without a score or a column makes more of
	for entry, err := range r.cache.All(cache.Cells, j.Key) {
		if err = r.damaged(err); err != nil {
			return nil, err
		}
		if entry == nil {
			continue
		}
		o, err := r.open(j, entry)
		switch {
		case err != nil:
			return nil, err
		case o != nil && o.covers(asked):
			return o, nil
		case o != nil && (best == nil || best.lacks):
			best = o
		case o != nil && !o.lacks:
			best = best.add(o)
		}
	}
	return best, nil
}

// open reads an entry of a job. The outcome is nil if the entry lacks a score or cannot be
// decoded. If the entry lacks a column, the outcome has no examples. A job whose entry
// lacks a score or a column does all that the entry has, so that no smaller one replaces
// it.
func (r *Runner) open(j *job, entry *cache.Entry) (o *outcome, err error) {
	grow := func() {
		if !entry.OnlyRead() {
			j.want = j.want.union(o.coverage)
		}
	}
	o = &outcome{cached: true, dataset: notedDataset(entry.Note, j.Point.Spec.Seeds.Split)}
	o.coverage, err = noted(entry.Note)
	if err == nil && !scored(entry.Note, r.scores) {
		grow()
		return nil, nil
	}
	if err == nil {
		err = o.read(entry)
	}
	if err != nil {
		return nil, r.damaged(entry.SetAside(err))
	}
	if o.lacks = !whole(entry.Note); o.lacks {
		grow()
		o.kept, o.examples = 0, nil
	}
	for i := range o.rows {
		r.project(&o.rows[i])
	}
	return o, nil
}

// linesFile has the rows of a cell of few signals, which has no SignalsFile then.
const linesFile = "signals.jsonl"

// read reads the tables of an entry.
func (o *outcome) read(entry *cache.Entry) (err error) {
	if text := entry.File(linesFile); text != nil {
		o.rows, err = record.DecodeLines(text)
	} else {
		o.rows, err = record.Decode[record.Signal](context.Background(), entry.File(store.SignalsFile))
	}
	if text := entry.File(store.ExamplesFile); text != nil && err == nil {
		o.examples, err = record.Decode[record.Example](context.Background(), text)
	}
	return err
}

// files returns what writes the tables of an entry.
func (o *outcome) files() map[string]func(io.Writer) error {
	files := map[string]func(io.Writer) error{}
	if text, ok := record.Lines(o.rows); ok {
		files[linesFile] = func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		}
	} else {
		files[store.SignalsFile] = func(w io.Writer) error { return record.Encode(context.Background(), w, o.rows) }
	}
	if len(o.examples) > 0 {
		files[store.ExamplesFile] = func(w io.Writer) error { return record.Encode(context.Background(), w, o.examples) }
	}
	return files
}

// project reduces a row to the run's scores, in their order. An entry may have more.
func (r *Runner) project(row *record.Signal) {
	all := *row
	row.Scores = nil
	for _, k := range r.scores {
		row.Scores = append(row.Scores, record.Score{Name: k.Name, Value: all.Score(k.Name)})
	}
}

// fetch reads an entry of the cache, or returns nil if there is none. If the entry is
// damaged, the cache sets it aside, and fetch notes it.
func (r *Runner) fetch(kind cache.Kind, key cache.Key) (*cache.Entry, error) {
	entry, err := r.cache.Get(kind, key)
	return entry, r.damaged(err)
}

// damaged notes a *cache.DamagedError, whose entry was set aside, and returns any
// other error.
func (r *Runner) damaged(err error) error {
	var damaged *cache.DamagedError
	if !errors.As(err, &damaged) {
		return err
	}
	r.notes = append(r.notes, "damaged in the cache, computed again: "+damaged.Error())
	return nil
}

// store writes the outcomes of jobs to the cache, in place of earlier, smaller ones.
func (r *run) store(jobs []*job) (err error) {
	defer kind.Guard(&err, "")
	items := make([]cache.Item, len(jobs))
	for i, j := range jobs {
		meta := r.meta(j.Inputs, j.Prior.Name, j.have.dataset)
		j.have.note(meta.Note)
		meta.Note[noteScores], meta.Note[noteColumns] = scoreNames(r.scores), strings.Join(record.Later(), " ")
		items[i] = cache.Item{Key: j.Key, Meta: meta, Files: j.have.files()}
	}
	return r.cache.ReplaceAll(cache.Cells, items)
}

// meta describes a cache entry.
func (r *run) meta(inputs []byte, prior string, d store.Dataset) cache.Meta {
	note := map[string]string{
		noteSpec: r.plan.File.Base.Name, notePrior: prior, noteDataset: d.Name, noteSHA256: d.SHA256,
	}
	if counts, err := json.Marshal(d.Counts); err == nil { // it cannot fail
		note[noteCounts] = string(counts)
	}
	return cache.Meta{Ingredients: inputs, Program: store.Version().Version, Note: note}
}

// notedDataset reads the data of a cell from the note of its cache entry. An entry from
// before counts were noted has none.
func notedDataset(note map[string]string, seed uint64) store.Dataset {
	d := store.Dataset{Name: note[noteDataset], SHA256: note[noteSHA256], SplitSeed: seed}
	counts := new(datasets.Counts)
	if json.Unmarshal([]byte(note[noteCounts]), counts) == nil {
		d.Counts = counts
	}
	return d
}

// writeFile writes a file of an entry; the cache makes it durable.
func writeFile(dir, name string, write func(io.Writer) error) error {
	f, err := disk.Create(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	if err = write(w); err == nil {
		err = w.Flush()
	}
	return errors.Join(err, f.Close())
}
