package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sedlab/framework/cache"
	"sedlab/framework/compare"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/disk"
	"sedlab/internal/f32"
	"sedlab/internal/record"
	"sedlab/internal/sums"
	"sedlab/reports"
)

// Resume finishes a run in its own folder. Finished cells and trained priors come from
// its cache, and a training goes on from its last saved state, so the results are those
// of an undisturbed run. Edits may change only where the data are. It computes with the run's
// kernel, unless this machine lacks it or the options name one.
//
// In addition to the errors of Run, it may return a *store.FindError, *DoneError,
// *ReplayError, *ChangeError, *store.EditedError or *OtherDataError.
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
	if o.Kernel == "" {
		if restore, err := useKernel(r); err == nil { // else everything is computed again, which check notes
			defer restore()
		}
	}
	return a.execute(ctx, order{RunOptions: o, file: r.file, cache: a.cachesOf(r), resumed: r})
}

// recordedOptions returns the options for reading the spec of a run.
func (a *App) recordedOptions(edits []spec.Edit) spec.Options {
	o := a.options(SpecRef{Edits: edits})
	o.Recorded, o.MaxCells = true, math.MaxInt32 // the limit did not stop it when it ran
	return o
}

// recorded is what a run was asked to do.
type recorded struct {
	store.Manifest
	dir  string
	file *spec.File
}

// recorded reads what a run was asked to do. Edits may change where its data are.
func (a *App) recorded(name string, edits []spec.Edit) (*recorded, error) {
	return a.recordedAs(name, a.recordedOptions(edits))
}

// recordedLater is like recorded, but leaves the points of the sweep to spec.File.PointsAt.
func (a *App) recordedLater(name string) (*recorded, error) {
	o := a.recordedOptions(nil)
	o.Later = true
	return a.recordedAs(name, o)
}

func (a *App) recordedAs(name string, o spec.Options) (*recorded, error) {
	dir, err := store.Find(a.Runs, name)
	if err != nil {
		return nil, err
	}
	r := &recorded{dir: dir}
	if r.Manifest, err = store.ReadManifest(dir); err != nil {
		return nil, err
	}
	if r.file, err = readSpec(dir, o); err != nil {
		return nil, err
	}
	if _, err := store.ReadSettings(dir, r.Manifest); err != nil {
		return nil, err
	}
	if len(o.Edits) == 0 {
		return r, nil
	}
	// The hash of the resolved spec would prove nothing: the version that wrote the file
	// may have known fewer keys.
	unedited, err := a.readSpec(dir)
	if err != nil {
		return nil, err
	}
	if r.file.Hash() != unedited.Hash() {
		return nil, &ChangeError{r.ID}
	}
	return r, nil
}

// complete reports whether the run has its tables and its report.
func (r *recorded) complete() bool {
	names := []string{store.SignalsFile, store.TrainingFile, store.ExamplesFile, reports.File}
	if r.LogSum != "" {
		names = append(names, sums.File)
	}
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(r.dir, name)); err != nil {
			return false
		}
	}
	return true
}

// cachesOf returns the caches that a run was made with, as far as they still exist. If
// others are named, or the one that took what was new is gone, it returns those that a new
// run beside it would have.
func (a *App) cachesOf(r *recorded) folders {
	f := a.caches(filepath.Dir(r.dir))
	if len(f.named) == 0 && r.Cache != "" && isCache(r.Cache) == nil {
		f.named = append([]string{r.Cache}, r.ReadCaches...)
		f.named = slices.DeleteFunc(f.named, func(dir string) bool { return isCache(dir) != nil })
	}
	return f
}

// sharedCaches returns the caches that a run was made with, or those that are named. Processes on
// other machines work with the same ones, so no other stands in for one that is not there: this
// machine may only not see it. The error is then a *LaterError.
func (a *App) sharedCaches(r *recorded) (folders, error) {
	f := a.caches(filepath.Dir(r.dir))
	if len(f.named) > 0 || r.Cache == "" {
		return f, nil
	}
	f.named = append([]string{r.Cache}, r.ReadCaches...)
	for _, dir := range f.named {
		err := isCache(dir)
		if errors.As(err, new(*FolderError)) {
			err = &LaterError{fmt.Errorf("run %s needs its cache: %w", r.ID, err)}
		}
		if err != nil {
			return f, later(err)
		}
	}
	return f, nil
}

// check refuses to resume a run with other data. It accepts a nil run, which is a new
// one. With another kernel or version everything is computed again; check notes that.
func (r *recorded) check(now *plan.Plan, e Events) error {
	if r == nil {
		return nil
	}
	changes, err := r.changes(now)
	if err != nil || len(changes) == 0 {
		return err
	}
	var text []string
	for _, c := range changes {
		text = append(text, c.String())
	}
	e.Note(fmt.Sprintf("run %s began with other settings, so everything is computed again: %s", r.ID, strings.Join(text, "; ")))
	return nil
}

