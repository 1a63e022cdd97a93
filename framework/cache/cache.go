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

	"sedlab/internal/lease"
)

// Cache is an open cache folder. Its methods may be called concurrently, by
// goroutines and by processes.
type Cache struct {
	dir      string
	mode     fs.FileMode     // permissions of its folders: the same as of the cache folder
	lower    []*Cache        // further caches, which are only read
	readOnly bool            // it is such a further cache
	ctx      context.Context // of Open: after it, nothing waits for the locks of items
	locks    *lease.Folder
	users    *lease.Folder // those who have the cache open
	use      *flock.Flock  // shared; keeps Prune away, where there are file locks
	presence *presence     // names this process to Prune; nil if it could not be written
	recent   recentPack
	unsynced folderSet // shards with new names

	// What tests replace:
	step     func(name string) // called after each step of storing an entry, and after making a lock file
	exchange func(a, b string) error
}

// find returns the cache in an existing folder, not yet open, with leases of the given length.
func find(ctx context.Context, length time.Duration, dir string) (*Cache, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, errors.New("not a folder")
	}
	mode := info.Mode() & (fs.ModePerm | fs.ModeSetgid)
	c := &Cache{dir: dir, mode: mode, ctx: ctx, step: func(string) {}, exchange: exchange}
	c.locks, c.users = c.leases(length, locksDir), c.leases(length, openLocks)
	return c, nil
}

func (c *Cache) open(ctx context.Context) error {
	if err := c.layOut(); err != nil {
		return err
	}
	if err := c.enter(ctx); err != nil {
		return err
	}
	// Our lease has just changed this folder: so it is now, by the clock that the times of files are of.
	// With a clock that is fast, files of other machines would seem old.
	now, err := os.Stat(c.path(openLocks))
	if err == nil {
		err = c.sweep(now.ModTime().Add(-24 * time.Hour))
	}
	if err != nil {
		return errors.Join(err, c.Close())
	}
	return nil
}

// Dir returns the cache's folder; of several folders, the one that takes what is new.
func (c *Cache) Dir() string { return c.dir }

// Close syncs what is stored, and ends the use of the cache. Closing it again does nothing.
func (c *Cache) Close() error {
	err := c.Sync()
	for _, l := range c.lower {
		err = errors.Join(err, l.Close())
	}
	return c.wrap("close", errors.Join(err, c.leave(), c.use.Close()))
}

// wrap prefixes an error with the cache and, unless it is "", with what it was doing.
func (c *Cache) wrap(doing string, err error) error { return wrap(c.dir, doing, err) }

func wrap(dir, doing string, err error) error {
	if err == nil {
		return nil
	}
	if doing != "" {
		err = fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("cache %s: %w", dir, err)
}

func (c *Cache) path(parts ...string) string {
	return filepath.Join(append([]string{c.dir}, parts...)...)
}

// item is anything that a cache holds or could hold.
type item struct {
	kind Kind // or the name of another folder
	key  Key  // the key of an entry or a checkpoint; the name of anything else
	path string
	name string // its name among damaged items
}

// entry returns the item for the entry of a valid key, whether or not it exists.
func (c *Cache) entry(kind Kind, key Key) item {
	return item{kind, key, c.path(string(kind), string(key[:2]), string(key)), string(kind) + "-" + string(key)}
}
