package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"sedlab/internal/disk"
	"sedlab/internal/lease"
)

const (
	useLock   = locksDir + "/use.lock"
	openName  = "open"
	openLocks = locksDir + "/" + openName
	pruneName = "prune" // the lease, among those of users, of who prunes
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

// share waits until nobody prunes the cache, and keeps Prune away, where the file system has
// file locks. That is all that can be done for those who can only read.
func (c *Cache) share(ctx context.Context) (err error) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c.use, err = lockShared(limited, c.path(useLock))
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return &InUseError{c.pruner()}
	}
	return err
}

// presence is a lease that names this process to Prune for as long as it has the cache open.
type presence struct {
	lease *Lock
	left  chan struct{}
	ended sync.WaitGroup
}

// announce names this process to Prune, by a lease, and then waits until nobody prunes: who
// prunes looks for leases after taking its own, so one of the two sees the other.
func (c *Cache) announce(ctx context.Context) error {
	name := fmt.Sprintf("%d-%08x", os.Getpid(), rand.Uint32())
	mine, _, err := c.users.Try(name)
	if err != nil {
		return err
	}
	p := &presence{lease: mine, left: make(chan struct{})}
	p.ended.Go(func() { p.stay(c.users, name) })
	c.presence = p
	for began := time.Now(); ; {
		who := c.pruner()
		switch {
		case len(who) == 0:
			return nil
		case time.Since(began) > patience:
			return errors.Join(&InUseError{who}, c.leave())
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), c.leave())
		case <-time.After(firstPause):
		}
	}
}

// stay takes the lease again whenever it was lost, because this process was paused, so that only
// a Prune of that time does not see it: what that has removed is missing, as in a cache without it.
func (p *presence) stay(users *lease.Folder, name string) {
	for {
		select {
		case <-p.left:
			return
		case <-p.lease.Lost():
		}
		again, _, err := users.Try(name)
		if again != nil && err == nil {
			_ = p.lease.Release() // which was lost
			p.lease = again
			continue
		}
		select {
		case <-p.left:
			return
		case <-time.After(users.Length / 4): // such as on a full disk
		}
	}
}

// leave withdraws what announce has announced.
func (c *Cache) leave() error {
	p := c.presence
	if p == nil {
		return nil
	}
	c.presence = nil
	close(p.left)
	p.ended.Wait()
	return unlessUnwritable(p.lease.Release())
}

// pruner returns who prunes the cache, if anyone does.
func (c *Cache) pruner() []Holder {
	h, err := c.users.Holder(pruneName)
	if h == nil || err != nil {
		return nil
	}
	return []Holder{*h}
}

// Users returns the processes that have the cache open, including this one, unless they
// could not write who they are. It leaves out those who are known to be dead.
func (c *Cache) Users() ([]Holder, error) {
	all, err := c.users.Holders()
	delete(all, pruneName)
	return slices.Collect(maps.Values(all)), c.wrap("", err)
}

// reserve takes the cache for this process only, or returns an *InUseError. It waits for
// users on other machines until they prove to be alive, or are silent for too long.
// The context that it returns also ends, with the cause ErrLost, when others may use the cache again.
func (c *Cache) reserve(ctx context.Context) (mine context.Context, release func() error, err error) {
	file := flock.New(c.path(useLock), flock.SetFlag(os.O_RDWR))
	if err := c.makeLockFile(c.path(useLock)); err != nil {
		return nil, nil, err
	}
	free, err := file.TryLock()
	if err != nil && !disk.NoLocks(err) {
		return nil, nil, err
	}
	if !free && err == nil {
		users, err := c.Users()
		if len(users) == 0 {
			users = []Holder{{}} // one that cannot write who it is
		}
		return nil, nil, errors.Join(err, &InUseError{users})
	}
	lock, other, err := c.users.Try(pruneName)
	if err != nil && !full(err) { // on a full disk, file locks must do
		return nil, nil, errors.Join(err, file.Close())
	}
	mine, release = ctx, file.Close
	if lock != nil {
		inner, stop := lock.Context(ctx)
		mine, release = inner, func() error {
			stop()
			return errors.Join(lock.Release(), file.Close())
		}
	}
	err = nil
	if other != nil {
		err = &InUseError{[]Holder{*other}}
	} else {
		err = c.alone(mine)
	}
	if err != nil {
		return nil, nil, errors.Join(err, release())
	}
	return mine, release, nil
}

// alone returns an *InUseError once a user of the cache proves to be alive, and nil once all
// are known to be dead.
func (c *Cache) alone(ctx context.Context) error {
	first, err := c.users.Holders()
	for ; err == nil; time.Sleep(firstPause) {
		var now map[string]Holder
		if now, err = c.users.Holders(); err != nil {
			return err
		}
		delete(now, pruneName)
		if len(now) == 0 {
			return nil
		}
		for name, h := range now {
			was, known := first[name]
			if !known || !was.Beat.Equal(h.Beat) || h.Here() {
				return &InUseError{slices.Collect(maps.Values(now))}
			}
		}
		err = context.Cause(ctx)
	}
	return err
}

// Idle reports whether a folder is a cache that no process has open.
func Idle(dir string) bool {
	path := filepath.Join(dir, useLock)
	if _, err := os.Stat(path); err != nil {
		return false
	}
	lock := flock.New(path, flock.SetFlag(os.O_RDWR))
	free, err := lock.TryLock()
	if !free && !disk.NoLocks(err) {
		return false
	}
	users := lease.Folder{Dir: filepath.Join(dir, openLocks), Length: Lease}
	held, err := users.Holders()
	return err == nil && len(held) == 0 && lock.Close() == nil
}
