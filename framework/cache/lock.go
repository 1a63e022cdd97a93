package cache

import (
	"context"
	"encoding/json"
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
)

// Holder says who holds a lock, for people. It is zero for a moment, between taking the
// lock and signing it.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
	Command string    `json:"command"`
}

// String names the holder: process 12 on host since 2006-01-02 15:04:05 (sedlab run quickstart).
func (h Holder) String() string {
	if h.PID == 0 {
		return "a process that has not signed its lock yet"
	}
	return fmt.Sprintf("process %d on %s since %s (%s)",
		h.PID, h.Host, h.Since.Local().Format(time.DateTime), h.Command)
}

// NoLocksError reports that the file system of the cache has no file locks.
type NoLocksError struct{ Err error }

func (e *NoLocksError) Error() string { return "this file system has no file locks: " + e.Err.Error() }
func (e *NoLocksError) Unwrap() error { return e.Err }

// lockError returns a *NoLocksError if err means that there are no file locks, else err.
func lockError(err error) error {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK) {
		return &NoLocksError{err}
	}
	return err
}

// Lock is a lock that is held.
type Lock struct {
	path string
	file *flock.Flock
}

// The shortest and the longest pause between two attempts to take a lock.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
)

// Lock takes the exclusive lock of a name (letters, digits and . _ -). It excludes all
// goroutines and processes that have the cache open, including those on other machines if
// the file system passes locks on, as NFS does. If the lock is held, Lock waits until the
// holder releases it or dies, and calls waiting once, unless it is nil.
func (c *Cache) Lock(ctx context.Context, name string, waiting func(Holder)) (*Lock, error) {
	path, err := c.lockPath(name)
	if err != nil {
		return nil, err
	}
	lock, err := c.lock(ctx, path, waiting)
	return lock, c.wrap("lock "+name, err)
}

// lock takes the exclusive lock of a file, once it is free.
func (c *Cache) lock(ctx context.Context, path string, waiting func(Holder)) (*Lock, error) {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		lock, holder, err := c.tryLock(path)
		if lock != nil || err != nil {
			return lock, err
		}
		if waiting != nil && (holder.PID != 0 || pause > firstPause) {
			waiting(*holder)
			waiting = nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("held by %s: %w", holder, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// TryLock takes the lock of a name like Lock but, instead of waiting, returns the holder.
func (c *Cache) TryLock(name string) (*Lock, *Holder, error) {
	path, err := c.lockPath(name)
	if err != nil {
		return nil, nil, err
	}
	lock, holder, err := c.tryLock(path)
	return lock, holder, c.wrap("lock "+name, err)
}

var lockName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$`)

func (c *Cache) lockPath(name string) (string, error) {
	if !lockName.MatchString(name) {
		return "", fmt.Errorf("cache %s: lock %q: expected a name of letters, digits, '.', '_' and '-'", c.dir, name)
	}
	return c.path(locksDir, name+".lock"), nil
}

func (c *Cache) tryLock(path string) (*Lock, *Holder, error) {
	if err := c.makeLockFile(path); err != nil {
		return nil, nil, err
	}
	file := flock.New(path, flock.SetFlag(os.O_RDWR|os.O_CREATE), flock.SetPermissions(c.mode&0o666))
	ok, err := file.TryLock()
	if err != nil {
		return nil, nil, lockError(err)
	}
	if !ok {
		holder := readHolder(path)
		return nil, &holder, nil
	}
	lock := &Lock{path, file}
	if err := unlessUnwritable(lock.sign()); err != nil {
		return nil, nil, errors.Join(err, lock.Unlock())
	}
	return lock, nil, nil
}

// makeLockFile makes the file at path if there is none, so that everyone who can write to
// the cache can lock it. Only Prune removes lock files: otherwise one process could lock a
// file that has been removed, and another process its successor.
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
// exclusive one. It returns the file on an error too.
func lockShared(ctx context.Context, path string) (*flock.Flock, error) {
	file := flock.New(path, flock.SetFlag(readLock))
	_, err := file.TryRLockContext(ctx, firstPause)
	return file, lockError(err)
}

// sign writes the holder into the lock file.
func (l *Lock) sign() error {
	host, _ := os.Hostname() // for people only
	text, err := json.Marshal(Holder{os.Getpid(), host, time.Now().UTC(), strings.Join(os.Args, " ")})
	if err != nil {
		return err
	}
	return disk.WriteFile(l.path, append(text, '\n'), 0o666)
}

// Unlock releases the lock.
func (l *Lock) Unlock() error {
	err := unlessMissing(os.Truncate(l.path, 0))
	return errors.Join(unlessUnwritable(err), l.file.Close())
}

// readHolder returns the holder that a lock file names, as far as it can be read.
func readHolder(path string) (h Holder) {
	if text, err := readRegular(path, 1<<20); err == nil && json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}