// changes returns how a plan of the run differs from the one that it began with. The error is
// an *OtherDataError if the data differ.
func (r *recorded) changes(now *plan.Plan) ([]plan.Change, error) {
	changes, err := now.Since(filepath.Join(r.dir, store.PlanFile))
	for _, c := range changes {
		if c.Field == "dataset.sha256" {
			return nil, &OtherDataError{r.ID, filepath.Join(r.dir, store.SpecFile), now.File.Base.Dataset.Name(), c}
		}
	}
	return changes, err
}

// Replayed compares a run with its repetition, bit for bit.
type Replayed struct {
	Run       string         `json:"run"`    // the folders
	Replay    string         `json:"replay"` //
	Identical bool           `json:"identical"`
	Notes     []string       `json:"notes"` // why results may differ
	Signals   compare.Report `json:"signals"`
	Again     *RunResult     `json:"-"` // the repetition
}

// Replay repeats a run from what it recorded, in a new folder and without using the
// cache, and compares the results. Edits may change the same as in Resume.
func (a *App) Replay(ctx context.Context, run string, edits []spec.Edit, o RunOptions) (r *Replayed, err error) {
	then, err := a.recorded(run, edits)
	if err != nil {
		return nil, err
	}
	before, err := store.ReadTable[record.Signal](ctx, then.dir, then.Manifest, store.SignalsFile)
	if err != nil {
		return nil, fmt.Errorf("run %s has no results to compare with: %w", then.ID, err)
	}
	ids, err := plan.ReadIDs(filepath.Join(then.dir, store.PlanFile))
	if err != nil {
		return nil, err
	}
	empty, err := a.emptyCache()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, disk.RemoveAll(empty)) }()
	again, err := a.execute(ctx, order{RunOptions: o, file: then.file, cache: folders{beside: empty}, replayOf: then.ID})
	if failed := new(FailedCellsError); err != nil && !errors.As(err, &failed) {
		return nil, err
	}
	after, err := store.ReadTable[record.Signal](ctx, again.Dir, again.Manifest, store.SignalsFile)
	if err != nil {
		return nil, err
	}
	if err := rename(after, again.Dir, ids); err != nil {
		return nil, err
	}
	report := compare.Tables(before, after)
	return &Replayed{then.dir, again.Dir, report.Identical(), reasons(then.Manifest, again.Manifest), report, again}, nil
}

// rename gives the rows of the run in dir the ids that their cells and priors have in
// another run of the same plan. The ids may differ, because an id depends on everything
// that determines a result, including the kernel.
func rename(rows []record.Signal, dir string, others plan.IDs) error {
	ids, err := plan.ReadIDs(filepath.Join(dir, store.PlanFile))
	if err != nil {
		return err
	}
	names := ids.To(others)
	for i := range rows {
		for _, id := range []*string{&rows[i].CellID, &rows[i].PriorHash} {
			if name, known := names[*id]; known {
				*id = name
			}
		}
	}
	return nil
}

// replayPrefix begins the names of the caches of replays.
const replayPrefix = ".replay-"

// emptyCache makes a folder for the cache of a replay, and removes the folders left by
// killed replays. A folder that cannot be removed does no harm.
func (a *App) emptyCache() (string, error) {
	if err := disk.MkdirAll(a.Runs, 0o777); err != nil {
		return "", err
	}
	left, _ := fs.Glob(os.DirFS(a.Runs), replayPrefix+"*") // the only possible error is a bad pattern
	for _, name := range left {
		dir := filepath.Join(a.Runs, name)
		if cache.Idle(dir) {
			_ = disk.RemoveAll(dir)
		}
	}
	return disk.MkdirTemp(a.Runs, replayPrefix+"*")
}

// hashes lists the SHA-256 of data sets.
func hashes(list []store.Dataset) string {
	var sums []string
	for _, d := range list {
		if !slices.Contains(sums, d.SHA256) {
			sums = append(sums, d.SHA256)
		}
	}
	return strings.Join(sums, ", ")
}

// reasons lists what may make the results of two runs of one spec differ.
func reasons(then, now store.Manifest) (notes []string) {
	for _, x := range []struct{ what, then, now string }{
		{"kernel", then.System.Kernel, now.System.Kernel},
		{"architecture", then.System.Arch, now.System.Arch},
		{"version", then.Module.Version, now.Module.Version},
		{"Go", then.Module.Go, now.Module.Go},
		{"build", fmt.Sprint(then.Module.Build), fmt.Sprint(now.Module.Build)},
		{"commit", then.Module.Revision, now.Module.Revision},
		{"data", hashes(then.Datasets), hashes(now.Datasets)},
	} {
		if x.then != x.now {
			notes = append(notes, fmt.Sprintf("%s: %s then, %s now", x.what, x.then, x.now))
		}
	}
	if then.System.Kernel != f32.Kernel() {
		notes = append(notes, "SEDLAB_KERNEL="+then.System.Kernel+" selects the run's kernel")
	}
	if then.Status != store.Done {
		notes = append(notes, fmt.Sprintf("the run was %s: %d of %d cells", then.Status, then.Cells.Done, then.Cells.Total))
	}
	return notes
}
