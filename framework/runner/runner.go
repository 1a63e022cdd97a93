// Package runner executes a plan. It takes from the cache what was computed before,
// loads the data, trains each distinct prior once, and reconstructs the signals of
// the remaining cells on several workers. Results do not depend on the number of
// workers, the order of the work, or what the cache held.
package runner

import (
	"context"
	"fmt"
	"log/slog"
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
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/reports/scores"
)

// Progress follows a run. Its methods are called one at a time.
type Progress interface {
	Loading(source string)
	// Waiting is called when another process trains the prior.
	Waiting(prior string, holder cache.Holder)
	Training(prior string, e priors.Epoch)
	Cells(done, total int)
}

// Options say how to run. They do not change the results.
type Options struct {
	RunID    string
	Workers  int // goroutines that compute, at least 1
	Progress Progress
	Log      *slog.Logger
	// Checkpoint is the least time between saved states of a training. It is longer
	// if saving would take more than 2 % of the time.
	Checkpoint time.Duration
	// Done is the number of cells that were done before those of the plan, and Cells that of all,
	// if the plan is a part; else both are 0. They are for messages.
	Done, Cells int
}

// Result holds the results of a run, rows in the plan's order.
type Result struct {
	Signals     []record.Signal
	Training    []record.Training
	Examples    []record.Example
	Datasets    []store.Dataset
	CellsDone   int
	CellsCached int // cells done that were found in the cache
	Trained     int // trainings that this run did
	Epochs      int // epochs of these trainings, without those restored from checkpoints
	Failures    []Failure
	Warnings    []string // things that a reader of the results should know
}

// Failure is a cell without results.
type Failure struct {
	Cell string
	Err  error
}

// Runner is a plan that is ready to run: with its cached results, and the data for
// the rest.
type Runner struct {
	plan   *plan.Plan
	cache  *cache.Cache
	scores []scores.Kind
	jobs   []*job
	jobOf  []int // the job of each of the plan's cells
	sets   map[setKey]*datasets.Set
	data   map[cache.Key]*data // by training
	notes  []string            // on damaged entries

	trained map[cache.Key]trained
}

// needed returns the trainings that have cells to be computed.
func (r *Runner) needed() map[cache.Key]bool {
	needed := map[cache.Key]bool{}
	for _, j := range r.jobs {
		if j.done() {
			continue
		}
		for _, t := range j.Trainings {
			needed[r.plan.Trainings[t].Key] = true
		}
	}
	return needed
}

// Size returns the size of a data set that has been loaded, or zero.
func (r *Runner) Size(d *spec.Dataset) plan.Size {
	for _, t := range r.plan.Trainings {
		if data := r.data[t.Key]; data != nil && t.Dataset == d {
			return plan.Size{Signals: data.set.Len(), Fluxes: data.set.Dim()}
		}
	}
	return plan.Size{}
}

// Needs reports whether a training of the plan, by its index, has cells to be computed.
func (r *Runner) Needs(training int) bool { return r.data[r.plan.Trainings[training].Key] != nil }

// check reports priors that cannot be trained on their data and operators that
// cannot measure them.
func (r *Runner) check() error {
	var wrong spec.Errors
	refuse := func(section, name string, check func() []kind.KeyError) error {
		errs, err := kind.Try(name, func() ([]kind.KeyError, error) { return check(), nil })
		for _, e := range errs {
			key := strings.TrimSuffix(section+"."+e.Key, ".")
			wrong.Add(r.plan.File.Place(key), key, "%s", e.Problem)
		}
		return err
	}
	needed := r.needed()
	for _, t := range r.plan.Trainings {
		if !needed[t.Key] {
			continue
		}
		d := r.data[t.Key]
		err := refuse("priors."+t.Prior.Name, "prior "+t.Prior.Kind.Name, func() []kind.KeyError {
			return t.Prior.Config.Check(len(d.trainable()), d.set.Dim())
		})
		if err != nil {
			return err
		}
	}
	type problemAt struct {
		set     *datasets.Set
		problem *spec.Problem
	}
	checked := map[problemAt]bool{}
	for _, j := range r.jobs {
		if j.done() {
			continue
		}
		at := problemAt{r.dataFor(j).set, j.Point.Spec.Problem}
		if checked[at] {
			continue
		}
		checked[at] = true
		operator := at.problem.Operator
		err := refuse("problem", "operator "+operator.Kind.Name, func() []kind.KeyError {
			return operator.Config.Check(at.set.Wavelength)
		})
		if err != nil {
			return err
		}
	}
	return wrong.Err()
}

// dataFor returns the data of a job that is not done. All its trainings have the same.
func (r *Runner) dataFor(j *job) *data { return r.data[r.plan.Trainings[j.Trainings[0]].Key] }

// Run executes the plan. The result is never nil: with an error, which is ctx's, it
// holds what was finished. Cells that failed are in Result.Failures, and the status
// column of their rows says why.
func (r *Runner) Run(ctx context.Context, opt Options) (*Result, error) {
	w := &run{Runner: r, opt: opt, result: &Result{}}
	logged := map[*datasets.Set]bool{}
	for _, t := range r.plan.Trainings {
		if d := r.data[t.Key]; d != nil && !logged[d.set] {
			logged[d.set] = true
			opt.Log.Info("data", "name", d.set.Name, "fluxes", d.set.Dim(), "split_seed", t.Seeds.Split, "counts", d.counts)
		}
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
	opt    Options
	result *Result
	pace   pace // of messages in the log
	oracle oracle
	ended  *Ended // in the cache; nil until it is needed

	settled, first int       // cells that are done, and those that were from the start
	began          time.Time // when this process began to solve cells

	leaves bool          // leaves to other processes what they work on, and forgets rows
	kept   func([]*cell) // called with cells that are done, if not nil

	lastProblem problemOf // see family; of the goroutine that deals the cells
	lastFamily  operators.Family
	others      *Lookup // of what other processes have stored; if leaves, of the same goroutine
}

// warn adds a warning, unless it is there already.
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
		j := r.jobs[r.jobOf[i]]
		if !j.done() {
			continue
		}
		o := j.have
		rows, examples := o.selectFor(c)
		r.name(c, rows, examples)
		r.result.Signals = append(r.result.Signals, rows...)
		r.result.Examples = append(r.result.Examples, examples...)
		if asked := c.Point.Spec.Evaluate; o.dataset.Name != "" && len(rows) < asked.Signals && asked.Signals != spec.AllSignals {
			r.warn(fmt.Sprintf("evaluate.signals asks for %d, but the %s split has only %d: all of them are used", asked.Signals, asked.Split, len(rows)))
		}
		if o.dataset.Name != "" && !slices.ContainsFunc(r.result.Datasets, o.dataset.Equal) {
			r.result.Datasets = append(r.result.Datasets, o.dataset)
		}
		if counts := o.dataset.Counts; counts != nil {
			for _, n := range counts.Notes() {
				r.warn(fmt.Sprintf("dataset %s: %s", o.dataset.Name, n))
			}
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
