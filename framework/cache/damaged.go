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

// DamagedError says that what was stored did not match its checksum, and that it
// was moved out of the way: the next one to look for it finds nothing.
type DamagedError struct {
	Item  string `json:"item"`  // <kind>-<key> of an entry, the file's name of a checkpoint
	What  string `json:"what"`  // what is wrong, and with which file of it
	Aside string `json:"aside"` // where it is now
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s: %s; set aside as %s", e.Item, e.What, e.Aside)
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

// check reads the item at path. If read finds it damaged, check moves it to the
// folder of damaged items and returns a *DamagedError, or errGone if another
// process has moved it.
func (c *Cache) check(ctx context.Context, path, item string, read func() error) error {
	err := read()
	if !isDamage(err) {
		return err
	}
	lock, err := c.Lock(ctx, "damaged", nil)
	if err != nil {
		return err
	}
	return errors.Join(c.setAside(path, item, read), lock.Unlock())
}

// setAside reads a damaged item again, under the lock, before it moves it: by
// now another process may have moved it and stored a good one.
func (c *Cache) setAside(path, item string, read func() error) error {
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
		return fmt.Errorf("%s: %w; it cannot be set aside: %w", item, cause, err)
	}
	now := time.Now()
	_ = os.Chtimes(to, now, now) // tells people when; not allowed with another user's files
	return errors.Join(&DamagedError{item, cause.Error(), to}, durable.SyncDir(filepath.Dir(path)))
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
