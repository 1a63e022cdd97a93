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
)

// Holder is who has a lock, for people to read. It is zero for the moment
// between taking a lock and signing it.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
	Command string    `json:"command"`
}

// String names the holder: process 12 on host since 15:04:05 (sedlab run quickstart).
func (h Holder) String() string {
	if h.PID == 0 {
		return "a process that has not signed its lock yet"
	}
	return fmt.Sprintf("process %d on %s since %s (%s)",
		h.PID, h.Host, h.Since.Local().Format(time.DateTime), h.Command)
}

// Lock is a lock that is held.
type Lock struct {
	path string
	file *flock.Flock
}

// The time between two attempts to take a lock.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
)

// Lock takes the exclusive lock of a name (letters, digits and . _ -) among all
// goroutines and processes that have the cache open, on other machines too where
// the file system passes locks on, as NFS does. It waits for another holder to
// release it or to die, and calls waiting, unless it is nil, once.
func (c *Cache) Lock(ctx context.Context, name string, waiting func(Holder)) (*Lock, error) {
	if !lockName.MatchString(name) {
		return nil, c.badName(name)
	}
	lock, err := c.lock(ctx, c.path(locksDir, name+".lock"), waiting)
	if err != nil {
		return nil, fmt.Errorf("cache %s: lock %s: %w", c.dir, name, err)
	}
	return lock, nil
}

// lock takes the exclusive lock of a file when it is free.
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

// TryLock takes the lock of a name as Lock does, or returns who holds it.
func (c *Cache) TryLock(name string) (*Lock, *Holder, error) {
	if !lockName.MatchString(name) {
		return nil, nil, c.badName(name)
	}
	lock, holder, err := c.tryLock(c.path(locksDir, name+".lock"))
	if err != nil {
		err = fmt.Errorf("cache %s: lock %s: %w", c.dir, name, err)
	}
	return lock, holder, err
}

func (c *Cache) badName(name string) error {
	return fmt.Errorf("cache %s: lock %q: a name has letters, digits, '.', '_' and '-' alone", c.dir, name)
}

var lockName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$`)

func (c *Cache) tryLock(path string) (*Lock, *Holder, error) {
	file, err := c.lockFile(path)
	if err != nil {
		return nil, nil, err
	}
	ok, err := file.TryLock()
	if err != nil {
		return nil, nil, explain(err)
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

// lockFile prepares the file at path for locking. It is made here so that all
// who can write in the cache can open it. Lock files are removed by Prune alone:
// otherwise one process could hold a file that is gone and another its successor.
func (c *Cache) lockFile(path string) (*flock.Flock, error) {
	perm := c.mode & 0o666
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
	if err == nil {
		err = errors.Join(f.Chmod(perm), f.Close())
		step("lock file")
	}
	if errors.Is(err, fs.ErrExist) {
		err = regular(path)
	}
	if err != nil {
		return nil, err
	}
	return flock.New(path, flock.SetFlag(os.O_RDWR|os.O_CREATE), flock.SetPermissions(perm)), nil
}

// sign writes into the lock file who holds it.
func (l *Lock) sign() error {
	host, _ := os.Hostname() // for people; a lock is one without it too
	text, err := json.Marshal(Holder{os.Getpid(), host, time.Now().UTC(), strings.Join(os.Args, " ")})
	if err != nil {
		return err
	}
	return os.WriteFile(l.path, append(text, '\n'), 0o666)
}

// Unlock releases the lock.
func (l *Lock) Unlock() error {
	err := os.Truncate(l.path, 0)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(unlessUnwritable(err), l.file.Close())
}

// maxHolder bounds what is read of a lock file [bytes].
const maxHolder = 1 << 20

// readHolder returns who signed a lock file, as far as it can be read.
func readHolder(path string) (h Holder) {
	if text, err := readRegular(path, maxHolder); err == nil && json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}

// explain says what to do about a file system that has no locks.
func explain(err error) error {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK) {
		return fmt.Errorf("%w: this file system has no file locks; choose a folder on another one with --cache DIR", err)
	}
	return err
}
