package cache

import (
	"context"
	"errors"
	"io/fs"
	"strings"
)

// Report is the result of Verify.
type Report struct {
	Entries     int             `json:"entries"` // number of entries read, including damaged ones
	Checkpoints int             `json:"checkpoints"`
	Bytes       int64           `json:"bytes"` // total size of the intact items
	Damaged     []*DamagedError `json:"damaged"`
}

// Verify reads everything in the cache and sets damaged items aside. If it cannot move
// one, the report says why. It goes on after an error in reading an item, and returns all
// such errors together, along with the report.
func (c *Cache) Verify(ctx context.Context) (*Report, error) {
	r := &Report{Damaged: []*DamagedError{}}
	items, err := c.items()
	for _, it := range items {
		if ctx.Err() != nil {
			err = errors.Join(err, ctx.Err())
			break
		}
		switch it.kind {
		case damagedDir:
			continue
		case Priors, Cells, Calibrations:
			r.Entries++
		case Checkpoints:
			r.Checkpoints++
		}
		var size int64
		found := c.check(ctx, it, func() (err error) {
			size, err = it.verify()
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
		case errors.Is(found, errGone), errors.Is(found, fs.ErrNotExist): // another process moved it meanwhile
		default:
			err = errors.Join(err, found)
		}
	}
	return r, c.wrap("", err)
}

// items lists everything in the cache, along with the errors of folders that cannot be
// listed. It skips files whose names are not ours.
func (c *Cache) items() (list []item, err error) {
	for _, kind := range Kinds() {
		keys, failed := c.keys(kind)
		err = errors.Join(err, failed)
		for _, key := range keys {
			list = append(list, c.entry(kind, key))
		}
		shards, _ := readDir(c.path(string(kind))) // keys has reported the error
		for _, s := range shards {
			if it := c.shard(item{kind: kind, path: c.path(string(kind), s.Name(), "-")}); !s.IsDir() && it.isFolder() != nil && hexShard.MatchString(s.Name()) {
				list = append(list, it)
			}
		}
	}
	for _, folder := range []struct{ kind, ext string }{{string(Checkpoints), checkpointExt}, {digestsDir, digestExt}, {damagedDir, ""}} {
		files, failed := readDir(c.path(folder.kind))
		err = errors.Join(err, failed)
		for _, f := range files {
			name, ours := strings.CutSuffix(f.Name(), folder.ext)
			if ours && (folder.ext != checkpointExt || Key(name).Valid()) {
				list = append(list, item{Kind(folder.kind), Key(name), c.path(folder.kind, f.Name()), f.Name()})
			}
		}
	}
	return list, err
}

// verify reads an item, and returns the size of its content in bytes.
func (it item) verify() (size int64, err error) {
	switch it.kind {
	case Checkpoints:
		data, err := readCheckpoint(it.path)
		return int64(len(data)), err
	case digestsDir:
		return 0, readSealed(it.path, new(digestRecord))
	case shardKind:
		return 0, it.isFolder()
	}
	entry, err := it.read()
	if err != nil {
		return 0, err
	}
	return entry.Size(), nil
}
