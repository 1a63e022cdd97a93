package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sedlab/internal/disk"
)

// DamagedError reports a stored item that did not match its checksum or could not be
// decoded. It was moved out of the way, so the next look-up finds nothing. Only in the
// report of Verify, and in caches that are only read, may it still be in place.
type DamagedError struct {
	Item  string `json:"item"`            // <kind>-<key> for an entry, the file's name for a checkpoint
	What  string `json:"what"`            // what is wrong, and with which of its files
	Aside string `json:"aside"`           // where it is now; "" if another process has moved it, or if it is Stuck
	Stuck string `json:"stuck,omitempty"` // why it is still in place
}

func (e *DamagedError) Error() string {
	switch {
	case e.Stuck != "":
		return fmt.Sprintf("%s: %s; it cannot be set aside: %s", e.Item, e.What, e.Stuck)
	case e.Aside == "":
		return fmt.Sprintf("%s: %s; another process has set it aside", e.Item, e.What)
	default:
		return fmt.Sprintf("%s: %s; set aside as %s", e.Item, e.What, e.Aside)
	}
}

// stuckOnlyRead says why a damaged item of another's cache stays in place.
const stuckOnlyRead = "the cache is only read"

// stuckError reports a damaged item that could not be moved. It does not wrap the
// DamagedError, so that no caller goes on as if the item were gone.
type stuckError struct {
	damaged *DamagedError
	cause   error
}

func (e stuckError) Error() string { return e.damaged.Error() }
func (e stuckError) Unwrap() error { return e.cause }

// damage is an error in stored data, as opposed to an error in reading them.
type damage struct{ error }

func damaged(format string, args ...any) error { return damage{fmt.Errorf(format, args...)} }

func isDamage(err error) bool {
	var d damage
	return errors.As(err, &d)
}

// errGone says that an item does not exist, or no longer exists.
var errGone = errors.New("is not there")

// SetAside moves an entry out of the way that cannot be decoded, although its checksums
// are right. cause says why. The error is a *DamagedError, as with Get, or another one if
// the move failed.
func (e *Entry) SetAside(cause error) error {
	return e.from.setAsideFor(e.from.entry(e.Kind, e.Key), cause)
}

// setAsideFor moves an item out of the way, without regard to its checksum.
func (c *Cache) setAsideFor(it item, cause error) error {
	if c.readOnly {
		return c.wrap("", &DamagedError{Item: it.name, What: cause.Error(), Stuck: stuckOnlyRead})
	}
	err := c.setAside(c.ctx, it, func() error { return damage{cause} })
	if errors.Is(err, errGone) {
		err = &DamagedError{Item: it.name, What: cause.Error()}
	}
	return c.wrap("", err)
}

// check reads an item. If read finds it damaged, check moves it to the
// folder of damaged items and returns a *DamagedError, errGone if another process
// has moved it, or a stuckError if it cannot be moved. In a cache that is only read, all
// that cannot be read counts as damaged, and stays in place.
func (c *Cache) check(ctx context.Context, it item, read func() error) error {
	err := read()
	switch {
	case c.readOnly && err != nil && !errors.Is(err, errGone) && !errors.Is(err, fs.ErrNotExist):
		return &DamagedError{Item: it.name, What: err.Error(), Stuck: stuckOnlyRead}
	case !isDamage(err):
		return err
	}
	return c.setAside(ctx, it, read)
}

// setAside reads a damaged item again, under a lock, before moving it. Another process
// may meanwhile have moved it and stored a good one.
func (c *Cache) setAside(ctx context.Context, it item, read func() error) error {
	began := false
	failed := c.layOut()
	if failed == nil {
		failed = c.locked(ctx, it, func(held func() error) error {
			began = true
			return c.moveAside(it, read, held)
		})
	}
	if failed == nil || began {
		return failed
	}
	return c.moveAside(it, read, func() error { return failed })
}

// moveAside moves a damaged item away, if ready returns no error.
func (c *Cache) moveAside(it item, read, ready func() error) error {
	if _, err := os.Lstat(it.path); errors.Is(err, fs.ErrNotExist) {
		return errGone
	}
	cause := read()
	if !isDamage(cause) {
		return cause
	}
	to, failed := c.freeName(it.name)
	c.step("to be moved")
	if err := ready(); err != nil {
		failed = err
	}
	if failed == nil {
		failed = disk.Rename(it.path, to)
	}
	if failed != nil {
		return stuckError{&DamagedError{Item: it.name, What: cause.Error(), Stuck: failed.Error()}, failed}
	}
	now := time.Now()
	_ = os.Chtimes(to, now, now) // shows people when it was found; fails for another user's files
	return errors.Join(&DamagedError{Item: it.name, What: cause.Error(), Aside: to}, disk.SyncDir(filepath.Dir(it.path)))
}

// freeName returns an unused path in the folder of damaged items.
func (c *Cache) freeName(name string) (string, error) {
	path := c.path(damagedDir, name)
	for n := 2; ; n++ {
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			return path, nil
		} else if err != nil {
			return "", err
		}
		path = c.path(damagedDir, fmt.Sprintf("%s.%d", name, n))
	}
}
