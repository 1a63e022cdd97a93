package app

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/runner"
	"sedlab/framework/search"
	"sedlab/framework/spec"
	"sedlab/framework/store"
)

// RunOptions say how to run. They do not change results, but for the kernel, by the last bits. A
// kernel is that of the whole process: until what it was named for ends, nothing else may compute.
type RunOptions struct {
	Workers    int           // number of goroutines that compute; 0 for all processors
	Checkpoint time.Duration // least time between two saved states of a training; 0 for as often as possible
	PDF        bool          // draw figures as PDF too
	Kernel     string        // KernelCommon or the name of a kernel; "" for the fastest
	Note       string        // what a new run is noted to be for; see App.SetNote
	Command    []string      // the command that started the run, for its manifest
	Events     Events        // nil for none
}

// RunResult is a run that has ended.
type RunResult struct {
	store.Manifest
	Dir    string   `json:"dir"`
	Report *Summary `json:"results"` // nil if nothing was drawn
}

// Run runs a spec in a new folder: it trains the priors, reconstructs the signals of
// every cell, and writes tables, figures and a report. Nothing that the cache has is
// computed again.
//
// The error is a *spec.Errors, an *InputError, an *InterruptedError, a
// *FailedCellsError, an *UnsavedError, a *store.NoteError, or about a file. Once the run has a folder, Run
// returns a result even with an error.
func (a *App) Run(ctx context.Context, ref SpecRef, o RunOptions) (*RunResult, error) {
	file, err := a.load(ref)
	if err != nil {
		return nil, err
	}
	return a.execute(ctx, order{RunOptions: o, file: file, cache: a.caches(a.Runs)})
}

// order is a run to be executed.
type order struct {
	RunOptions
	file     *spec.File
	cache    folders
	resumed  *recorded // the run to resume in its own folder; nil for a new run
	replayOf string    // the id of the run that this new one repeats
	submits  bool      // makes the run's folder, and leaves the work to others
}

// execute takes a run from its spec to its report: it opens the cache, identifies the
// data and plans, checks the plan, loads the data, opens the run's folder, runs rung
// after rung, saves, and draws. Everything that can be checked without a folder is
// checked before there is one.
func (a *App) execute(ctx context.Context, o order) (result *RunResult, err error) {
	if err := store.CheckNote(o.Note); err != nil {
		return nil, err
	}
	restore, err := setKernel(o.Kernel)
	if err != nil {
		return nil, &QueryError{err}
	}
	defer restore()
	ctx = a.withMemory(ctx)
	o.Events, o.Workers = orQuiet(o.Events), cmp.Or(o.Workers, runtime.GOMAXPROCS(0))
	c, err := o.cache.open(ctx, o.Events)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	work, err := search.New(o.file, thisMachine(), identify(ctx, c.Digest))
	if err != nil {
		return nil, err
	}
	if err := o.resumed.check(work.Plan(), o.Events); err != nil {
		return nil, err
	}
	if err := a.afford(work.Plan(), knownSize(), func(i int) bool { return !c.Has(cache.Priors, work.Plan().Trainings[i].Key) }); err != nil {
		return nil, err
	}
	first, err := runner.Load(ctx, work.Rung(), c, a.catalog.Scores, o.Events)
	if err != nil {
		return nil, err
	}
	if err := a.afford(work.Plan(), first.Size, first.Needs); err != nil {
		return nil, err
	}
	run, err := o.open(a.Runs, work, c.Dirs())
	if err != nil {
		return nil, err
	}
	if o.submits {
		err := run.Submit()
		return &RunResult{Manifest: run.Manifest, Dir: run.Dir}, err
	}
	found, err := a.climb(ctx, work, first, c, run, o.RunOptions)
	status, err := conclude(run, work, found, err)
	announce(found, o.Events, run)
	return a.finish(ctx, run, found, status, err, o.PDF)
}

// open makes the run's folder or, if the run is resumed, opens the old one.
func (o order) open(root string, work *search.Search, caches []string) (*store.Run, error) {
	if o.resumed != nil {
		return store.Reopen(o.resumed.dir, time.Now(), o.Command, work.Plan())
	}
	resolved, err := o.file.YAML()
	if err != nil {
		return nil, err
	}
	m := store.NewManifest(o.file.Base.Name, time.Now(), o.Command)
	m.Question, m.SpecHash, m.Workers, m.ReplayOf = o.file.Question, o.file.Hash(), o.Workers, o.replayOf
	m.Note = o.Note
	if o.replayOf == "" {
		for i, dir := range caches {
			if caches[i], err = filepath.Abs(dir); err != nil {
				return nil, err
			}
		}
		m.Cache, m.ReadCaches = caches[0], caches[1:]
	}
	if m.Cells.Total, _, err = work.Count(); err != nil {
		return nil, err
	}
	for _, c := range work.Plan().Cells {
		for _, seed := range c.Point.Spec.Seeds.Distinct() {
			if slices.Contains(m.Seeds, seed) {
				continue
			}
			m.Seeds = append(m.Seeds, seed)
		}
	}
	return store.Create(root, m, resolved, work.Plan())
}
