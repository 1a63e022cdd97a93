// Package runner executes a plan: it loads the data, trains each distinct prior
// once, and reconstructs every cell's signals over a number of workers. What it
// returns does not depend on that number, or on the order of the work.
package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sedlab/framework/plan"
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

// Run executes the plan. The result is never nil: with an error it holds what was
// finished before. An error is about the whole run (unreadable data, ctx done);
// what concerns some cells alone is in Result.Failures, and their signals keep
// rows whose status says it.
func Run(ctx context.Context, p *plan.Plan, opt Options) (*Result, error) {
	r := &run{opt: opt, plan: p, result: &Result{}, data: map[string]*data{}, trained: map[string]trained{}}
	err := r.load(ctx)
	if err == nil {
		err = r.train(ctx)
	}
	if err == nil {
		err = r.reconstruct(ctx)
	}
	return r.result, err
}

type run struct {
	opt     Options
	plan    *plan.Plan
	result  *Result
	data    map[string]*data   // by dataset section and seed
	trained map[string]trained // by training hash
}

// trained is a prior, or why there is none.
type trained struct {
	prior priors.Prior
	err   error
}

// load reads each distinct data set before any work starts.
func (r *run) load(ctx context.Context) error {
	for _, c := range r.plan.Cells {
		s := c.Point.Spec
		key := dataKey(s)
		if r.data[key] != nil {
			continue
		}
		r.opt.Progress.Loading(s.Dataset.Source)
		d, err := loadData(ctx, s)
		if err != nil {
			return err
		}
		r.data[key] = d
		r.result.Datasets = append(r.result.Datasets, store.Dataset{Name: d.set.Name, SHA256: d.set.SHA256})
		r.opt.Log.Info("data", "name", d.set.Name, "signals", d.set.Len(), "fluxes", d.set.Dim(),
			"train", len(d.split.IDs("train")), "test", len(d.split.IDs("test")))
	}
	return r.checkPriors()
}

// checkPriors asks every prior whether it can be trained on the data it gets.
func (r *run) checkPriors() error {
	var errs []error
	for _, t := range r.plan.Trainings {
		d := r.data[dataKeyOf(t.Dataset, t.Seed)]
		for _, e := range t.Prior.Config.Check(len(d.trainable()), d.set.Dim()) {
			errs = append(errs, fmt.Errorf("priors.%s.%s: %s", t.Prior.Name, e.Key, e.Problem))
		}
	}
	return errors.Join(errs...)
}

// train trains each distinct prior once, all workers on one prior at a time.
func (r *run) train(ctx context.Context) error {
	for _, t := range r.plan.Trainings {
		d := r.data[dataKeyOf(t.Dataset, t.Seed)]
		start := time.Now()
		prior, err := t.Prior.Config.Train(ctx, priors.Data{
			Flux: d.trainingFlux(), Dim: d.set.Dim(), Seed: t.Seed, Workers: r.opt.Workers,
			Progress: func(e priors.Epoch) { r.epoch(t, e) },
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			err = fmt.Errorf("prior %s: %w", t.Prior.Name, err)
			r.opt.Log.Error("training", "prior", t.Prior.Name, "hash", t.Hash, "error", err)
		}
		r.trained[t.Hash] = trained{prior, err}
		r.opt.Log.Info("trained", "prior", t.Prior.Name, "hash", t.Hash, "seconds", time.Since(start).Seconds())
	}
	return nil
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
