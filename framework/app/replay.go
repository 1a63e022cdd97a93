package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sedlab/framework/cache"
	"sedlab/framework/compare"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/f32"
	"sedlab/internal/record"
)

// Replayed compares a run with its repetition, bit for bit.
type Replayed struct {
	Run       string         `json:"run"`    // the folders
	Replay    string         `json:"replay"` //
	Identical bool           `json:"identical"`
	Notes     []string       `json:"notes"` // why results may differ
	Signals   compare.Report `json:"signals"`
	Again     *RunResult     `json:"-"` // the repetition
}

// Replay runs a run again from what it recorded, past the cache and in a folder of
// its own, and compares the results. Edits are those of Resume.
func (a *App) Replay(ctx context.Context, run string, edits []spec.Edit, o RunOptions) (r *Replayed, err error) {
	then, err := a.recorded(run, edits)
	if err != nil {
		return nil, err
	}
	if _, err := store.ReadVerified(then.dir); err != nil {
		return nil, err
	}
	before, err := record.ReadSignals(filepath.Join(then.dir, store.SignalsFile))
	if err != nil {
		return nil, fmt.Errorf("run %s has no results to compare with: %w", then.ID, err)
	}
	empty, err := a.emptyCache()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(empty)) }()
	again, err := a.execute(ctx, order{RunOptions: o, file: then.file, cache: empty, replayOf: then.ID})
	var failed *FailedCellsError
	if err != nil && !errors.As(err, &failed) {
		return nil, err
	}
	after, err := record.ReadSignals(filepath.Join(again.Dir, store.SignalsFile))
	if err != nil {
		return nil, err
	}
	if err := rename(after, again.Dir, then.dir); err != nil {
		return nil, err
	}
	report := compare.Tables(before, after)
	return &Replayed{then.dir, again.Dir, report.Identical(), reasons(then.Manifest, again.Manifest), report, again}, nil
}

// rename gives rows the ids that their cells and priors have in another run of the
// same plan. An id depends on all that determines a result, the kernel too.
func rename(rows []record.Signal, dir, other string) error {
	ids, err := plan.ReadIDs(filepath.Join(dir, store.PlanFile))
	if err != nil {
		return err
	}
	others, err := plan.ReadIDs(filepath.Join(other, store.PlanFile))
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

// emptyCache makes a folder for the cache of a replay. Those of replays that were
// killed are removed; what cannot be does no harm.
func (a *App) emptyCache() (string, error) {
	if err := os.MkdirAll(a.Runs, 0o777); err != nil {
		return "", err
	}
	left, _ := filepath.Glob(filepath.Join(a.Runs, replayPrefix+"*")) // the pattern is good
	for _, dir := range left {
		if cache.Idle(dir) {
			_ = os.RemoveAll(dir)
		}
	}
	return os.MkdirTemp(a.Runs, replayPrefix+"*")
}

// reasons are what may make the results of two runs of one spec differ.
func reasons(then, now store.Manifest) (notes []string) {
	for _, x := range []struct{ what, then, now string }{
		{"kernel", then.System.Kernel, now.System.Kernel},
		{"architecture", then.System.Arch, now.System.Arch},
		{"version", then.Module.Version, now.Module.Version},
		{"Go", then.Module.Go, now.Module.Go},
		{"build", fmt.Sprint(then.Module.Build), fmt.Sprint(now.Module.Build)},
		{"commit", then.Module.Revision, now.Module.Revision},
		{"data", fmt.Sprint(then.Datasets), fmt.Sprint(now.Datasets)},
	} {
		if x.then != x.now {
			notes = append(notes, fmt.Sprintf("%s: %s then, %s now", x.what, x.then, x.now))
		}
	}
	if then.System.Kernel != f32.Kernel() {
		notes = append(notes, "SEDLAB_KERNEL="+then.System.Kernel+" asks for the kernel of then")
	}
	if then.Status != store.Done {
		notes = append(notes, fmt.Sprintf("the run was %s: %d of %d cells", then.Status, then.Cells.Done, then.Cells.Total))
	}
	return notes
}
