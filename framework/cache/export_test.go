package cache

import "errors"

// OnStep calls f after each step of storing an entry and after making a lock file.
func (c *Cache) OnStep(f func(step string)) { c.step = f }

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
