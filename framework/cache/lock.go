package cache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"sedlab/internal/disk"
	"sedlab/internal/lease"
)

// Holder says who holds a lock, for people.
type Holder = lease.Holder

// Lock is a lock that is held: a lease, which a process that is paused may lose.
type Lock = lease.Lease

// ErrLost says that a lock was lost, because its holder seemed to be dead.
var ErrLost = lease.ErrLost

// Lease is the length of leases if Open is given none.
const Lease = time.Minute

// Lock takes the exclusive lock of a name (letters, digits and . _ -). It excludes all
// goroutines and processes that have the cache open, on any machine. If the lock is held,
// Lock waits until the holder releases it or is dead, and calls waiting once, unless it is
// nil.
func (c *Cache) Lock(ctx context.Context, name string, waiting func(Holder)) (*Lock, error) {
	if err := c.checkName(name); err != nil {
		return nil, err
	}
	lock, err := c.locks.Take(ctx, name, waiting)
	return lock, c.wrap("lock "+name, err)
}

// TryLock takes the lock of a name like Lock but, instead of waiting, returns the holder.
func (c *Cache) TryLock(name string) (*Lock, *Holder, error) {
	if err := c.checkName(name); err != nil {
		return nil, nil, err
	}
	lock, holder, err := c.locks.Try(name)
	return lock, holder, c.wrap("lock "+name, err)
}

// Locks returns who holds which lock, by name. It leaves out those who are known to be dead: whose
// process is gone, or who have been seen silent for the length of their leases.
func (c *Cache) Locks() (map[string]Holder, error) {
	all, err := c.locks.Holders()
	delete(all, openName)
	return all, c.wrap("", err)
}

// Watch returns who holds which of the locks that are asked for, and whose holders have fallen
// silent, by name. It is for somebody who looks only once: whoever is in doubt is watched for the
// length of its lease, or for the time most, after a call of waiting.
func (c *Cache) Watch(ctx context.Context, most time.Duration, asked func(name string, h Holder) bool, waiting func(Holder, time.Duration)) (alive, silent map[string]Holder, err error) {
	alive, silent, err = c.locks.Watch(ctx, most, asked, waiting)
	return alive, silent, c.wrap("", err)
}

// Sightings are what was seen of locks and users.
type Sightings = lease.Sightings

// Recall makes Locks and Users judge who is dead by what was seen before, too, of the same cache.
func (c *Cache) Recall(seen *Sightings) { c.locks.Seen, c.users.Seen = seen, seen }

var lockName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$`)

func (c *Cache) checkName(name string) error {
	if !lockName.MatchString(name) || name == openName {
		return fmt.Errorf("cache %s: lock %q: expected a name of letters, digits, '.', '_' and '-'", c.dir, name)
	}
	return nil
}

// leases returns the leases in a folder of the cache, of the given length, or of Lease if that is 0.
func (c *Cache) leases(length time.Duration, parts ...string) *lease.Folder {
	return &lease.Folder{Dir: c.path(parts...), Tmp: c.path(tmpDir), Mode: c.mode, Length: cmp.Or(length, Lease)}
}

// makeLockFile makes the file at path if there is none, so that everyone who can write to
// the cache can lock it. Nobody removes it: otherwise one process could lock a file that
// has been removed, and another process its successor.
func (c *Cache) makeLockFile(path string) error {
	perm := c.mode & 0o666
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
	if errors.Is(err, fs.ErrExist) {
		info, err := os.Lstat(path)
		if err == nil && !info.Mode().IsRegular() { // opening a pipe would hang
			err = fmt.Errorf("%s: not a regular file", path)
		}
		return err
	}
	if err != nil {
		return err
	}
	err = errors.Join(unlessRefused(f.Chmod(perm)), f.Close())
	c.step("lock file")
	return err
}

// readLock is the flag to open a lock file for a shared lock, which needs no write access.
// Opening does not wait for a pipe to have a writer.
const readLock = os.O_RDONLY | syscall.O_NONBLOCK

// lockShared takes the shared lock of a file that exists, once nobody holds the
// exclusive one. It returns the file on an error too. Without file locks it takes none.
func lockShared(ctx context.Context, path string) (*flock.Flock, error) {
	file := flock.New(path, flock.SetFlag(readLock))
	_, err := file.TryRLockContext(ctx, firstPause)
	if disk.NoLocks(err) {
		err = nil
	}
	return file, err
}

// firstPause is the pause between two attempts to lock a file.
const firstPause = 50 * time.Millisecond

// locked calls do under the lock under which an item is moved away or exchanged. do asks held before
// it moves the item; if the lock was lost by then, locked takes it again, and calls do once more.
func (c *Cache) locked(ctx context.Context, it item, do func(held func() error) error) error {
	for {
		lock, err := c.locks.Take(ctx, "item-"+strings.TrimPrefix(it.name, "."), nil)
		if err != nil {
			return err
		}
		err = errors.Join(do(lock.Held), lock.Release())
		if !errors.Is(err, ErrLost) {
			return err
		}
	}
}
