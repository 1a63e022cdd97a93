package app

import (
	"fmt"
	"path/filepath"

	"sedlab/datasets"
	"sedlab/framework/plan"
)

// InputError is a data set that cannot be used, through no fault of the spec.
type InputError = datasets.InputError

// InterruptedError is a run whose context was cancelled. What is finished is kept.
type InterruptedError struct {
	Dir         string // of the run
	ReplayOf    string // the id of the run that it repeats, if any
	Done, Total int    // cells
	Err         error  // the context's
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("interrupted: %d of %d cells are kept in %s", e.Done, e.Total, e.Dir)
}

// Unwrap returns the context's error.
func (e *InterruptedError) Unwrap() error { return e.Err }

// FailedCellsError is a run in which some cells have no result.
type FailedCellsError struct {
	Dir           string
	Failed, Total int
}

func (e *FailedCellsError) Error() string {
	return fmt.Sprintf("%d of %d cells failed", e.Failed, e.Total)
}

// UnsavedError is a run whose tables or report could not be written. The cache has
// its cells.
type UnsavedError struct {
	Dir string
	Err error
}

func (e *UnsavedError) Error() string { return fmt.Sprintf("%v; the cells are in the cache", e.Err) }

// Unwrap returns the cause.
func (e *UnsavedError) Unwrap() error { return e.Err }

// DoneError is a run that has nothing left to resume.
type DoneError struct{ ID string }

func (e *DoneError) Error() string { return "run " + e.ID + " is done; there is nothing left to do" }

// ReplayError is a run that cannot be resumed because it repeats another, which it
// must do from the start.
type ReplayError struct{ ID, ReplayOf string }

func (e *ReplayError) Error() string {
	return fmt.Sprintf("run %s repeats %s, which it must do from the start", e.ID, e.ReplayOf)
}

// EditedError is a run whose spec, a path, is no longer what was run.
type EditedError struct{ ID, Spec string }

func (e *EditedError) Error() string {
	return fmt.Sprintf("run %s: %s is not what was run", e.ID, filepath.Base(e.Spec))
}

// OtherDataError is a run that cannot go on because its data have changed.
type OtherDataError struct {
	ID, Spec string // of the run, and its spec's path
	Path     string // of the data
	Change   plan.Change
}

func (e *OtherDataError) Error() string {
	return fmt.Sprintf("dataset %s: is not what run %s began with: %v", e.Path, e.ID, e.Change)
}

// FolderError is a folder that is needed and cannot be used.
type FolderError struct{ Folder, Problem string }

func (e *FolderError) Error() string { return e.Folder + ": " + e.Problem }

// SharedCacheError is a cache that runs in other folders may use as well.
type SharedCacheError struct{ Cache, Runs string }

func (e *SharedCacheError) Error() string {
	return fmt.Sprintf("cache %s: is not the one of the runs in %s, and others may use it", e.Cache, e.Runs)
}

// QueryError is a question that no run, key or column can answer.
type QueryError struct{ error }

// KeyError is a key that has no value in a spec.
type KeyError struct{ Key, Near string } // Near is a similar key, if there is one

func (e *KeyError) Error() string {
	text := fmt.Sprintf("key %s: has no value in this spec", e.Key)
	if e.Near != "" {
		text += fmt.Sprintf("; did you mean %q?", e.Near)
	}
	return text
}

// SourceError is a source of data that is not in the catalog, or cannot be used as
// it was asked for.
type SourceError struct {
	Name      string
	Problem   string
	NeedsPath bool   // it is a source that reads a file, and none is named
	Reads     string // Name is the path of a file, which this source may read
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
