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

// CacheEntries lists the trained priors and the cells of the cache. The error is about
// entries that cannot be read; the other entries are returned all the same.
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

// CacheVerify compares everything in the cache with its checksum, and sets damaged items
// aside. After an error it goes on, and reports on the rest.
func (a *App) CacheVerify(ctx context.Context) (report *cache.Report, err error) {
	c, err := a.look(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return c.Verify(ctx)
}

// PruneOptions limit what CachePrune removes.
type PruneOptions struct {
	OlderThan time.Duration // younger items stay
	DryRun    bool          // only say what would be removed
	Shared    bool          // prune the cache even if runs in other folders may use it
}

// CachePrune removes from the cache everything that no run of the App uses. Runs in the
// trash count as runs. If the cache is not beside these runs, the error is a
// *SharedCacheError unless Shared is set. On an error, CachePrune also returns what it
// had removed by then.
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
	this, _ := os.Stat(a)
	that, _ := os.Stat(b)
	return os.SameFile(this, that) // false if either path leads nowhere
}
