package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sedlab/internal/durable"
)

// step is called after each step of Put, for tests that end the process there.
var step = func(name string) {}

// Put stores the files that write makes in dir, an empty folder, as the entry of
// a key: as a whole and durably, or on an error not at all. If another process
// has stored the entry already, ours is dropped. Errors name the path and wrap
// the cause, such as syscall.ENOSPC.
//
// The key must be that of m.Ingredients.
func (c *Cache) Put(kind Kind, key Key, m Meta, write func(dir string) error) error {
	if made, _, err := KeyOf(m.Ingredients); err != nil || made != key {
		panic(fmt.Sprintf("cache: put under key %s what has the key %s (%v)", key, made, err))
	}
	if err := c.put(kind, key, m, write); err != nil {
		return fmt.Errorf("cache %s: store %s %s: %w", c.dir, kind, key.Short(), err)
	}
	return nil
}

func (c *Cache) put(kind Kind, key Key, m Meta, write func(dir string) error) (err error) {
	tmp, err := os.MkdirTemp(c.path(tmpDir), fmt.Sprintf("%s-%s-*", kind, key.Short()))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }() // nothing is there after a rename
	if err := os.Chmod(tmp, c.mode); err != nil {
		return err
	}
	step("folder")
	if err := write(tmp); err != nil {
		return err
	}
	step("files")
	if err := describe(tmp, Info{Kind: kind, Key: key, Created: time.Now().UTC(), Meta: m}); err != nil {
		return err
	}
	step("entry.json")
	to := c.entryDir(kind, key)
	if err := c.mkdir(filepath.Dir(to)); err != nil {
		return err
	}
	step("shard")
	err = os.Rename(tmp, to)
	if errors.Is(err, fs.ErrExist) { // EEXIST or ENOTEMPTY: another process was first
		return nil
	}
	if err != nil {
		return err
	}
	step("renamed")
	return durable.SyncDir(filepath.Dir(to))
}

// describe syncs the files in dir, makes them read-only, and writes their entry.json.
func describe(dir string, info Info) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	info.Files = make([]File, len(list))
	for i, e := range list {
		if !e.Type().IsRegular() || e.Name() == entryFile {
			panic(fmt.Sprintf("cache: an entry cannot have %s: it has plain files, and its own %s", e.Name(), entryFile))
		}
		if info.Files[i], err = finishFile(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
		step("file " + e.Name())
	}
	sealed, err := seal(info)
	if err != nil {
		return err
	}
	if err := writeSynced(filepath.Join(dir, entryFile), sealed, 0o444); err != nil {
		return err
	}
	return durable.SyncDir(dir)
}

// finishFile makes a file read-only, syncs it, and describes it as it is stored.
func finishFile(path string) (file File, err error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return File{}, err
	}
	if err := f.Chmod(0o444); err != nil {
		return File{}, err
	}
	return File{filepath.Base(path), size, hex.EncodeToString(sum.Sum(nil))}, f.Sync()
}
