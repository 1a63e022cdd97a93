package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Cache is an open cache folder. Its methods can be called at the same time, by
// goroutines and by processes.
type Cache struct {
	dir      string
	mode     fs.FileMode  // of the folders in it: that of the cache folder itself
	use      *flock.Flock // shared: Prune stays away
	presence *Lock        // names this process to Prune; nil where that cannot be written
}

// Open opens the cache in dir, which it makes if there is none. Until Close, no
// other process can prune it; while one does, Open waits, but not for long.
// Files that processes left half written more than a day ago are removed.
func Open(ctx context.Context, dir string) (*Cache, error) {
	c, err := open(ctx, dir)
	if unwritable(err) {
		err = fmt.Errorf("%w; choose a folder that you can write with --cache DIR", err)
	}
	if err != nil {
		return nil, fmt.Errorf("cache %s: %w", dir, err)
	}
	return c, nil
}

func open(ctx context.Context, dir string) (*Cache, error) {
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	c, err := at(dir)
	if err != nil {
		return nil, err
	}
	if err := c.layOut(); err != nil {
		return nil, err
	}
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	if err := c.sweep(time.Now().Add(-24 * time.Hour)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Dir returns the cache's folder.
func (c *Cache) Dir() string { return c.dir }

// Close ends the use of the cache. To close it again does nothing.
func (c *Cache) Close() error {
	var err error
	if c.presence != nil {
		err = errors.Join(unlessUnwritable(os.Remove(c.presence.path)), c.presence.Unlock())
		c.presence = nil
	}
	if err = errors.Join(err, c.use.Close()); err != nil {
		return fmt.Errorf("cache %s: close: %w", c.dir, err)
	}
	return nil
}

func (c *Cache) path(parts ...string) string {
	return filepath.Join(append([]string{c.dir}, parts...)...)
}

// entryDir is where the entry of a key is, or would be.
func (c *Cache) entryDir(kind Kind, key Key) string {
	return c.path(string(kind), string(key[:2]), string(key))
}
