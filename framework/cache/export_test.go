package cache

import (
	"context"
	"errors"
)

// OnStep calls f after each step of storing an entry and after making a lock file.
func (c *Cache) OnStep(f func(step string)) { c.step = f }

// OpenOnStep is Open of a folder that exists, with OnStep from the start.
func OpenOnStep(ctx context.Context, dir string, f func(step string)) (*Cache, error) {
	c, err := find(dir)
	if err != nil {
		return nil, err
	}
	c.OnStep(f)
	return c, c.open(ctx)
}

// Note returns the first of Notes.
func (c *Cache) Note(kind Kind, key Key) (note map[string]string, ok bool) {
	for note := range c.Notes(kind, key) {
		return note, true
	}
	return nil, false
}

// WithoutExchange makes the cache one on a file system that cannot exchange folders.
func (c *Cache) WithoutExchange() {
	c.exchange = func(string, string) error { return errors.ErrUnsupported }
}
