package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/dataset"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/search"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/sealed"
	"sedlab/reports"
)

// start is how a run begins: check looks at its plan before any data are read, and
// may be nil; open makes or opens its folder when all that can be checked before
// is right.
type start struct {
	check func(*plan.Plan) error
	open  func(*search.Search) (*store.Run, error)
}

// execute runs a spec over a cache.
func (a *app) execute(ctx context.Context, file *spec.File, f runFlags, cacheDir string, begin start) (r *store.Run, err error) {
	c, err := cache.Open(ctx, cacheDir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	s, err := search.New(file, a.kinds, identify(ctx, c.Digest))
	if err == nil {
		err = s.Plan().Unread
	}
	if err == nil && begin.check != nil {
		err = begin.check(s.Plan())
	}
	if err != nil {
		return nil, err
	}
	bars := newBars(a.stderr)
	defer bars.close()
	loaded, err := runner.Load(ctx, s.Rung(), c, bars)
	if err != nil {
		return nil, err
	}
	if r, err = begin.open(s); err != nil {
		return nil, err
	}
	result, err := climb(ctx, s, loaded, c, r, runner.Options{
		RunID: r.Manifest.ID, Scores: a.scores, Workers: f.workers, Progress: bars, Log: r.Log, Checkpoint: f.checkpoint,
	})
	bars.close()
	return r, a.finish(r, s, result, err, f)
}

// climb runs a search, of which the first rung is loaded, rung after rung. Its
// result is never nil. The states of trainings that do not go on are removed.
func climb(ctx context.Context, s *search.Search, loaded *runner.Runner, c *cache.Cache, r *store.Run, o runner.Options) (*runner.Result, error) {
	result := &runner.Result{}
	for {
		rung, err := loaded.Run(ctx, o)
		result.Append(rung)
		if err != nil {
			return result, err
		}
		more, err := s.Next(rung.Signals)
		for _, t := range s.Dropped() {
			err = errors.Join(err, runner.Forget(c, t))
		}
		if err != nil || !more {
			return result, err
		}
		r.Log.Info("rung", "trainings", len(s.Rung().Trainings), "cells", len(s.Rung().Cells))
		steps, err := sealed.Marshal(s.Plan())
		if err == nil {
			err = r.SavePlan(steps)
		}
		if err == nil {
			loaded, err = runner.Load(ctx, s.Rung(), c, o.Progress)
		}
		if err != nil {
			return result, err
		}
	}
}

// identify returns what tells a plan which data a section stands for.
func identify(ctx context.Context, digest func(context.Context, string) (string, error)) plan.Identify {
	return func(d spec.Dataset, seed uint64) (dataset.Identity, error) {
		return dataset.Identify(ctx, dataset.Options{Source: d.Source, Path: d.Path, Size: d.Size, Seed: seed}, digest)
	}
}

// create makes the run's folder. replayOf is the run that it repeats, if any.
func (a *app) create(s *search.Search, f runFlags, cacheDir, replayOf string) (*store.Run, error) {
	p := s.Plan()
	resolved, err := p.File.YAML()
	if err != nil {
		return nil, err
	}
	steps, err := sealed.Marshal(p)
	if err != nil {
		return nil, err
	}
	m := store.NewManifest(p.File.Base.Name, time.Now(), a.args)
	m.Question, m.SpecHash, m.Workers, m.ReplayOf = p.File.Question, p.File.Hash(), f.workers, replayOf
	if replayOf == "" {
		if m.Cache, err = filepath.Abs(cacheDir); err != nil {
			return nil, err
		}
	}
	if m.Cells.Total, _, err = s.Count(); err != nil {
		return nil, err
	}
	for _, c := range p.Cells {
		if seed := c.Point.Spec.Seed; !slices.Contains(m.Seeds, seed) {
			m.Seeds = append(m.Seeds, seed)
		}
	}
	return store.Create(f.root, m, resolved, steps)
}

// finish saves what there is, draws it, and says how the run ended.
func (a *app) finish(r *store.Run, s *search.Search, result *runner.Result, runErr error, f runFlags) error {
	m := &r.Manifest
	m.Datasets, m.Cells.Done, m.Cells.Cached = result.Datasets, result.CellsDone, result.CellsCached
	m.Results, m.Notes = store.Summarise(result.Signals), result.Warnings
	total, _, err := s.Count()
	if runErr == nil {
		runErr = err
	}
	m.Cells.Total = total
	status := store.Done
	switch {
	case errors.Is(runErr, context.Canceled):
		status = store.Interrupted
		runErr = interrupted{runErr, fmt.Sprintf("interrupted: %d of %d cells are kept in %s; %s", result.CellsDone, total, r.Dir, goOn(m, r.Dir))}
	case runErr != nil:
		status, m.Error = store.Failed, runErr.Error()
	case len(result.Failures) > 0:
		status = store.Failed
		runErr = failedCells{len(result.Failures), total, r.Dir}
		m.Error = fmt.Sprintf("%s: %v", result.Failures[0].Cell, result.Failures[0].Err)
	}
	if n := withoutResult(result); n > 0 && len(result.Failures) == 0 {
		result.Warnings = append(result.Warnings, fmt.Sprintf("%d rows have no result; the column status says why", n))
		m.Notes = result.Warnings
	}
	for _, w := range result.Warnings {
		fmt.Fprintln(a.stderr, "sedlab: note:", w)
		r.Log.Warn(w)
	}
	for _, x := range result.Failures {
		fmt.Fprintf(a.stderr, "sedlab: cell %s: %v\n", x.Cell, x.Err)
	}
	saveErr := errors.Join(r.SaveTables(result.Signals, result.Training, result.Examples), r.SaveManifest())
	var summary *reports.Summary
	if saveErr == nil && len(result.Signals) > 0 && status != store.Interrupted {
		summary, saveErr = a.report(r.Dir, f.pdf)
	}
	// Only what is saved and drawn is done.
	if saveErr != nil {
		saveErr = fmt.Errorf("%w; the cells are in the cache: sedlab resume %s goes on", saveErr, r.Dir)
		if status == store.Done {
			status, m.Error = store.Failed, saveErr.Error()
		}
	}
	err = errors.Join(runErr, saveErr, r.Finish(status, time.Now()))
	if summary == nil {
		return err
	}
	return errors.Join(err, a.printRun(r, summary, f.json))
}

// interrupted is a run that was called off, and what is there of it.
type interrupted struct {
	cause error
	text  string
}

func (e interrupted) Error() string { return e.text }

// Unwrap returns the context's error.
func (e interrupted) Unwrap() error { return e.cause }

// goOn says how to go on with a run that ended early.
func goOn(m *store.Manifest, dir string) string {
	if m.ReplayOf != "" {
		return "sedlab replay " + m.ReplayOf + " starts over"
	}
	return fmt.Sprintf("sedlab resume %s goes on from there, sedlab report %s draws them", dir, dir)
}

// withoutResult counts the rows of signals that failed.
func withoutResult(result *runner.Result) (n int) {
	for _, s := range result.Signals {
		if s.Status != record.StatusOK {
			n++
		}
	}
	return n
}

// printRun prints where the results are and what they say.
func (a *app) printRun(r *store.Run, s *reports.Summary, asJSON bool) error {
	if asJSON {
		return printJSON(a.stdout, struct {
			store.Manifest
			Dir    string           `json:"dir"`
			Report *reports.Summary `json:"results"`
		}{r.Manifest, r.Dir, s})
	}
	m := r.Manifest
	took := time.Duration(m.Seconds * float64(time.Second)).Round(100 * time.Millisecond)
	fmt.Fprintf(a.stdout, "%s: %s, %d of %d cells in %s", m.Name, m.Status, m.Cells.Done, m.Cells.Total, took)
	if m.Cells.Cached > 0 {
		fmt.Fprintf(a.stdout, ", %d from the cache", m.Cells.Cached)
	}
	fmt.Fprintln(a.stdout)
	for _, c := range s.Claims {
		if c.Verdict == reports.NotTested {
			continue
		}
		fmt.Fprintf(a.stdout, "  %s %s: %s\n", c.Prior, c.Verdict, c.Claim)
	}
	if len(s.Best) > 0 {
		b := s.Best[0]
		fmt.Fprintf(a.stdout, "  best by %s: %s: %.3g over %d reconstructions\n", b.By, b, b.Score, b.Rows)
	}
	fmt.Fprintln(a.stdout, s.Report)
	for _, figure := range s.Figures {
		fmt.Fprintln(a.stdout, figure)
	}
	return nil
}
