package cache

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Has reports whether there seems to be an entry for a key. It is meant for lists: it
// checks that the entry's file exists, but does not read it. Get verifies the entry.
func (c *Cache) Has(kind Kind, key Key) bool {
	return key.Valid() && slices.ContainsFunc(c.layers(), func(l *Cache) bool {
		path := l.entry(kind, key).path
		info, err := os.Stat(path)
		if err == nil && info.IsDir() { // and not a pack
			_, err = os.Stat(filepath.Join(path, entryFile))
		}
		return err == nil
	})
}

// Get reads the entry of a key into memory and verifies it. It returns nil if there is
// none. It sets a damaged entry aside and returns a *DamagedError, perhaps along with an
// intact entry from another folder; the caller should report it and go on.
func (c *Cache) Get(kind Kind, key Key) (*Entry, error) {
	var damage error
	for entry, err := range c.All(kind, key) {
		var d *DamagedError
		switch {
		case entry != nil:
			return entry, damage
		case !errors.As(err, &d):
			return nil, err
		case damage == nil:
			damage = err
		}
	}
	return nil, damage
}

// All returns the entries of a key, one from each folder that has one, or the errors of
// Get. Entries that grow may differ in what they have.
func (c *Cache) All(kind Kind, key Key) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		for _, l := range c.layers() {
			if entry, err := l.get(kind, key); (entry != nil || err != nil) && !yield(entry, err) {
				return
			}
		}
	}
}

func (c *Cache) get(kind Kind, key Key) (*Entry, error) {
	if !key.Valid() {
		return nil, fmt.Errorf("cache %s: %q is not a key", c.dir, key)
	}
	var entry *Entry
	it := c.entry(kind, key)
	read := func() (err error) {
		entry, err = it.read()
		return err
	}
	err := c.check(c.ctx, it, read)
	if errors.Is(err, errGone) && it.look() {
		err = c.check(c.ctx, it, read)
	}
	if noShard(err) {
		err = c.checkShard(it)
	}
	if errors.Is(err, errGone) {
		err = nil
	}
	if entry != nil {
		entry.from = c
	}
	return entry, c.wrap("", err)
}

// look makes what other machines have stored visible, up to a minute before NFS would: opening a
// folder asks the server whether it has changed. It reports whether there is such a folder.
func (it item) look() bool {
	shard := filepath.Dir(it.path)
	for _, dir := range []string{shard, filepath.Dir(shard), shard} {
		if d, err := os.Open(dir); err == nil {
			_ = d.Close()
			if dir == shard {
				return true
			}
		}
	}
	return false
}

// Entries returns the content of entry.json for each entry of a kind, in the order of
// folders and keys. It reads no other file. It goes on after the error of one entry.
func (c *Cache) Entries(kind Kind) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for _, l := range c.layers() {
			if !l.yieldEntries(kind, yield) {
				return
			}
		}
	}
}

func (c *Cache) yieldEntries(kind Kind, yield func(Info, error) bool) (more bool) {
	keys, listing := c.keys(kind)
	for _, key := range keys {
		info, err := c.entry(kind, key).info()
		if err != nil {
			info = Info{Kind: kind, Key: key}
		}
		if !yield(info, c.wrap(fmt.Sprintf("%s %s", kind, key.Short()), err)) {
			return false
		}
	}
	return listing == nil || yield(Info{Kind: kind}, c.wrap("", listing))
}

// keys returns the keys that have an entry, in order, and the errors of folders
// that cannot be listed. It skips what does not have an entry's name.
func (c *Cache) keys(kind Kind) (keys []Key, err error) {
	shards, err := readDir(c.path(string(kind)))
	for _, shard := range shards {
		list, failed := os.ReadDir(c.path(string(kind), shard.Name()))
		if !shard.IsDir() && failed != nil {
			continue // see items
		}
		err = errors.Join(err, failed)
		for _, e := range list {
			if key := Key(e.Name()); key.Valid() && strings.HasPrefix(e.Name(), shard.Name()) {
				keys = append(keys, key)
			}
		}
	}
	return keys, err
}
