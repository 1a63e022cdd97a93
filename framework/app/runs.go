package app

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"sedlab/framework/store"
)

// ListOptions say which runs to list, in which order.
type ListOptions struct {
	store.Query
	Sort    string // the name of a column, as in store.FindColumn; empty for the newest first
	Reverse bool
	Limit   int // the most runs to list; 0 for all
}

// List returns the runs that are asked for. The error is a *QueryError if the options
// name something unknown.
func (a *App) List(o ListOptions) ([]store.Summary, error) {
	list, _, err := a.ListColumns(o)
	return list, err
}

// ListColumns returns the runs that are asked for and the columns with some names, which
// are those of store.FindColumn. Its error is that of List.
func (a *App) ListColumns(o ListOptions, names ...string) ([]store.Summary, []store.Column, error) {
	all, err := store.List(a.Runs)
	if err != nil {
		return nil, nil, fmt.Errorf("runs: %w", err)
	}
	list, err := o.Select(all)
	if err != nil {
		return nil, nil, &QueryError{err}
	}
	order, err := store.FindColumn(all, a.Metrics(), cmp.Or(o.Sort, "started"))
	if err != nil {
		return nil, nil, &QueryError{fmt.Errorf("sort %w", err)}
	}
	var columns []store.Column
	for i, name := range names {
		c, err := store.FindColumn(all, a.Metrics(), name)
		if err == nil && slices.Contains(names[:i], name) {
			err = fmt.Errorf("%q: is named twice", name)
		}
		if err != nil {
			return nil, nil, &QueryError{fmt.Errorf("column %w", err)}
		}
		columns = append(columns, c)
	}
	store.Sort(list, order, o.Reverse)
	if o.Limit > 0 && len(list) > o.Limit {
		list = list[:o.Limit]
	}
	return append([]store.Summary{}, list...), columns, nil
}

// Folder returns the folder of the run with an id, which is neither a path nor the beginning
// of an id. The folder need not have a manifest. The error is a *store.FindError.
func (a *App) Folder(id string) (string, error) { return store.Folder(a.Runs, id) }

// Tag changes the tags of a run and returns the new tags. "+word" adds a tag, "-word"
// removes one. The error is a *store.TagError if a change cannot be read.
func (a *App) Tag(run string, changes ...string) ([]string, error) {
	dir, err := store.Find(a.Runs, run)
	if err != nil {
		return nil, err
	}
	tags, err := store.Tag(dir, changes...)
	return append([]string{}, tags...), err
}

// Note returns the note of a run.
func (a *App) Note(run string) (string, error) {
	dir, err := store.Find(a.Runs, run)
	if err != nil {
		return "", err
	}
	return store.ReadNote(dir)
}

// SetNote replaces the note of a run; an empty text removes it. The error is a
// *store.NoteError if the text cannot be a note.
func (a *App) SetNote(run, text string) error {
	dir, err := store.Find(a.Runs, run)
	if err != nil {
		return err
	}
	return store.WriteNote(dir, text)
}

// Removed is a run that was moved to the trash; moving it back restores it.
type Removed struct {
	From string `json:"from"`
	To   string `json:"to,omitempty"`
}

// Remove moves run folders to the trash beside them. It leaves a run alone while a
// process is writing to it, and returns an error; the others are moved all the same.
func (a *App) Remove(dirs ...string) ([]Removed, error) {
	moved := []Removed{}
	var failed error
	for _, dir := range dirs {
		to, err := store.Remove(dir)
		failed = errors.Join(failed, err)
		if to != "" {
			moved = append(moved, Removed{dir, to})
		}
	}
	return moved, failed
}

// EmptyTrash deletes the runs in the trash for good, and returns their number.
func (a *App) EmptyTrash() (int, error) { return store.EmptyTrash(a.Runs) }

// Find returns the folders of the named runs, each once. If before is not zero, it
// leaves out runs that began later or cannot be read; without names it then returns all
// remaining runs that are not running.
func (a *App) Find(before time.Time, runs ...string) (dirs []string, err error) {
	if len(runs) == 0 && !before.IsZero() {
		list, err := store.List(a.Runs)
		for _, s := range list {
			if s.Status != store.Unreadable && s.Status != store.Running && s.Started.Before(before) {
				dirs = append(dirs, filepath.Join(a.Runs, s.ID))
			}
		}
		return dirs, err
	}
	for _, run := range runs {
		dir, err := store.Find(a.Runs, run)
		if err != nil {
			return nil, err
		}
		m, err := store.ReadManifest(dir)
		fits := before.IsZero() || err == nil && m.Started.Before(before)
		if fits && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}
