package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

const (
	useLock   = locksDir + "/use.lock"
	openLocks = locksDir + "/open"
)

// patience is how long Open waits for a prune to end.
const patience = 30 * time.Second

// InUseError says that processes have a cache open that Prune should change.
type InUseError struct {
	Holders []Holder
}

func (e *InUseError) Error() string {
	text := "in use by "
	for i, h := range e.Holders {
		if i > 0 {
			text += ", "
		}
		text += h.String()
	}
	return text + "; wait until it ends"
}

// readLock opens a lock file to lock it with others, for which nothing needs to
// be written. It does not wait for a pipe to have a writer.
const readLock = os.O_RDONLY | syscall.O_NONBLOCK

// enter notes that this process uses the cache, and keeps Prune away.
func (c *Cache) enter(ctx context.Context) error {
	if _, err := c.lockFile(c.path(useLock)); err != nil { // makes it
		return err
	}
	if err := c.share(ctx); err != nil {
		return err
	}
	if err := c.announce(ctx); err != nil && !full(err) { // a prune makes space, and runs need none for what is here
		return errors.Join(err, c.use.Close())
	}
	return nil
}

// share waits until nobody prunes the cache, and keeps Prune away.
func (c *Cache) share(ctx context.Context) error {
	c.use = flock.New(c.path(useLock), flock.SetFlag(readLock))
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ok, err := c.use.TryRLockContext(limited, firstPause)
	if ctx.Err() == nil && limited.Err() != nil {
		return fmt.Errorf("is being pruned by %s; try again when that is done", readHolder(c.path(useLock)))
	}
	if !ok || err != nil {
		return explain(err)
	}
	return nil
}

// announce names this process to Prune. Users, of another process, may have the
// new file locked for a moment.
func (c *Cache) announce(ctx context.Context) (err error) {
	name := fmt.Sprintf("%d-%08x.lock", os.Getpid(), rand.Uint32())
	c.presence, err = c.lock(ctx, c.path(openLocks, name), nil)
	return err
}

// Users returns who has the cache open, this process included, as far as they
// could sign. The files of processes that died can be locked, and name nobody.
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
		case errors.Is(err, fs.ErrNotExist): // closed by now
		case err != nil:
			return nil, explain(err)
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

// reserve takes the cache for this process alone, or says who uses it.
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
		users = []Holder{{}} // it opened or closes the cache at this moment
	}
	return nil, &InUseError{users}
}

// Idle tells whether a folder is a cache that no process has open.
func Idle(dir string) bool {
	path := filepath.Join(dir, useLock)
	if _, err := os.Stat(path); err != nil {
		return false
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDWR))
	free, err := lock.TryLock()
	return free && err == nil && lock.Close() == nil
}
