package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/runner"
	"sedlab/framework/store"
)

// PruneOptions limit what CachePrune removes.
type PruneOptions struct {
	OlderThan time.Duration // younger items stay
	DryRun    bool          // only say what would be removed
	Shared    bool          // prune the cache even if runs in other folders may use it
	Long      bool          // remove trainings of more than LongTraining too
}

// LongTraining is the time from which on a training is not removed without being asked
// for.
const LongTraining = time.Minute

// CachePrune removes from the cache everything that no run of the App uses. Runs in the
// trash count as runs. If the cache is not beside these runs, the error is a
// *SharedCacheError unless Shared is set. If long trainings would be removed, CachePrune
// removes nothing and returns everything that it would remove with a *LongTrainingError,
// unless Long is set. On another error, it also returns what it had removed by then.
func (a *App) CachePrune(ctx context.Context, o PruneOptions) ([]cache.Removed, error) {
	dir, err := a.existingCache()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(a.Runs); err != nil {
		return nil, &FolderError{"runs folder", fmt.Sprintf("%v; it says what is still used", err)}
	}
	if !o.Shared && !sameFolder(dir, filepath.Join(a.Runs, store.CacheFolder)) {
		return nil, &SharedCacheError{dir, a.Runs}
	}
	p := cache.PruneOptions{
		Used: func() (map[cache.Key]bool, error) {
			used, err := store.UsedKeys(a.Runs)
			if err != nil {
				err = fmt.Errorf("nothing is pruned: %w", err)
			}
			return used, err
		},
		OlderThan: o.OlderThan, DryRun: o.DryRun || !o.Long,
	}
	removed, err := cache.Prune(ctx, dir, p)
	if err == nil && !o.DryRun && !o.Long {
		if long := longTrainings(dir, removed); long != nil {
			return removed, long
		}
		p.DryRun = false
		removed, err = cache.Prune(ctx, dir, p)
	}
	return append([]cache.Removed{}, removed...), err
}

// longTrainings returns an error if there are long or unfinished trainings among the items,
// else nil.
func longTrainings(dir string, items []cache.Removed) error {
	e := &LongTrainingError{Cache: dir}
	finished := map[string]bool{}
	for _, r := range items {
		finished[r.Name] = finished[r.Name] || r.Kind == cache.Priors
		if took := runner.TrainingTime(r.Note); took > LongTraining {
			e.Trainings, e.Took = e.Trainings+1, e.Took+took
		}
	}
	for _, r := range items {
		if r.Kind == cache.Checkpoints && !finished[r.Name] {
			e.Unfinished++
		}
	}
	if e.Trainings+e.Unfinished == 0 {
		return nil
	}
	return e
}

// sameFolder reports whether two paths lead to one folder.
func sameFolder(a, b string) bool {
	this, _ := os.Stat(a)
	that, _ := os.Stat(b)
	return os.SameFile(this, that) // false if either path leads nowhere
}
