// Package runner executes a plan: it takes from the cache what was computed
// before, loads the data, trains each distinct prior once, and reconstructs every
// other cell's signals over a number of workers. What it returns does not depend
// on that number, on the order of the work, or on what the cache held.
package runner

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/dataset"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/priors"
	"sedlab/reports/scores"
)

// Progress is told how far a run has come. Its methods are called one at a time.
type Progress interface {
	Loading(source string)
	// Waiting is called when another process trains the prior.
	Waiting(prior string, holder cache.Holder)
	Training(prior string, e priors.Epoch)
	Cells(done, total int)
}

// Options says how to run. They change nothing in the results but their scores.
type Options struct {
	RunID    string
	Scores   []scores.Kind // that are computed of each reconstruction
	Workers  int           // goroutines that compute, at least 1
	Progress Progress
	Log      *slog.Logger
	// Checkpoint is the least time between two states of a training that are saved.
	// It is longer where saving would take more than 2 % of the time.
	Checkpoint time.Duration
}

// Result is what a run has found, rows in the plan's order.
type Result struct {
	Signals     []record.Signal
	Training    []record.Training
	Examples    []record.Example
	Datasets    []store.Dataset
	CellsDone   int
	CellsCached int // of these, found in the cache
	Trained     int // trainings that this run did
	Epochs      int // that these took, without what had been trained before
	Failures    []Failure
	Warnings    []string // what a reader of the results should know
}

// Failure is a cell that has no result, and why.
type Failure struct {
	Cell string
	Err  error
}

// Runner is a plan with what the cache has of it and the data that the rest
// needs, ready to run.
type Runner struct {
	plan  *plan.Plan
	cache *cache.Cache
	cells []*outcome       // of the plan's cells, nil where there is work to do
	first []int            // for each cell the first of its key, which is computed for all
	data  map[string]*data // by dataset section and seed
	notes []string         // on damaged entries
}

// Load takes the finished cells of a plan from the cache, reads the data sets
// that the others need, and asks their priors whether they can be trained on what
// they get: an error is a *dataset.InputError, a *spec.Errors, ctx's, or the
// cache's. Where the cache has every cell, no data set is opened.
func Load(ctx context.Context, p *plan.Plan, c *cache.Cache, progress Progress) (*Runner, error) {
	r := &Runner{plan: p, cache: c, cells: make([]*outcome, len(p.Cells)), data: map[string]*data{}}
	known := map[cache.Key]int{}
	for i, cell := range p.Cells {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		first, again := known[cell.Key]
		if again {
			r.first = append(r.first, first)
			continue
		}
		known[cell.Key], r.first = i, append(r.first, i)
		var err error
		if r.cells[i], err = r.recall(cell); err != nil {
			return nil, err
		}
		if r.cells[i] != nil {
			continue
		}
		if _, err := r.dataOf(ctx, cell.Point.Spec.Dataset, cell.Point.Spec.Seed, progress); err != nil {
			return nil, err
		}
	}
	return r, r.checkPriors()
}

// dataOf returns the data of a dataset section, which it loads once.
func (r *Runner) dataOf(ctx context.Context, d spec.Dataset, seed uint64, progress Progress) (*data, error) {
	key := dataKey(d, seed)
	if r.data[key] == nil {
		got, err := r.newData(ctx, d, seed, progress)
		if err != nil {
			return nil, err
		}
		r.data[key] = got
	}
	return r.data[key], nil
}

// newData loads a data set, or corrupts one that is loaded already.
func (r *Runner) newData(ctx context.Context, d spec.Dataset, seed uint64, progress Progress) (*data, error) {
	corrupt := d.Corrupted()
	if corrupt == nil {
		progress.Loading(d.Source)
		loaded, err := loadData(ctx, d, seed)
		if err == nil {
			err = r.unchanged(loaded, d, seed)
		}
		return loaded, err
	}
	clean, err := r.dataOf(ctx, d.Clean(), seed, progress)
	if err != nil {
		return nil, err
	}
	corrupted, err := clean.corrupted(corrupt.Corruption(), seed)
	if err != nil {
		const key = "dataset.corrupt.missing_fraction"
		var wrong spec.Errors
		wrong.Add(r.plan.File.Place(key), key, "%v", err)
		return nil, wrong.Err()
	}
	return corrupted, nil
}

