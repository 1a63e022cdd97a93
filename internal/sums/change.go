package sums

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sedlab/internal/disk"
	"sedlab/internal/durable"
	"sedlab/internal/regular"
)

// lockFile is locked by the process that changes the sums.
const lockFile = ".sums.lock"

// patience is how long a change waits for those of other processes, which take milliseconds.
const patience = 10 * time.Second

// Change replaces and removes files of a folder. Until Commit, the folder has only hidden
// new files. Either Commit or Drop must follow.
type Change struct {
	dir     string
	files   map[string]*durable.Pending
	sums    Sums
	remove  []string
	folders map[string]bool // in which names have changed
}

// NewChange returns a change of nothing yet.
func NewChange(dir string) *Change {
	return &Change{dir: dir, files: map[string]*durable.Pending{}, sums: Sums{}, folders: map[string]bool{dir: true}}
}

// WriteFile durably replaces a file of a folder, and its sum.
func WriteFile(dir, name string, write func(io.Writer) error) error {
	c := NewChange(dir)
	if err := c.Write(name, write); err != nil {
		return err
	}
	return c.Commit()
}

// Remove durably removes a file of a folder, if there is one, and its sum.
func Remove(dir, name string) error {
	c := NewChange(dir)
	c.Remove(name)
	return c.Commit()
}

// Write gives the named file a new content. A folder in its name is made if there is none;
// it may not be a link. After an error, nothing remains of the change.
func (c *Change) Write(name string, write func(io.Writer) error) error {
	if !named(name) {
		panic(fmt.Sprintf("sums: %q is not the name of a file in a folder", name))
	}
	path := filepath.Join(c.dir, filepath.FromSlash(name))
	err := realFolder(c.dir, filepath.Dir(path))
	sum := sha256.New()
	var p *durable.Pending
	if err == nil {
		p, err = durable.Prepare(path, func(w io.Writer) error { return write(io.MultiWriter(w, sum)) })
	}
	if err != nil {
		c.Drop()
		return err
	}
	if old := c.files[name]; old != nil {
		old.Drop()
	}
	c.files[name], c.sums[name] = p, []string{hex.EncodeToString(sum.Sum(nil))}
	return nil
}

// realFolder makes a folder below dir if there is none. A link is an error, because what it
// leads to is not the folder's own.
func realFolder(dir, sub string) error {
	if sub == filepath.Clean(dir) {
		return nil
	}
	info, err := os.Lstat(sub)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return disk.MkdirAll(sub, 0o777)
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s: is not a folder of its own; move it away", sub)
	}
	return err
}

// Forget leaves files out of the change whose names begin with prefix.
func (c *Change) Forget(prefix string) {
	for name, p := range c.files {
		if strings.HasPrefix(name, prefix) {
			p.Drop()
			delete(c.files, name)
			delete(c.sums, name)
		}
	}
}

// Remove removes the named file, if there is one.
func (c *Change) Remove(name string) { c.remove = append(c.remove, name) }

// Drop gives the change up.
func (c *Change) Drop() {
	for _, p := range c.files {
		p.Drop()
	}
	clear(c.files)
	clear(c.sums)
}

// Commit makes the change, durably. On an error it may have been made in part; every file
// that was there then still has its old content or the new one, with its sum.
func (c *Change) Commit() error {
	defer c.Drop()
	return Locked(c.dir, lockFile, c.commit)
}

// Accept makes the content that a file has now the right one, after a person has edited it.
func Accept(dir, name string) error { return accept(dir, true, name) }

// Adopt adds the sums of files that have none, as they are now. Files that are not there are
// left out.
func Adopt(dir string, names ...string) error { return accept(dir, false, names...) }

func accept(dir string, again bool, names ...string) error {
	return Locked(dir, lockFile, func() error {
		before, err := Read(dir)
		if err != nil {
			return err
		}
		after := maps.Clone(before)
		for _, name := range names {
			if sum := sumOf(dir, name); sum != nil && (again || after[name] == nil) {
				after[name] = sum
			}
		}
		return replaceSums(dir, before, after)
	})
}

// BusyError reports a folder whose files another process has been changing for too long.
type BusyError struct{ Dir string }

func (e *BusyError) Error() string {
	return e.Dir + ": another process is changing its files; try again"
}

// Locked calls change while it holds the lock of a file of a folder, which is no link. The error is a
// *BusyError if another process holds the lock for too long.
func Locked(dir, file string, change func() error) (err error) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	lock, err := disk.Lock(ctx, filepath.Join(dir, file))
	if errors.Is(err, context.DeadlineExceeded) {
		return &BusyError{dir}
	}
	if err != nil && !disk.NoLocks(err) {
		return fmt.Errorf("%s: lock: %w", lock.Path(), err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	return change()
}

func (c *Change) commit() error {
	before, err := Read(c.dir)
	if err != nil {
		return err
	}
	both, after := maps.Clone(before), maps.Clone(before)
	may := func(name, sum string) {
		if !slices.Contains(both[name], sum) {
			both[name] = append(slices.Clone(both[name]), sum)
		}
	}
	for _, name := range c.remove {
		if both[name] != nil {
			may(name, Absent)
		}
		delete(after, name)
	}
	for name, sum := range c.sums {
		after[name] = sum
		if both[name] == nil { // new, or of a version that kept no sums
			both[name] = sumOf(c.dir, name)
		}
		if both[name] == nil {
			may(name, Absent)
		}
		may(name, sum[0])
	}
	if err := replaceSums(c.dir, before, both); err != nil {
		return err
	}
	if err := c.move(); err != nil {
		return err
	}
	if err := replaceSums(c.dir, both, after); err != nil {
		return err
	}
	c.sweep()
	return nil
}

// sumOf returns the sum of a file of a folder as it is, or nothing if it cannot be read.
func sumOf(dir, name string) []string {
	f, _, err := regular.OpenIn(dir, filepath.FromSlash(name))
	if err != nil {
		return nil
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil
	}
	return []string{hex.EncodeToString(sum.Sum(nil))}
}

func replaceSums(dir string, old, s Sums) error {
	if s.equal(old) {
		return nil
	}
	return s.write(dir)
}

// sweep removes what dead processes left half written in the folders.
func (c *Change) sweep() {
	for dir := range c.folders {
		_ = durable.Sweep(dir) // what stays does no harm
	}
}

// move puts the new files in their places and removes those that go.
func (c *Change) move() error {
	for _, name := range slices.Sorted(maps.Keys(c.files)) {
		if err := c.files[name].Commit(); err != nil {
			return err
		}
		delete(c.files, name)
		c.folders[filepath.Join(c.dir, filepath.Dir(filepath.FromSlash(name)))] = true
	}
	for _, name := range c.remove {
		path := filepath.Join(c.dir, filepath.FromSlash(name))
		err := disk.Remove(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		}
		c.folders[filepath.Dir(path)] = true
	}
	for _, dir := range slices.Sorted(maps.Keys(c.folders)) {
		if err := disk.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}
