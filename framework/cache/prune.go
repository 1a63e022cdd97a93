package cache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sedlab/internal/disk"
)

// PruneOptions limit what Prune removes.
type PruneOptions struct {
	// Used returns the keys of the entries that are still needed. Prune calls it while no
	// process has the cache open or can open it, so that no new needs arise; with DryRun,
	// at any time.
	Used      func() (map[Key]bool, error)
	OlderThan time.Duration // younger items are kept too
	DryRun    bool          // only say what would be removed
}

// Removed is something that Prune removed.
type Removed struct {
	Kind    Kind              `json:"kind"` // may be "damaged"
	Name    string            `json:"name"` // the key of an entry or a checkpoint
	Created time.Time         `json:"created"`
	Bytes   int64             `json:"bytes"`
	Note    map[string]string `json:"note,omitempty"`

	path string
}

// Prune removes unused entries and checkpoints from the cache in dir, which must
// exist, along with damaged items and leftovers of dead processes. While a process
// has the cache open it removes nothing, and the error is an *InUseError. On a
// later error it also returns what it has removed.
func Prune(ctx context.Context, dir string, o PruneOptions) (removed []Removed, err error) {
	defer func() { err = wrap(dir, "", err) }()
	c, err := find(ctx, 0, dir)
	if err != nil {
		return nil, err
	}
	if !o.DryRun {
		if err := c.layOut(); err != nil && !full(err) { // on a full disk, missing folders count as empty
			return nil, err
		}
		mine, release, failed := c.reserve(ctx)
		if failed != nil {
			return nil, failed
		}
		ctx = mine
		defer func() { err = errors.Join(err, release()) }()
		if err := c.sweepAll(); err != nil {
			return nil, err
		}
	}
	list, err := c.unwanted(o)
	if err != nil || o.DryRun {
		return list, err
	}
	for i, r := range list {
		err := context.Cause(ctx)
		if err == nil {
			err = c.remove(r.path)
		}
		if err != nil {
			return list[:i], err
		}
	}
	return list, nil
}

// unwanted lists the items that a prune removes.
func (c *Cache) unwanted(o PruneOptions) (list []Removed, err error) {
	used, err := o.Used()
	if err != nil {
		return nil, err
	}
	items, err := c.items()
	if err != nil {
		return nil, err
	}
	limit := time.Now().Add(-o.OlderThan)
	for _, it := range items {
		if it.kind == digestsDir || it.kind == shardKind || used[it.key] {
			continue
		}
		r := Removed{Kind: it.kind, Name: string(it.key), path: it.path}
		info, err := it.info()
		if err == nil { // an intact entry
			r.Created, r.Note = info.Created, info.Note
		} else if file, err := os.Lstat(it.path); err == nil {
			r.Created = file.ModTime().UTC()
		} else {
			return nil, err
		}
		if r.Created.After(limit) {
			continue
		}
		if r.Bytes, err = size(it.path); err != nil {
			return nil, err
		}
		if info.Key == it.key && packed(it.path) { // the pack has other entries too
			r.Bytes = info.Size()
		}
		list = append(list, r)
	}
	return list, nil
}

// remove moves an item to the folder tmp and deletes it there, so that a kill in between
// does not leave half an entry in place.
func (c *Cache) remove(path string) error {
	to := c.path(tmpDir, "removed-"+filepath.Base(path))
	if err := disk.Rename(path, to); err != nil {
		return err
	}
	return clearAway(to)
}

// sweepAll removes all temporary files and the leases of the dead, while nobody has the
// cache open.
func (c *Cache) sweepAll() error {
	if err := c.sweep(time.Now().Add(time.Hour)); err != nil { // an hour ahead, in case another machine's clock is fast
		return err
	}
	for _, dir := range []string{locksDir, openLocks} {
		list, err := readDir(c.path(dir))
		if err != nil {
			return err
		}
		for _, e := range list {
			path := c.path(dir, e.Name())
			if path == c.path(useLock) || path == c.path(openLocks) || path == c.path(openLocks, pruneName) {
				continue
			}
			if err := clearAway(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// size returns the bytes of the files at or below path. It skips files that vanish.
func size(path string) (bytes int64, err error) {
	err = filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
		var info fs.FileInfo
		if err == nil && !e.IsDir() {
			info, err = e.Info()
		}
		if info != nil {
			bytes += info.Size()
		}
		return unlessMissing(err)
	})
	return bytes, err
}
