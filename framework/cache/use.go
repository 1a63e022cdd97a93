package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	useLock   = locksDir + "/use.lock"
	openLocks = locksDir + "/open"
)

// patience is how long Open waits for a prune to end.
const patience = 30 * time.Second

// InUseError reports that a cache is in use: for Prune, that other processes have it
// open; for Open, that another process prunes it.
type InUseError struct {
	Holders []Holder
}

func (e *InUseError) Error() string {
	names := make([]string, len(e.Holders))
	for i, h := range e.Holders {
		names[i] = h.String()
	}
	return "in use by " + strings.Join(names, ", ")
}

// enter registers this process as a user of the cache, and keeps Prune away.
func (c *Cache) enter(ctx context.Context) error {
	if err := c.makeLockFile(c.path(useLock)); err != nil {
		return err
	}
	if err := c.share(ctx); err != nil {
		return err
	}
	if err := c.announce(ctx); err != nil && !full(err) { // a full cache can be read, and pruned
		return errors.Join(err, c.use.Close())
	}
	return nil
}

// look is like enter, but makes no files or folders. It needs no lock if the cache has no
// lock file, because then nobody can be pruning it.
func (c *Cache) look(ctx context.Context) error {
	err := c.share(ctx)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := c.announce(ctx); err != nil && !unwritable(err) && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, c.use.Close())
	}
	return nil
}

// share waits until nobody prunes the cache, and keeps Prune away.
func (c *Cache) share(ctx context.Context) (err error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c.use, err = lockShared(limited, c.path(useLock))
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return &InUseError{[]Holder{readHolder(c.path(useLock))}}
	}
	return err
}

// announce names this process to Prune. It may have to wait a moment, while Users in
// another process has the new file locked.
func (c *Cache) announce(ctx context.Context) (err error) {
	name := fmt.Sprintf("%d-%08x.lock", os.Getpid(), rand.Uint32())
	c.presence, err = c.lock(ctx, c.path(openLocks, name), nil)
	return err
}

// Users returns the processes that have the cache open, including this one, unless they
// could not write who they are. A process that died holds no lock and is left out.
func (c *Cache) Users() ([]Holder, error) {
	list, err := readDir(c.path(openLocks))
	if err != nil {
		return nil, err
	}
	var users []Holder
	for _, e := range list {
		path := c.path(openLocks, e.Name())
		holder := readHolder(path)
		file := flock.New(path, flock.SetFlag(readLock))
		free, err := file.TryRLock()
		switch {
		case errors.Is(err, fs.ErrNotExist): // closed meanwhile
		case err != nil:
			return nil, lockError(err)
		case !free:
			users = append(users, holder)
		default:
			if err := file.Close(); err != nil {
				return nil, err
			}
		}
	}
	return users, nil
}

// reserve takes the cache for this process only, or returns an *InUseError.
func (c *Cache) reserve() (*Lock, error) {
	lock, _, err := c.tryLock(c.path(useLock))
	if err != nil || lock != nil {
		return lock, err
	}
	users, err := c.Users()
	if err != nil {
		return nil, err
	}
	if len(users) == 0 {
		users = []Holder{{}} // someone is opening or closing the cache at this moment
	}
	return nil, &InUseError{users}
}

// Idle reports whether a folder is a cache that no process has open.
func Idle(dir string) bool {
	path := filepath.Join(dir, useLock)
	if _, err := os.Stat(path); err != nil {
		return false
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDWR))
	free, err := lock.TryLock()
	return free && err == nil && lock.Close() == nil
}
