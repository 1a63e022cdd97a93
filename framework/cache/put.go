package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"sedlab/internal/durable"
	"sedlab/internal/sealed"
)

// step is called after each step of Put, and of the making of a lock file, for
// tests that end the process there, or get in between.
var step = func(name string) {}

// Put stores the files that write makes in dir, an empty folder, as the entry of
// a key: as a whole and durably, or on an error not at all. If another process
// has stored the entry already, ours is dropped; a damaged one makes room. Errors name the path and wrap
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
	if other, err := c.settle(tmp, to, kind, key); other || err != nil {
		return err
	}
	step("renamed")
	return durable.SyncDir(filepath.Dir(to))
}

// settle gives the finished folder tmp its place. What is there already stays if
// it is whole, and another process was first; if it is damaged it is set aside.
func (c *Cache) settle(tmp, to string, kind Kind, key Key) (other bool, err error) {
	for {
		err = os.Rename(tmp, to)
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, syscall.ENOTDIR) { // EEXIST, ENOTEMPTY; a file
			return false, err
		}
		found := c.check(context.Background(), to, itemName(kind, key), func() error {
			_, err := verify(to, kind, key, func(string, []byte) {})
			return err
		})
		var d *DamagedError
		if !errors.As(found, &d) && !errors.Is(found, errGone) {
			return found == nil, found
		}
	}
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
	text, err := sealed.Marshal(info)
	if err != nil {
		return err
	}
	if err := writeSynced(filepath.Join(dir, entryFile), text, 0o444); err != nil {
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
