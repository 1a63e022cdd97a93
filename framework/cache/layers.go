package cache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Open opens a cache of one or more folders. The first that can be written takes what is
// new; it is made if there is none. The others are only read, and must exist. No other
// process can prune them until Close. If one is pruning a folder now, Open waits up to
// 30 s and then returns an *InUseError. In the folder that takes what is new, Open removes
// files that a process left half written more than a day ago.
//
// Leases have the given length, or that of Lease if it is 0. Once ctx has ended, no method waits
// for another process that moves or exchanges an item.
//
// The error is an *UnwritableError if no folder can be written.
func Open(ctx context.Context, lease time.Duration, dirs ...string) (top *Cache, err error) {
	var lower []*Cache
	defer func() {
		if err == nil {
			top.lower = lower
			return
		}
		for _, c := range lower {
			err = errors.Join(err, c.Close())
		}
		if top != nil {
			err = errors.Join(err, top.Close())
		}
		top = nil
	}()
	for i, dir := range dirs {
		if top == nil {
			top, err = openFolder(ctx, lease, dir)
			if err == nil {
				continue
			}
			if i == len(dirs)-1 || !canOnlyRead(dir, err) {
				return nil, err
			}
		}
		c, err := Look(ctx, lease, dir)
		if err != nil {
			return top, err
		}
		c.readOnly = true
		lower = append(lower, c)
	}
	return top, nil
}

// canOnlyRead reports whether a cache exists that could not be opened because it cannot be
// written.
func canOnlyRead(dir string, err error) bool {
	var refused *UnwritableError
	_, missing := os.Stat(dir)
	return errors.As(err, &refused) && missing == nil
}

// openFolder opens the cache in dir for writing, and makes it if there is none.
func openFolder(ctx context.Context, lease time.Duration, dir string) (*Cache, error) {
	err := makeDir(dir)
	var c *Cache
	if err == nil {
		c, err = find(ctx, lease, dir)
	}
	if err == nil {
		err = c.open(ctx)
	}
	if unwritable(err) {
		err = &UnwritableError{err}
	}
	if err != nil {
		return nil, wrap(dir, "", err)
	}
	return c, nil
}

// Look opens a cache of one or more folders, which must exist, for reading: with Has,
// Notes, Get, All and Entries, and the first folder with Verify and Digest. Unlike Open it
// needs no write access, so it works for other users' caches and on full disks. Get and
// Verify report damaged items even if they cannot set them aside.
func Look(ctx context.Context, lease time.Duration, dirs ...string) (*Cache, error) {
	var top *Cache
	for _, dir := range dirs {
		c, err := find(ctx, lease, dir)
		if err == nil {
			err = c.look(ctx)
		}
		switch {
		case err != nil && top == nil:
			return nil, wrap(dir, "", err)
		case err != nil:
			return nil, errors.Join(wrap(dir, "", err), top.Close())
		case top == nil:
			top = c
		default:
			c.readOnly = true
			top.lower = append(top.lower, c)
		}
	}
	return top, nil
}

// CanWrite reports whether the cache in dir seems to be one that Open can write.
func CanWrite(dir string) bool {
	f, err := os.OpenFile(filepath.Join(dir, useLock), os.O_RDWR, 0)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	return f.Close() == nil
}

// Dirs returns the cache's folders, the one that takes what is new first.
func (c *Cache) Dirs() (dirs []string) {
	for _, l := range c.layers() {
		dirs = append(dirs, l.dir)
	}
	return dirs
}

// layers returns the caches of all folders, the one that takes what is new first. Methods
// of a single folder are not exported.
func (c *Cache) layers() []*Cache { return append([]*Cache{c}, c.lower...) }
