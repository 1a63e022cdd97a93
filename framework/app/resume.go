package app

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/reports"
)

// Resume finishes a run in its own folder. Finished cells and trained priors come
// from its cache, and a training goes on from its last saved state, so the results
// are those of a run that nothing disturbed. Edits may change where the data are,
// and nothing else.
//
// Beside the errors of Run there are *store.FindError, *DoneError, *ReplayError,
// *EditedError and *OtherDataError.
func (a *App) Resume(ctx context.Context, run string, edits []spec.Edit, o RunOptions) (*RunResult, error) {
	r, err := a.recorded(run, edits)
	switch {
	case err != nil:
		return nil, err
	case r.ReplayOf != "":
		return nil, &ReplayError{r.ID, r.ReplayOf}
	case r.Status == store.Done && r.complete():
		return nil, &DoneError{r.ID}
	}
	return a.execute(ctx, order{RunOptions: o, file: r.file, cache: a.cacheOf(r), resumed: r})
}

// recorded is what a run was asked to do.
type recorded struct {
	store.Manifest
	dir  string
	file *spec.File
}

// recorded reads what a run was asked to do. Edits may change where its data are.
func (a *App) recorded(name string, edits []spec.Edit) (*recorded, error) {
	dir, err := store.Find(a.Runs, name)
	if err != nil {
		return nil, err
	}
	r := &recorded{dir: dir}
	if r.Manifest, err = store.ReadManifest(dir); err != nil {
		return nil, err
	}
	ref := SpecRef{filepath.Join(dir, store.SpecFile), edits, math.MaxInt32} // it was run once
	if r.file, err = a.load(ref); err != nil {
		return nil, err
	}
	same, err := store.SpecUnchanged(dir, r.Manifest)
	if err != nil {
		return nil, err
	}
	// The hash of the resolved spec is of this version, which may know more keys
	// than the one that wrote the file.
	ref.Edits = nil
	unedited, err := a.load(ref)
	if err != nil {
		return nil, err
	}
	if !same || r.file.Hash() != unedited.Hash() {
		return nil, &EditedError{r.ID, ref.Name}
	}
	return r, nil
}

// complete reports whether the run has its tables and its report.
func (r *recorded) complete() bool {
	for _, name := range []string{store.SignalsFile, store.TrainingFile, store.ExamplesFile, reports.File} {
		if _, err := os.Stat(filepath.Join(r.dir, name)); err != nil {
			return false
		}
	}
	return true
}

// cacheOf is the cache that a run was made with or, where that is gone, the one
// beside it.
func (a *App) cacheOf(r *recorded) string {
	if _, err := os.Stat(r.Cache); a.Cache == "" && r.Cache != "" && err == nil {
		return r.Cache
	}
	return a.cacheBeside(filepath.Dir(r.dir))
}

// sameWork refuses to go on with other data under the name of the run. Another
// kernel or version computes all of it again, which is noted.
func (r *recorded) sameWork(now *plan.Plan, e Events) error {
	changes, err := now.Since(filepath.Join(r.dir, store.PlanFile))
	if err != nil || len(changes) == 0 {
		return err
	}
	var text []string
	for _, c := range changes {
		if strings.HasPrefix(c.Field, "dataset.") {
			return &OtherDataError{r.ID, filepath.Join(r.dir, store.SpecFile), now.File.Base.Dataset.Path, c}
		}
		text = append(text, c.String())
	}
	e.Note(fmt.Sprintf("not what run %s began with, so that nothing of it can be used: %s", r.ID, strings.Join(text, "; ")))
	return nil
}
