package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/store"
)

// CacheEntries lists the trained priors and the cells of the cache. With an error
// about entries that cannot be read it returns the others.
func (a *App) CacheEntries(ctx context.Context) (list []cache.Info, err error) {
	c, err := a.look(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	list = []cache.Info{}
	for _, kind := range cache.Kinds() {
		for info, unread := range c.Entries(kind) {
			if unread != nil {
				err = errors.Join(err, unread)
				continue
			}
			list = append(list, info)
		}
	}
	return list, err
}

// CacheVerify compares all that the cache holds with its checksums, and sets aside
// what is damaged. With an error about some of it it reports on the rest.
func (a *App) CacheVerify(ctx context.Context) (report *cache.Report, err error) {
	c, err := a.look(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return c.Verify(ctx)
}

// PruneOptions say what CachePrune leaves.
type PruneOptions struct {
	OlderThan time.Duration // what is younger stays
	DryRun    bool          // only say what would be removed
	Shared    bool          // prune a cache too that runs in other folders may use
}

// CachePrune removes from the cache what no run of the App uses, those in the trash
// among them. A cache that is not the one of these runs is a *SharedCacheError
// unless asked for. With an error it returns what was removed until then.
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
	removed, err := cache.Prune(ctx, dir, cache.PruneOptions{
		Used: func() (map[cache.Key]bool, error) {
			used, err := store.UsedKeys(a.Runs)
			if err != nil {
				err = fmt.Errorf("nothing is pruned: %w", err)
			}
			return used, err
		},
		OlderThan: o.OlderThan, DryRun: o.DryRun,
	})
	return append([]cache.Removed{}, removed...), err
}

// sameFolder reports whether two paths lead to one folder.
func sameFolder(a, b string) bool {
	this, err := os.Stat(a)
	if err != nil {
		return false
	}
	that, err := os.Stat(b)
	return err == nil && os.SameFile(this, that)
}
