package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// Report is what Verify found.
type Report struct {
	Entries     int             `json:"entries"` // read, damaged ones among them
	Checkpoints int             `json:"checkpoints"`
	Bytes       int64           `json:"bytes"` // of the good ones
	Damaged     []*DamagedError `json:"damaged"`
}

// stored is something that can be verified: read returns its size [bytes].
type stored struct {
	path, name string
	read       func() (int64, error)
}

// Verify reads all that the cache holds and sets aside what is damaged; where that
// is not possible, the report says why. An error of reading one item does not end
// it: all are returned together, beside the report.
func (c *Cache) Verify(ctx context.Context) (*Report, error) {
	r := &Report{Damaged: []*DamagedError{}}
	items, err := c.stored(r)
	for _, item := range items {
		if ctx.Err() != nil {
			err = errors.Join(err, ctx.Err())
			break
		}
		var size int64
		found := c.check(ctx, item.path, item.name, func() (err error) {
			size, err = item.read()
			return err
		})
		var d *DamagedError
		var s stuckError
		switch {
		case found == nil:
			r.Bytes += size
		case errors.As(found, &d):
			r.Damaged = append(r.Damaged, d)
		case errors.As(found, &s):
			r.Damaged = append(r.Damaged, s.damaged)
		case errors.Is(found, errGone), errors.Is(found, fs.ErrNotExist): // another process was here
		default:
			err = errors.Join(err, found)
		}
	}
	if err != nil {
		return r, fmt.Errorf("cache %s: %w", c.dir, err)
	}
	return r, nil
}

// stored lists what the cache holds, and counts it.
func (c *Cache) stored(r *Report) (list []stored, err error) {
	for _, kind := range Kinds() {
		for key, err := range c.keys(kind) {
			if err != nil {
				return list, err
			}
			dir := c.entryDir(kind, key)
			list = append(list, stored{dir, itemName(kind, key), func() (int64, error) {
				info, err := verify(dir, kind, key, func(string, []byte) {})
				return info.Size(), err
			}})
		}
	}
	r.Entries = len(list)
	keys, err := c.checkpoints()
	if err != nil {
		return list, err
	}
	r.Checkpoints = len(keys)
	for _, key := range keys {
		path := c.Checkpoint(key).path
		list = append(list, stored{path, filepath.Base(path), func() (int64, error) {
			data, err := readCheckpoint(path)
			return int64(len(data)), err
		}})
	}
	digests, err := readDir(c.path(digestsDir))
	for _, e := range digests {
		if path := c.path(digestsDir, e.Name()); filepath.Ext(path) == digestExt {
			list = append(list, stored{path, e.Name(), func() (int64, error) {
				_, err := readDigest(path)
				return 0, err
			}})
		}
	}
	return list, err
}
