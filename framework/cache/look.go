package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Look opens the cache in dir, which must be there, to see what it holds: with
// Has, Get, Entries, Verify and Digest. Unlike Open, it makes no folders and
// does not need to write anything: other users' caches and full disks can be
// looked at. Where Get and Verify cannot set aside what is damaged, they say so.
func Look(ctx context.Context, dir string) (*Cache, error) {
	c, err := at(dir)
	if err == nil {
		err = c.lookIn(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("cache %s: %w", dir, err)
	}
	return c, nil
}

// lookIn is enter as far as it needs no folder or file that is not there: where
// nobody has entered, nobody prunes.
func (c *Cache) lookIn(ctx context.Context) error {
	err := c.share(ctx)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := c.announce(ctx); err != nil && !unwritable(err) && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, c.use.Close())
	}
	return nil
}
