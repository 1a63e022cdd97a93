package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Has tells whether there seems to be an entry of a key, by looking for it only,
// for lists: Get tells more, which sets aside what is damaged.
func (c *Cache) Has(kind Kind, key Key) bool {
	if !key.Valid() {
		return false
	}
	_, err := os.Stat(filepath.Join(c.entryDir(kind, key), entryFile))
	return err == nil
}

// Get reads the entry of a key into memory and verifies it. Without an entry, it
// returns nil. A damaged entry is set aside, and the error is a *DamagedError:
// the caller reports it and goes on as if there had been none.
func (c *Cache) Get(kind Kind, key Key) (*Entry, error) {
	if !key.Valid() {
		return nil, fmt.Errorf("cache %s: %q is not a key", c.dir, key)
	}
	dir := c.entryDir(kind, key)
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var entry *Entry
	err := c.check(context.Background(), dir, itemName(kind, key), func() (err error) {
		entry = &Entry{files: map[string][]byte{}}
		entry.Info, err = verify(dir, kind, key, func(name string, data []byte) { entry.files[name] = data })
		return err
	})
	if errors.Is(err, errGone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cache %s: %w", c.dir, err)
	}
	return entry, nil
}