// unchanged tells whether data are those that the plan's keys were made of: a
// file may change between its being hashed and read.
func (r *Runner) unchanged(loaded *data, d spec.Dataset, seed uint64) error {
	for _, t := range r.plan.Trainings {
		if dataKey(t.Dataset.Clean(), t.Seed) == dataKey(d, seed) && t.Data.SHA256 != "" && t.Data.SHA256 != loaded.set.SHA256 {
			return &dataset.InputError{Dataset: loaded.set.Name, Err: fmt.Errorf(
				"changed while the run began: SHA-256 %.12s…, then %.12s…; run again", t.Data.SHA256, loaded.set.SHA256)}
		}
	}
	return nil
}

// needed tells which trainings have cells to be computed.
func (r *Runner) needed() map[cache.Key]bool {
	needed := map[cache.Key]bool{}
	for i, cell := range r.plan.Cells {
		if r.cells[r.first[i]] == nil {
			needed[r.plan.Trainings[cell.Training].Key] = true
		}
	}
	return needed
}

// checkPriors reports every prior that cannot be trained on its data.
func (r *Runner) checkPriors() error {
	var wrong spec.Errors
	needed := r.needed()
	for _, t := range r.plan.Trainings {
		if !needed[t.Key] {
			continue
		}
		d := r.data[dataKey(t.Dataset, t.Seed)]
		for _, e := range t.Prior.Config.Check(len(d.trainable()), d.set.Dim()) {
			key := "priors." + t.Prior.Name + "." + e.Key
			wrong.Add(r.plan.File.Place(key), key, "%s", e.Problem)
		}
	}
	return wrong.Err()
}

// Run executes the plan. The result is never nil: with an error, which is
// ctx's, it holds what was finished before. What concerns some cells alone is in
// Result.Failures, and their signals keep rows whose status says it.
func (r *Runner) Run(ctx context.Context, opt Options) (*Result, error) {
	w := &run{Runner: r, opt: opt, result: &Result{}, trained: map[cache.Key]trained{}}
	for _, d := range r.data {
		opt.Log.Info("data", "name", d.set.Name, "signals", d.set.Len(), "fluxes", d.set.Dim(),
			"train", len(d.split.IDs("train")), "test", len(d.split.IDs("test")))
	}
	err := w.train(ctx)
	if err == nil {
		err = w.reconstruct(ctx)
	}
	w.collect()
	return w.result, err
}

// run is one execution.
type run struct {
	*Runner
	opt     Options
	result  *Result
	trained map[cache.Key]trained
}

// warn tells the reader of the results something, once.
func (r *run) warn(message string) {
	if !slices.Contains(r.result.Warnings, message) {
		r.result.Warnings = append(r.result.Warnings, message)
	}
}

// collect gathers the rows of the finished cells in the plan's order.
func (r *run) collect() {
	for _, n := range r.notes {
		r.warn(n)
	}
	for i, c := range r.plan.Cells {
		o := r.cells[r.first[i]]
		if o == nil {
			continue // not finished
		}
		if r.first[i] != i {
			o = o.copy()
		}
		r.name(o, c)
		r.result.Signals = append(r.result.Signals, o.rows...)
		r.result.Examples = append(r.result.Examples, o.examples...)
		if o.warning != "" {
			r.warn(o.warning)
		}
		if o.dataset != (store.Dataset{}) && !slices.Contains(r.result.Datasets, o.dataset) {
			r.result.Datasets = append(r.result.Datasets, o.dataset)
		}
		if o.err != nil {
			r.result.Failures = append(r.result.Failures, Failure{c.ID(), o.err})
			r.opt.Log.Error("cell", "cell", c.ID(), "prior", c.Prior.Name, "error", o.err)
			continue
		}
		r.result.CellsDone++
		if o.cached {
			r.result.CellsCached++
		}
	}
}

// recovered turns a panic into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}
