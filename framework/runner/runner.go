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
	"strings"
	"time"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/kind"
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

// Options says how to run. They change nothing in the results.
type Options struct {
	RunID    string
	Workers  int // goroutines that compute, at least 1
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
	plan   *plan.Plan
	cache  *cache.Cache
	scores []scores.Kind
	jobs   []*job
	of     []int // the job of each of the plan's cells
	sets   map[cache.Key]*datasets.Set
	data   map[dataAt]*data
	notes  []string // on damaged entries
}

// Load takes what the cache has of a plan's cells with the given scores, reads the data sets that the
// rest needs, and asks operators and priors whether they suit what they get: an
// error is a *datasets.InputError, a *spec.Errors, ctx's, or the cache's. Where the
// cache has every cell, no data set is opened.
func Load(ctx context.Context, p *plan.Plan, c *cache.Cache, scores []scores.Kind, progress Progress) (*Runner, error) {
	r := &Runner{plan: p, cache: c, scores: scores, sets: map[cache.Key]*datasets.Set{}, data: map[dataAt]*data{}}
	r.jobs, r.of = newJobs(p)
	for _, j := range r.jobs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if j.have, err = r.recall(j.Key); err != nil {
			return nil, err
		}
		if j.done() {
			continue
		}
		if _, err := r.dataOf(ctx, p.Trainings[j.Training], progress); err != nil {
			return nil, err
		}
	}
	return r, r.check()
}

// needed returns the trainings that have cells to be computed.
func (r *Runner) needed() map[cache.Key]bool {
	needed := map[cache.Key]bool{}
	for _, j := range r.jobs {
		if !j.done() {
			needed[r.plan.Trainings[j.Training].Key] = true
		}
	}
	return needed
}

// check reports every prior that cannot be trained on its data, and every operator
// that cannot measure them.
func (r *Runner) check() error {
	var wrong spec.Errors
	refuse := func(section string, errs []kind.KeyError) {
		for _, e := range errs {
			key := strings.TrimSuffix(section+"."+e.Key, ".")
			wrong.Add(r.plan.File.Place(key), key, "%s", e.Problem)
		}
	}
	needed := r.needed()
	for _, t := range r.plan.Trainings {
		if needed[t.Key] {
			d := r.data[dataAt{t.Dataset, t.Seed}]
			refuse("priors."+t.Prior.Name, t.Prior.Config.Check(len(d.trainable()), d.set.Dim()))
		}
	}
	type problemAt struct {
		dataAt
		problem *spec.Problem
	}
	checked := map[problemAt]bool{}
	for _, j := range r.jobs {
		s := j.Point.Spec
		at := problemAt{dataAt{s.Dataset, s.Seed}, s.Problem}
		if !j.done() && !checked[at] {
			checked[at] = true
			refuse("problem", s.Problem.Operator.Config.Check(r.data[at.dataAt].set.Wavelength))
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
		j := r.jobs[r.of[i]]
		if !j.done() {
			continue
		}
		o := j.have
		rows, examples := o.of(c)
		r.name(c, rows, examples)
		r.result.Signals = append(r.result.Signals, rows...)
		r.result.Examples = append(r.result.Examples, examples...)
		if asked := c.Point.Spec.Evaluate; o.dataset != (store.Dataset{}) && len(rows) < asked.Signals && asked.Signals != spec.AllSignals {
			r.warn(fmt.Sprintf("evaluate.signals asks for %d, and the %s split has %d: all of them are used", asked.Signals, asked.Split, len(rows)))
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
