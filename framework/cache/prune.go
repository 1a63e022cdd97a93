package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// PruneOptions say what Prune leaves.
type PruneOptions struct {
	// Used returns the keys of what is still wanted. Prune calls it when no process
	// has the cache open or can open it, so that nobody comes to want more; with
	// DryRun, at any time.
	Used      func() (map[Key]bool, error)
	OlderThan time.Duration // what is younger stays too
	DryRun    bool          // only say what would be removed
}

// Removed is something that Prune removed.
type Removed struct {
	Kind    Kind              `json:"kind"` // or "damaged"
	Name    string            `json:"name"` // the key of an entry or a checkpoint
	Created time.Time         `json:"created"`
	Bytes   int64             `json:"bytes"`
	Note    map[string]string `json:"note,omitempty"`

	path string
}

// Prune removes entries and checkpoints from the cache in dir, which must be
// there, that are not used, and damaged items and what is left of dead processes. While a process
// has the cache open it removes nothing; the error is an *InUseError then. With
// an error in the middle, what was removed until then is returned too.
func Prune(ctx context.Context, dir string, o PruneOptions) ([]Removed, error) {
	removed, err := prune(ctx, dir, o)
	if err != nil {
		return removed, fmt.Errorf("cache %s: %w", dir, err)
	}
	return removed, nil
}

func prune(ctx context.Context, dir string, o PruneOptions) (removed []Removed, err error) {
	c, err := at(dir)
	if err != nil {
		return nil, err
	}
	if !o.DryRun {
		if err := c.layOut(); err != nil && !full(err) { // what is missing is empty
			return nil, err
		}
		lock, err := c.reserve()
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, lock.Unlock()) }()
		if err := c.sweepAll(); err != nil {
			return nil, err
		}
	}
	list, err := c.unwanted(o)
	if err != nil || o.DryRun {
		return list, err
	}
	for i, r := range list {
		if err := errors.Join(ctx.Err(), c.remove(r.path)); err != nil {
			return list[:i], err
		}
	}
	return list, nil
}

// unwanted lists what a prune removes.
func (c *Cache) unwanted(o PruneOptions) (list []Removed, err error) {
	used, err := o.Used()
	if err != nil {
		return nil, err
	}
	found, err := c.unused(used)
	if err != nil {
		return nil, err
	}
	limit := time.Now().Add(-o.OlderThan)
	for _, r := range found {
		if r.Created.IsZero() {
			info, err := os.Lstat(r.path)
			if err != nil {
				return nil, err
			}
			r.Created = info.ModTime().UTC()
		}
		if r.Created.After(limit) {
			continue
		}
		if r.Bytes, err = size(r.path); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// unused lists all that is not used, whatever its age; the times of what does not
// hold its own are not set.
func (c *Cache) unused(used map[Key]bool) (list []Removed, err error) {
	for _, kind := range Kinds() {
		for key, err := range c.keys(kind) {
			if err != nil {
				return nil, err
			}
			if !used[key] {
				dir := c.entryDir(kind, key)
				info, _ := readInfo(dir, kind, key) // a damaged one goes by its folder's time
				list = append(list, Removed{Kind: kind, Name: string(key), Created: info.Created, Note: info.Note, path: dir})
			}
		}
	}
	keys, err := c.checkpoints()
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if !used[key] {
			list = append(list, Removed{Kind: Checkpoints, Name: string(key), path: c.Checkpoint(key).path})
		}
	}
	aside, err := readDir(c.path(damagedDir))
	for _, e := range aside {
		list = append(list, Removed{Kind: damagedDir, Name: e.Name(), path: c.path(damagedDir, e.Name())})
	}
	return list, err
}

// remove removes an item by way of the folder tmp, so that a kill in between
// does not leave half an entry in its place.
func (c *Cache) remove(path string) error {
	to := c.path(tmpDir, "removed-"+filepath.Base(path))
	if err := os.Rename(path, to); err != nil {
		return err
	}
	return os.RemoveAll(to)
}

// sweepAll removes all temporary files, and the locks: nobody has the cache open.
func (c *Cache) sweepAll() error {
	if err := c.sweep(time.Now().Add(time.Hour)); err != nil { // also what a clock that is ahead wrote
		return err
	}
	for _, dir := range []string{locksDir, openLocks} {
		list, err := readDir(c.path(dir))
		if err != nil {
			return err
		}
		for _, e := range list {
			path := c.path(dir, e.Name())
			if e.IsDir() || path == c.path(useLock) {
				continue
			}
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
