package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sedlab/internal/durable"
)

// moveLock is held, exclusively, while a damaged item is set aside.
const moveLock = locksDir + "/damaged.lock"

// DamagedError reports that what was stored did not match its checksum or could
// not be decoded, and was moved out of the way: whoever looks for it next finds
// nothing. Only in the report of Verify it may still be in place.
type DamagedError struct {
	Item  string `json:"item"`            // <kind>-<key> of an entry, the file's name of a checkpoint
	What  string `json:"what"`            // what is wrong, and with which of its files
	Aside string `json:"aside"`           // where it is now; "" if another process has moved it, or if Stuck
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

// stuckError is about a damaged item that could not be moved. It does not wrap the
// DamagedError, lest someone goes on as if the item were gone.
type stuckError struct {
	damaged *DamagedError
	cause   error
}

func (e stuckError) Error() string { return e.damaged.Error() }
func (e stuckError) Unwrap() error { return e.cause }

// damage is an error in what is stored, as opposed to one of reading it.
type damage struct{ error }

func damaged(format string, args ...any) error { return damage{fmt.Errorf(format, args...)} }

func isDamage(err error) bool {
	var d damage
	return errors.As(err, &d)
}

// errGone says that there is no such item, or that there is none any more.
var errGone = errors.New("is not there")

// SetAside moves an entry out of the way that Get has returned and that cannot be
// used for a cause: its checksums are right, and yet it cannot be decoded. The
// error is a *DamagedError, as of Get, or another one if the move failed.
func (c *Cache) SetAside(kind Kind, key Key, cause error) error {
	if !key.Valid() {
		return fmt.Errorf("cache %s: %q is not a key", c.dir, key)
	}
	return c.setAsideFor(c.entry(kind, key), cause)
}

// setAsideFor moves an item whatever its checksum says.
func (c *Cache) setAsideFor(it item, cause error) error {
	err := c.setAside(context.Background(), it, func() error { return damage{cause} })
	if errors.Is(err, errGone) {
		err = &DamagedError{Item: it.name, What: cause.Error()}
	}
	return c.wrap("", err)
}

// check reads an item. If read finds it damaged, check moves it to the
// folder of damaged items and returns a *DamagedError, errGone if another process
// has moved it, or a stuckError if it cannot be moved.
func (c *Cache) check(ctx context.Context, it item, read func() error) error {
	if err := read(); !isDamage(err) {
		return err
	}
	return c.setAside(ctx, it, read)
}

// setAside reads a damaged item again, under a lock, before it moves it: another
// process may have moved it by now and stored a good one.
func (c *Cache) setAside(ctx context.Context, it item, read func() error) (err error) {
	to, failed := "", c.layOut()
	if failed == nil {
		var lock *Lock
		if lock, failed = c.lock(ctx, c.path(moveLock), nil); failed == nil {
			defer func() { err = errors.Join(err, lock.Unlock()) }()
		}
	}
	if _, err := os.Lstat(it.path); errors.Is(err, fs.ErrNotExist) {
		return errGone
	}
	cause := read()
	if !isDamage(cause) {
		return cause
	}
	if failed == nil {
		to, failed = c.freeName(it.name)
	}
	if failed == nil {
		failed = os.Rename(it.path, to)
	}
	if failed != nil {
		return stuckError{&DamagedError{Item: it.name, What: cause.Error(), Stuck: failed.Error()}, failed}
	}
	now := time.Now()
	_ = os.Chtimes(to, now, now) // tells people when; not allowed with another user's files
	return errors.Join(&DamagedError{Item: it.name, What: cause.Error(), Aside: to}, durable.SyncDir(filepath.Dir(it.path)))
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
