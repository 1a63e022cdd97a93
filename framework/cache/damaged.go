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

// DamagedError says that what was stored did not match its checksum or could not
// be decoded, and that it was moved out of the way: the next one to look for it
// finds nothing. Verify alone returns one of what it could not move.
type DamagedError struct {
	Item  string `json:"item"`            // <kind>-<key> of an entry, the file's name of a checkpoint
	What  string `json:"what"`            // what is wrong, and with which file of it
	Aside string `json:"aside"`           // where it is now; "" if another process has moved it, or if Stuck
	Stuck string `json:"stuck,omitempty"` // why it is where it was
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

// stuckError is of a damaged item that could not be moved. It does not wrap the
// DamagedError: nobody may go on as if the item were gone.
type stuckError struct {
	damaged *DamagedError
	cause   error
}

func (e stuckError) Error() string { return e.damaged.Error() }
func (e stuckError) Unwrap() error { return e.cause }

func stuck(item string, what, cause error) error {
	return stuckError{&DamagedError{Item: item, What: what.Error(), Stuck: cause.Error()}, cause}
}

func itemName(kind Kind, key Key) string { return fmt.Sprintf("%s-%s", kind, key) }

// damage is an error in what is stored, unlike one of reading it.
type damage struct{ error }

func damaged(format string, args ...any) error { return damage{fmt.Errorf(format, args...)} }

func isDamage(err error) bool {
	var d damage
	return errors.As(err, &d)
}

// errGone says that another process has set a damaged item aside.
var errGone = errors.New("was set aside by another process")

// SetAside moves an entry out of the way that Get has returned and whose content
// cannot be used for a cause: its checksums are right, and yet it cannot be
// decoded. The error is a *DamagedError, as of Get; any other if that failed.
func (c *Cache) SetAside(kind Kind, key Key, cause error) error {
	if !key.Valid() {
		return fmt.Errorf("cache %s: %q is not a key", c.dir, key)
	}
	return c.setAsideFor(c.entryDir(kind, key), itemName(kind, key), cause)
}

// setAsideFor moves the item at path whatever its checksum says.
func (c *Cache) setAsideFor(path, item string, cause error) error {
	err := c.setAside(context.Background(), path, item, func() error { return damage{cause} })
	if errors.Is(err, errGone) {
		err = &DamagedError{Item: item, What: cause.Error()}
	}
	return fmt.Errorf("cache %s: %w", c.dir, err)
}

// check reads the item at path. If read finds it damaged, check moves it to the
// folder of damaged items and returns a *DamagedError, or errGone if another
// process has moved it, or a stuckError.
func (c *Cache) check(ctx context.Context, path, item string, read func() error) error {
	if err := read(); !isDamage(err) {
		return err
	}
	return c.setAside(ctx, path, item, read)
}

// setAside reads a damaged item again, under a lock, before it moves it: by now
// another process may have moved it and stored a good one.
func (c *Cache) setAside(ctx context.Context, path, item string, read func() error) error {
	err := c.layOut()
	var lock *Lock
	if err == nil {
		lock, err = c.lock(ctx, c.path(locksDir, "damaged.lock"), nil)
	}
	if err == nil {
		return errors.Join(c.move(path, item, read), lock.Unlock())
	}
	if cause := read(); isDamage(cause) {
		return stuck(item, cause, err)
	}
	return err
}

// move moves what is still damaged. Its caller has the lock.
func (c *Cache) move(path, item string, read func() error) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return errGone
	}
	cause := read()
	if !isDamage(cause) {
		return cause
	}
	to, err := c.freeName(item)
	if err == nil {
		err = os.Rename(path, to)
	}
	if err != nil {
		return stuck(item, cause, err)
	}
	now := time.Now()
	_ = os.Chtimes(to, now, now) // tells people when; not allowed with another user's files
	return errors.Join(&DamagedError{Item: item, What: cause.Error(), Aside: to}, durable.SyncDir(filepath.Dir(path)))
}

// freeName returns a path in the folder of damaged items that is not in use.
func (c *Cache) freeName(item string) (string, error) {
	for n := 1; ; n++ {
		path := c.path(damagedDir, item)
		if n > 1 {
			path = c.path(damagedDir, fmt.Sprintf("%s.%d", item, n))
		}
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			return path, nil
		} else if err != nil {
			return "", err
		}
	}
}
