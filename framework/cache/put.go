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
	"syscall"
	"time"

	"sedlab/internal/disk"
	"sedlab/internal/sealed"
)

// Put stores the files that write makes in dir, an empty folder, as the entry of a key.
// The entry is stored whole and durably or, on an error, not at all. If another process
// has stored an intact entry by then, that one stays and ours is dropped; a damaged one is
// set aside. Errors name the path and wrap the cause, such as syscall.ENOSPC.
//
// The key must be that of m.Ingredients.
func (c *Cache) Put(kind Kind, key Key, m Meta, write func(dir string) error) error {
	return c.put(Info{Kind: kind, Key: key, Meta: m}, write, false)
}

// Replace is like Put, for an entry that grows: ours takes the place of an intact entry.
// Readers find the old entry or the new one, whole. If several processes replace it at
// once, the last wins, whatever the others hold.
//
// If the file system cannot exchange two folders in one step, there is no entry for a
// moment, between two renames. A crash then loses it, and it is computed again.
func (c *Cache) Replace(kind Kind, key Key, m Meta, write func(dir string) error) error {
	return c.put(Info{Kind: kind, Key: key, Meta: m}, write, true)
}

// oldExt ends the name, in tmp, of the folder of an entry that is being replaced.
const oldExt = ".old"

func (c *Cache) put(info Info, write func(dir string) error, replace bool) (err error) {
	if made, _, err := KeyOf(info.Ingredients); err != nil || made != info.Key {
		panic(fmt.Sprintf("cache: put under key %s what has the key %s (%v)", info.Key, made, err))
	}
	defer func() { err = c.wrap(fmt.Sprintf("store %s %s", info.Kind, info.Key.Short()), err) }()
	tmp, err := disk.MkdirTemp(c.path(tmpDir), fmt.Sprintf("%s-%s-*", info.Kind, info.Key.Short()))
	if err != nil {
		return err
	}
	defer func() { // removes our entry if it was dropped, or the one that it replaced
		err = errors.Join(err, clearAway(tmp), clearAway(tmp+oldExt))
	}()
	if err := unlessRefused(os.Chmod(tmp, c.mode)); err != nil {
		return err
	}
	c.step("folder")
	if err := write(tmp); err != nil {
		return err
	}
	c.step("files")
	if err := c.describe(tmp, info); err != nil {
		return err
	}
	c.step("entry.json")
	to := c.entry(info.Kind, info.Key)
	if err := c.makeShard(to); err != nil {
		return err
	}
	c.step("shard")
	if err := c.settle(tmp, to, replace); err != nil {
		return err
	}
	c.step("renamed")
	return disk.SyncDir(filepath.Dir(to.path))
}

// makeShard makes the folder that an entry will be in. What is in its place and is no
// folder is set aside.
func (c *Cache) makeShard(to item) error {
	dir := filepath.Dir(to.path)
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil // a question is cheaper than an attempt, above all over a network
	}
	err := c.checkShard(to)
	if err != nil && !errors.As(err, new(*DamagedError)) && !errors.Is(err, errGone) {
		return err
	}
	return c.mkdir(dir)
}

// settle moves the finished folder tmp to its place. If an intact entry is there already,
// that entry stays or, with replace, moves to tmp.
func (c *Cache) settle(tmp string, to item, replace bool) error {
	move := func() error {
		err := disk.Rename(tmp, to.path)
		if _, there := os.Lstat(tmp); errors.Is(err, fs.ErrNotExist) && errors.Is(there, fs.ErrNotExist) {
			return nil // over NFS a rename may be done and fail, and nobody else moves tmp
		}
		return err
	}
	return c.contest(to, move, func() error {
		if !replace {
			return nil
		}
		return c.swap(tmp, to)
	})
}

// contest puts an entry into its place with move. If an intact entry is there already, it
// calls taken instead; a damaged one is set aside.
func (c *Cache) contest(to item, move, taken func() error) error {
	for {
		err := move()
		if !errors.Is(err, fs.ErrExist) && !errors.Is(err, syscall.ENOTDIR) { // EEXIST, ENOTEMPTY; a file
			return err
		}
		err = c.check(c.ctx, to, func() error {
			_, err := to.read()
			return err
		})
		if err == nil {
			err = taken()
		}
		var d *DamagedError
		if !errors.As(err, &d) && !errors.Is(err, errGone) {
			return err
		}
	}
}

// swap exchanges tmp and the entry at it. It returns errGone if that entry is gone, or if
// swap could only move it away. The lock keeps out processes that set the entry aside: no
// intact entry may take its place between their reading a damaged one and moving it.
func (c *Cache) swap(tmp string, it item) error {
	return c.locked(c.ctx, it, func(held func() error) error {
		c.step("to be exchanged")
		if err := held(); err != nil {
			return err
		}
		return c.trade(tmp, it.path)
	})
}

// trade is swap under the lock.
func (c *Cache) trade(tmp, to string) error {
	err := disk.Exchange(tmp, to, c.exchange)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		old := tmp + oldExt // exists if another process was faster than our first attempt
		if err = errors.Join(clearAway(old), disk.Rename(to, old)); err == nil {
			c.step("old moved")
			return errGone
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errGone
	case err != nil:
		return fmt.Errorf("exchange %s with %s: %w", to, tmp, err)
	}
	return nil
}

// describe syncs the files in dir, makes them read-only, and writes their entry.json.
func (c *Cache) describe(dir string, info Info) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	info.Created, info.Files = time.Now().UTC(), make([]File, len(list))
	for i, e := range list {
		if !e.Type().IsRegular() || e.Name() == entryFile {
			panic(fmt.Sprintf("cache: an entry cannot have %s: it has plain files, and its own %s", e.Name(), entryFile))
		}
		if info.Files[i], err = finishFile(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
		c.step("file " + e.Name())
	}
	text, err := sealed.Marshal(info)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, entryFile)
	if err := disk.WriteFile(path, text, 0o666); err != nil {
		return err
	}
	if _, err := finishFile(path); err != nil {
		return err
	}
	return disk.SyncDir(dir)
}

// finishFile makes a file read-only, syncs it, and describes it as stored.
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
	if err := unlessRefused(f.Chmod(0o444)); err != nil {
		return File{}, err
	}
	return File{filepath.Base(path), size, hex.EncodeToString(sum.Sum(nil))}, disk.Sync(f)
}
