package cache

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// Has reports whether there seems to be an entry for a key. It is meant for lists: it
// checks that the entry's file exists, but does not read it. Get verifies the entry.
func (c *Cache) Has(kind Kind, key Key) bool {
	if !key.Valid() {
		return false
	}
	_, err := os.Stat(filepath.Join(c.entry(kind, key).path, entryFile))
	return err == nil
}

// Note returns the note of a key's entry, for plans. It reads and checks only entry.json.
// ok is false if there is no entry, or if its entry.json is damaged.
func (c *Cache) Note(kind Kind, key Key) (note map[string]string, ok bool) {
	if !key.Valid() {
		return nil, false
	}
	var info Info
	err := readSealed(filepath.Join(c.entry(kind, key).path, entryFile), &info)
	if err != nil || info.Kind != kind || info.Key != key {
		return nil, false
	}
	return info.Note, true
}

// Get reads the entry of a key into memory and verifies it. It returns nil if there is
// none. It sets a damaged entry aside and returns a *DamagedError; the caller should
// report it and go on as if there had been no entry.
func (c *Cache) Get(kind Kind, key Key) (*Entry, error) {
	if !key.Valid() {
		return nil, fmt.Errorf("cache %s: %q is not a key", c.dir, key)
	}
	var entry *Entry
	it := c.entry(kind, key)
	err := c.check(context.Background(), it, func() (err error) {
		entry, err = it.read()
		return err
	})
	if errors.Is(err, errGone) {
		err = nil
	}
	return entry, c.wrap("", err)
}

// Entries returns the content of entry.json for each entry of a kind, in the order of
// keys. It reads no other file. It goes on after the error of one entry.
func (c *Cache) Entries(kind Kind) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		keys, listing := c.keys(kind)
		for _, key := range keys {
			info, err := c.entry(kind, key).info()
			if err != nil {
				info = Info{Kind: kind, Key: key}
			}
			if !yield(info, c.wrap(fmt.Sprintf("%s %s", kind, key.Short()), err)) {
				return
			}
		}
		if listing != nil {
			yield(Info{Kind: kind}, c.wrap("", listing))
		}
	}
}

// keys returns the keys that have an entry, in order, and the errors of folders
// that cannot be listed. It skips what does not have an entry's name.
func (c *Cache) keys(kind Kind) (keys []Key, err error) {
	shards, err := readDir(c.path(string(kind)))
	for _, shard := range shards {
		if !shard.IsDir() {
			continue
		}
		list, failed := os.ReadDir(c.path(string(kind), shard.Name()))
		err = errors.Join(err, failed)
		for _, e := range list {
			if key := Key(e.Name()); key.Valid() && strings.HasPrefix(e.Name(), shard.Name()) {
				keys = append(keys, key)
			}
		}
	}
	return keys, err
}
