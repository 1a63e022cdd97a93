package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/store"
)

// LeastLease is the shortest lease: heartbeats take some time to be seen.
const LeastLease = time.Second

// folders are the folders of a cache.
type folders struct {
	lease  time.Duration // of locks; 0 for the default
	named  []string      // if there are none, beside is the cache
	beside string        // the one in the folder of the runs; takes what is new if no named one can
	first  bool          // the first has to take what is new
}

// caches returns the folders of the cache for the runs in a folder.
func (a *App) caches(runs string) folders {
	return folders{lease: a.Lease, named: a.Caches, beside: filepath.Join(runs, store.CacheFolder)}
}

func (f folders) list() []string {
	if len(f.named) == 0 {
		return []string{f.beside}
	}
	return f.named
}

// all returns the folders and the one beside the runs.
func (f folders) all() []string { return append(slices.Clone(f.named), f.beside) }

// open opens the cache, and notes which folders before the one that takes what is new
// cannot be written.
func (f folders) open(ctx context.Context, e Events) (*cache.Cache, error) {
	dirs := f.list()
	c, err := cache.Open(ctx, f.lease, dirs...)
	var refused *cache.UnwritableError
	if errors.As(err, &refused) && len(f.named) > 0 && !f.first {
		dirs = f.all()
		c, err = cache.Open(ctx, f.lease, dirs...)
	}
	if err != nil {
		return nil, err
	}
	if n := slices.Index(dirs, c.Dir()); n > 0 && f.first {
		return nil, errors.Join(&LaterError{fmt.Errorf("cache %s: cannot be written from here", dirs[0])}, c.Close())
	} else if n > 0 {
		e.Note(fmt.Sprintf("cache %s can only be read; what is new goes to %s", strings.Join(dirs[:n], ", "), c.Dir()))
	}
	return c, nil
}

// look opens the cache to read it. It makes no folder. If there is none at all, the error
// is a *FolderError.
func (f folders) look(ctx context.Context) (*cache.Cache, error) {
	dirs := f.list()
	if !slices.ContainsFunc(dirs, cache.CanWrite) {
		dirs = f.all()
	}
	var found []string
	var none error
	for _, dir := range dirs {
		err := isCache(dir)
		switch {
		case err == nil:
			found = append(found, dir)
		case !errors.As(err, new(*FolderError)):
			return nil, err
		case none == nil:
			none = err
		}
	}
	if found == nil {
		return nil, none
	}
	return cache.Look(ctx, f.lease, found...)
}

// isCache returns a *FolderError if there is no folder at dir.
func isCache(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case os.IsNotExist(err):
		return &FolderError{"cache " + dir, "there is none"}
	case err == nil && !info.IsDir():
		return &FolderError{"cache " + dir, "is not a folder"}
	}
	return err
}

// CacheDir returns the folder of the cache, the first of several.
func (a *App) CacheDir() string { return a.caches(a.Runs).list()[0] }

// existingCache returns the only folder of the cache, or a *FolderError.
func (a *App) existingCache() (string, error) {
	if len(a.Caches) > 1 {
		return "", &FolderError{"caches " + strings.Join(a.Caches, ", "), "expected only one"}
	}
	return a.CacheDir(), isCache(a.CacheDir())
}

// look opens the only folder of the cache to read it.
func (a *App) look(ctx context.Context) (*cache.Cache, error) {
	dir, err := a.existingCache()
	if err != nil {
		return nil, err
	}
	return cache.Look(ctx, a.Lease, dir)
}
