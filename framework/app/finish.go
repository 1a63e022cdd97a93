package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/runner"
	"sedlab/framework/search"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/reports"
)

// climb runs a search rung after rung; the first rung is loaded already. Even on an
// error it returns what was found.
func (a *App) climb(ctx context.Context, work *search.Search, rung *runner.Runner, c *cache.Cache, run *store.Run, o RunOptions) (*runner.Result, error) {
	found := &runner.Result{}
	for {
		part, err := rung.Run(ctx, runner.Options{
			RunID: run.Manifest.ID, Workers: o.Workers, Progress: o.Events, Log: run.Log, Checkpoint: o.Checkpoint,
		})
		found.Append(part)
		if err != nil {
			return found, err
		}
		if more, err := next(work, part.Signals, c); err != nil || !more {
			return found, err
		}
		run.Log.Info("rung", "trainings", len(work.Rung().Trainings), "cells", len(work.Rung().Cells))
		if err := run.SavePlan(work.Plan()); err != nil {
			return found, err
		}
		if rung, err = runner.Load(ctx, work.Rung(), c, a.catalog.Scores, o.Events); err != nil {
			return found, err
		}
	}
}

// next moves on to the next rung, if there is one, and removes the saved states of the
// trainings that do not go on.
func next(work *search.Search, rows []record.Signal, c *cache.Cache) (more bool, err error) {
	more, dropped, err := work.Next(rows)
	for _, t := range dropped {
		err = errors.Join(err, runner.Forget(c, t))
	}
	return more, err
}

// conclude notes in the manifest what was found, and returns the error with which the
// run ends. err is what ended the climb.
func conclude(run *store.Run, work *search.Search, found *runner.Result, err error) (store.Status, error) {
	m := &run.Manifest
	total, _, countErr := work.Count()
	if err == nil {
		err = countErr
	}
	m.Cells = store.Cells{Total: total, Done: found.CellsDone, Cached: found.CellsCached}
	m.Datasets, m.Results = found.Datasets, store.Summarise(found.Signals)
	without := 0
	for _, r := range m.Results {
		without += r.Rows - r.Results
	}
	if without > 0 && len(found.Failures) == 0 {
		found.Warnings = append(found.Warnings, fmt.Sprintf("%d rows have no result; the column status says why", without))
	}
	m.Notes = found.Warnings
	switch {
	case errors.As(err, new(*IncompleteError)):
		return store.Interrupted, err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return store.Interrupted, &InterruptedError{run.Dir, m.ReplayOf, found.CellsDone, total, err}
	case err != nil:
		m.Error = err.Error()
		return store.Failed, err
	case len(found.Failures) > 0:
		m.Error = fmt.Sprintf("%s: %v", found.Failures[0].Cell, found.Failures[0].Err)
		return store.Failed, &FailedCellsError{run.Dir, len(found.Failures), total}
	}
	return store.Done, nil
}

// lateSaving is how long an interrupted run may take to write its tables. Without them, its
// cells are in the cache all the same.
const lateSaving = 3 * time.Second

// finish writes the tables and the report, and closes the run. The run counts as done
// only if everything is saved and drawn.
func (a *App) finish(ctx context.Context, run *store.Run, found *runner.Result, status store.Status, err error, pdf bool) (*RunResult, error) {
	result, late := &RunResult{Dir: run.Dir}, ctx.Err() != nil
	if late {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(context.WithoutCancel(ctx), lateSaving)
		defer stop()
	}
	attempts, saveErr := store.Attempts(run.Dir)
	run.Manifest.Work = store.SumUp(attempts)
	saveErr = errors.Join(saveErr, run.SaveTables(ctx, found.Signals, found.Training, found.Examples), run.SaveManifest())
	if saveErr == nil && len(found.Signals) > 0 && !late {
		if result.Report, saveErr = a.report(ctx, run.Dir, pdf); saveErr == nil {
			run.Manifest.Claims, saveErr = json.Marshal(verdicts(result.Report.Claims))
		}
	}
	switch m := &run.Manifest; {
	case saveErr != nil && status != store.Interrupted && errors.Is(saveErr, context.Canceled):
		status, saveErr = store.Interrupted, &InterruptedError{run.Dir, m.ReplayOf, m.Cells.Done, m.Cells.Total, ctx.Err()}
	case saveErr != nil:
		saveErr = &UnsavedError{run.Dir, saveErr}
		if status == store.Done {
			status, run.Manifest.Error = store.Failed, saveErr.Error()
		}
	}
	err = errors.Join(err, saveErr, run.Finish(status, time.Now()))
	result.Manifest = run.Manifest
	return result, err
}

// verdicts returns the claims that were tested, with the numbers behind the verdicts and
// without the texts that are the same in every run.
func verdicts(claims []reports.Claim) []reports.Claim {
	tested := []reports.Claim{}
	for _, c := range claims {
		if c.Verdict != reports.NotTested {
			c.Rule, c.Missing, c.Table = "", "", nil
			tested = append(tested, c)
		}
	}
	return tested
}

// announce sends notes on anything that a reader of the results should know.
func announce(found *runner.Result, e Events, run *store.Run) {
	for _, w := range found.Warnings {
		e.Note(w)
		run.Log.Warn(w)
	}
	for _, f := range found.Failures {
		e.Failed(f)
	}
}
