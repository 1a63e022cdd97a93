package app

import (
	"fmt"
	"strings"
	"time"

	"sedlab/datasets"
	"sedlab/framework/plan"
	"sedlab/framework/store"
	"sedlab/internal/record"
)

// InputError reports a data set that cannot be used, through no fault of the spec.
type InputError = datasets.InputError

// RangeError is the cause of an InputError: a flux that float32 cannot hold.
type RangeError = datasets.RangeError

// FileError is a problem with the file of a prior that a training begins with.
type FileError = plan.FileError

// LargeTableError reports a table of a run that takes more memory than App.MaxTable allows.
type LargeTableError = record.LimitError

// InterruptedError reports a run whose context was cancelled. Finished work is kept.
type InterruptedError struct {
	Dir         string // the run's folder
	ReplayOf    string // the id of the run that it repeats, if any
	Done, Total int    // numbers of cells
	Err         error  // the context's error
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("interrupted: %d of %d cells are kept in %s", e.Done, e.Total, e.Dir)
}

// Unwrap returns the context's error.
func (e *InterruptedError) Unwrap() error { return e.Err }

// StoppedError reports a share of a run's work whose context was cancelled. What is
// finished is kept.
type StoppedError struct {
	Dir   string // the run's folder
	Cause error  // of the context
}

func (e *StoppedError) Error() string {
	return fmt.Sprintf("not finished: %v; what is done is in the cache", e.Cause)
}

// Unwrap returns the cause.
func (e *StoppedError) Unwrap() error { return e.Cause }

// StepsError reports trainings or cells that have failed, and would fail again.
type StepsError struct {
	Dir    string     // the run's folder
	Failed int        // number of them
	First  store.Step // the first one
}

func (e *StepsError) Error() string {
	return fmt.Sprintf("%d steps failed; the first: %s %s, prior %s: %s", e.Failed, e.First.Kind, e.First.ID, e.First.Prior, e.First.Error)
}

// LaterError reports work that could not be done here and now, for reasons that are not in
// the work: another machine may do it, or this one later.
type LaterError struct{ Err error }

func (e *LaterError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *LaterError) Unwrap() error { return e.Err }

// UnfitError is the cause of a LaterError that another machine, and not this one later, may mend.
type UnfitError struct{ Err error }

func (e *UnfitError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UnfitError) Unwrap() error { return e.Err }

// IncompleteError reports a run whose results were gathered before all of them were there.
type IncompleteError struct {
	Dir         string // the run's folder
	Done, Total int    // numbers of cells
	Failure     string // why the first of the others failed, if one did
}

func (e *IncompleteError) Error() string {
	text := fmt.Sprintf("not complete: %d of %d cells are done", e.Done, e.Total)
	if e.Failure != "" {
		text += "; the first failure: " + e.Failure
	}
	return text
}

// PausedError reports work on spectra whose context was cancelled. What is done is kept.
type PausedError struct {
	Kept string // such as 64 spectra
	Part string // where
	Err  error  // the context's error
}

func (e *PausedError) Error() string {
	return fmt.Sprintf("interrupted: %s kept in %s; the same command goes on from there", e.Kept, e.Part)
}

// Unwrap returns the context's error.
func (e *PausedError) Unwrap() error { return e.Err }

// noteResumed says that interrupted work goes on, if it does.
func noteResumed(out string, resumed bool, e Events) {
	if resumed {
		e.Note(partOf(out) + ": going on from what an interrupted command has done")
	}
}

// FailedCellsError reports a run in which some cells have no result.
type FailedCellsError struct {
	Dir           string
	Failed, Total int
}

func (e *FailedCellsError) Error() string {
	return fmt.Sprintf("%d of %d cells failed", e.Failed, e.Total)
}

// UnsavedError reports a run whose tables or report could not be written. Its cells are
// in the cache.
type UnsavedError struct {
	Dir string
	Err error
}

func (e *UnsavedError) Error() string { return fmt.Sprintf("%v; the cells are in the cache", e.Err) }

// Unwrap returns the cause.
func (e *UnsavedError) Unwrap() error { return e.Err }

// DoneError reports a run with nothing left to resume.
type DoneError struct{ ID string }

func (e *DoneError) Error() string { return "run " + e.ID + " is done; there is nothing left to do" }

// ReplayError reports a run that cannot be resumed, because it repeats another run and
// must do so from the start.
type ReplayError struct{ ID, ReplayOf string }

func (e *ReplayError) Error() string {
	return fmt.Sprintf("run %s repeats %s, which it must do from the start", e.ID, e.ReplayOf)
}

// ChangeError reports edits that would change more of a run than where its data are.
type ChangeError struct{ ID string }

func (e *ChangeError) Error() string {
	return fmt.Sprintf("run %s: is repeated as it was run", e.ID)
}

// OtherDataError reports a run that cannot go on because its data have changed.
type OtherDataError struct {
	ID, Spec string // the run's id, and the path of its spec
	Path     string // the path of the data
	Change   plan.Change
}

func (e *OtherDataError) Error() string {
	return fmt.Sprintf("dataset %s: is not what run %s began with: %v", e.Path, e.ID, e.Change)
}

// FolderError reports a folder that is needed but cannot be used.
type FolderError struct{ Folder, Problem string }

func (e *FolderError) Error() string { return e.Folder + ": " + e.Problem }

// SharedCacheError reports a cache that runs in other folders may use too.
type SharedCacheError struct{ Cache, Runs string }

func (e *SharedCacheError) Error() string {
	return fmt.Sprintf("cache %s: is not the one of the runs in %s, and others may use it", e.Cache, e.Runs)
}

// LongTrainingError reports trainings that would be lost and took long, or that are not
// finished and may have taken long.
type LongTrainingError struct {
	Cache      string
	Trainings  int           // number of priors that took more than LongTraining
	Took       time.Duration // all of them together
	Unfinished int           // number of states of trainings without a prior
}

func (e *LongTrainingError) Error() string { return "cache " + e.Cache + ": would lose " + e.Lost() }

// Lost says what would be lost.
func (e *LongTrainingError) Lost() string {
	var parts []string
	if e.Trainings > 0 {
		parts = append(parts, fmt.Sprintf("trainings of more than %v (number: %d, together: %v)", LongTraining, e.Trainings, e.Took.Round(time.Second)))
	}
	if e.Unfinished > 0 {
		parts = append(parts, fmt.Sprintf("unfinished trainings (number: %d)", e.Unfinished))
	}
	return strings.Join(parts, " and ")
}

// QueryError reports a query that names something unknown, such as a column or a key
// that no run has.
type QueryError struct{ error }

// KeyError reports a key that has no value in a spec.
type KeyError struct{ Key, Near string } // Near is a similar key, if there is one

func (e *KeyError) Error() string {
	text := fmt.Sprintf("key %s: has no value in this spec", e.Key)
	if e.Near != "" {
		text += fmt.Sprintf("; did you mean %q?", e.Near)
	}
	return text
}

// SourceError reports a source of data that is not in the catalog, or that cannot be
// used in the way asked for.
type SourceError struct {
	Name      string
	Problem   string
	NeedsPath bool   // the source reads a file, but none is named
	Reads     string // if Name is the path of a file: a source that may read it
}

func (e *SourceError) Error() string {
	switch {
	case e.NeedsPath:
		return fmt.Sprintf("source %s needs a file", e.Name)
	case e.Reads != "":
		return e.Name + " is no source but a file"
	}
	return fmt.Sprintf("source %q: %s", e.Name, e.Problem)
}
