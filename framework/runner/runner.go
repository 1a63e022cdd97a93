// Package runner executes a plan: it loads the data, trains each distinct prior
// once, and reconstructs every cell's signals over a number of workers. What it
// returns does not depend on that number, or on the order of the work.
package runner

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/priors"
)

// Progress is told how far a run has come. Its methods are called one at a time.
type Progress interface {
	Loading(source string)
	Training(prior string, e priors.Epoch)
	Cells(done, total int)
}

// Options says how to run. They change nothing in the results.
type Options struct {
	RunID    string
	Workers  int // goroutines that compute, at least 1
	Progress Progress
	Log      *slog.Logger
}

// Result is what a run has found, rows in the plan's order.
type Result struct {
	Signals   []record.Signal
	Training  []record.Training
	Examples  []record.Example
	Datasets  []store.Dataset
	CellsDone int
	Failures  []Failure
	Warnings  []string // what a reader of the results should know
}

// Failure is a cell that has no result, and why.
type Failure struct {
	Cell string
	Err  error
}

// Runner is a plan with its data loaded, ready to run.
type Runner struct {
	plan     *plan.Plan
	datasets []store.Dataset
	data     map[string]*data // by dataset section and seed
}

// Load reads every data set of the plan, and asks the priors whether they can be
// trained on what they get: an error is a *dataset.InputError, a *spec.Errors,
// or ctx's.
func Load(ctx context.Context, p *plan.Plan, progress Progress) (*Runner, error) {
	r := &Runner{plan: p, data: map[string]*data{}}
	for _, c := range p.Cells {
		s := c.Point.Spec
		key := dataKey(s)
		if r.data[key] != nil {
			continue
		}
		progress.Loading(s.Dataset.Source)
		d, err := loadData(ctx, s)
		if err != nil {
			return nil, err
		}
		r.data[key] = d
		if name := (store.Dataset{Name: d.set.Name, SHA256: d.set.SHA256}); !slices.Contains(r.datasets, name) {
			r.datasets = append(r.datasets, name)
		}
	}
	return r, r.checkPriors()
}

// checkPriors reports every prior that cannot be trained on its data.
func (r *Runner) checkPriors() error {
	var wrong spec.Errors
	for _, t := range r.plan.Trainings {
		d := r.data[dataKeyOf(t.Dataset, t.Seed)]
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
	w := &run{Runner: r, opt: opt, result: &Result{Datasets: r.datasets}, trained: map[string]trained{}}
	for _, d := range r.data {
		opt.Log.Info("data", "name", d.set.Name, "signals", d.set.Len(), "fluxes", d.set.Dim(),
			"train", len(d.split.IDs("train")), "test", len(d.split.IDs("test")))
	}
	err := w.train(ctx)
	if err == nil {
		err = w.reconstruct(ctx)
	}
	return w.result, err
}

// run is one execution.
type run struct {
	*Runner
	opt     Options
	result  *Result
	trained map[string]trained // by training hash
}

// trained is a prior, or why there is none.
type trained struct {
	prior priors.Prior
	err   error
}

// train trains each distinct prior once, all workers on one prior at a time.
func (r *run) train(ctx context.Context) error {
	for _, t := range r.plan.Trainings {
		d := r.data[dataKeyOf(t.Dataset, t.Seed)]
		start := time.Now()
		prior, err := trainSafely(ctx, t.Prior.Config, priors.Data{
			Flux: d.trainingFlux(), Dim: d.set.Dim(), Seed: t.Seed, Workers: r.opt.Workers,
			Progress: func(e priors.Epoch) { r.epoch(t, e) },
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			err = fmt.Errorf("prior %s: %w", t.Prior.Name, err)
			r.opt.Log.Error("training", "prior", t.Prior.Name, "hash", t.Hash, "error", err)
		} else {
			r.opt.Log.Info("trained", "prior", t.Prior.Name, "hash", t.Hash, "seconds", time.Since(start).Seconds())
		}
		r.trained[t.Hash] = trained{prior, err}
	}
	return nil
}

// trainSafely trains a prior, whose kind may be the user's own: a panic in it,
// or a prior for other signals, is an error of this training alone.
func trainSafely(ctx context.Context, c priors.Config, data priors.Data) (prior priors.Prior, err error) {
	defer recovered(&err)
	prior, err = c.Train(ctx, data)
	if err == nil && prior.Dim() != data.Dim {
		err = fmt.Errorf("gives signals of %d fluxes, the data have %d", prior.Dim(), data.Dim)
	}
	return prior, err
}

// recovered turns a panic into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}

// epoch shows every epoch, logs about twenty and keeps about a thousand of each
// training.
func (r *run) epoch(t plan.Training, e priors.Epoch) {
	r.opt.Progress.Training(t.Prior.Name, e)
	if every := (e.Epochs + 19) / 20; e.Epoch%every == 0 {
		r.opt.Log.Info("epoch", "prior", t.Prior.Name, "epoch", e.Epoch, "of", e.Epochs, "loss", e.Loss, "seconds", e.Seconds)
	}
	if every := (e.Epochs + 999) / 1000; e.Epoch%every != 0 && e.Epoch != e.Epochs && e.Epoch != 1 {
		return
	}
	r.result.Training = append(r.result.Training, record.Training{
		Prior: t.Prior.Name, PriorHash: t.Hash, Epoch: int32(e.Epoch), Loss: e.Loss,
		Seconds: e.Seconds, LRGenerator: e.LRGenerator, LRCodes: e.LRCodes,
	})
}
