// Package disk makes every change that sedlab makes to files and folders, so that tests can
// see each change, make it fail, or end the process before it. Its functions are those of
// package os. Only lock files, which are empty, do without it.
package disk

import (
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
)

// Op says what a change does.
type Op string

// The kinds of changes.
const (
	OpCreate   Op = "create"    // a file, or empty it, or open it to append to it
	OpWrite    Op = "write"     // at the end of a file
	OpOver     Op = "overwrite" // a part of a file
	OpTruncate Op = "truncate"  // a file
	OpSync     Op = "sync"      // the content of a file
	OpSyncDir  Op = "sync dir"  // the entries of a folder
	OpRename   Op = "rename"    // a file or a folder
	OpExchange Op = "exchange"  // two names
	OpRemove   Op = "remove"    // a file
	OpClear    Op = "removeall" // a file, or a folder with all that is in it
	OpMkdir    Op = "mkdir"     // a folder
	OpSymlink  Op = "symlink"   // a link
	OpLink     Op = "link"      // a further name of a file
	OpLock     Op = "lock"      // a file, exclusively
)

// Change is a change that is about to be made.
type Change struct {
	Op     Op
	Path   string // of an open file, that under which it was opened
	To     string // of a rename, an exchange, a further name, and what a link leads to
	Handle int64  // distinguishes files that are open for writing; 0 for others
	Keep   bool   // of a creation: what the file has stays
	Size   int64  // of a truncation
	Data   []byte // of a write; valid until the watcher returns
	Err    error  // why the change, of which the watcher knows, could not be made
}

// ErrSkip is what a watcher returns for a change that is not made, but counts as made.
var ErrSkip = errors.New("skipped")

var watcher atomic.Pointer[func(Change) error]

// Watch calls f before each change until stop is called, which brings the watcher before it back. If
// f returns an error, the change is not made and, unless the error is ErrSkip, fails with it. If a
// change fails by itself, f is called again, with Change.Err. f may be called by several goroutines.
func Watch(f func(Change) error) (stop func()) {
	before := watcher.Swap(&f)
	return func() { watcher.Store(before) }
}

// do makes a change, unless a watcher forbids it.
func do(c Change, change func() error) error {
	f := watcher.Load()
	if f == nil {
		return change()
	}
	switch err := (*f)(c); {
	case err == ErrSkip:
		return nil
	case err != nil:
		return &fs.PathError{Op: string(c.Op), Path: c.Path, Err: err}
	}
	if c.Err = change(); c.Err != nil {
		_ = (*f)(c)
	}
	return c.Err
}

// Rename is os.Rename.
func Rename(path, to string) error {
	return do(Change{Op: OpRename, Path: path, To: to}, func() error { return os.Rename(path, to) })
}

// Exchange makes two paths trade places with a function of the system.
func Exchange(a, b string, exchange func(a, b string) error) error {
	return do(Change{Op: OpExchange, Path: a, To: b}, func() error { return exchange(a, b) })
}

// Remove is os.Remove.
func Remove(path string) error {
	return do(Change{Op: OpRemove, Path: path}, func() error { return os.Remove(path) })
}

// RemoveAll is os.RemoveAll.
func RemoveAll(path string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return do(Change{Op: OpClear, Path: path}, func() error { return os.RemoveAll(path) })
}

// Mkdir is os.Mkdir.
func Mkdir(path string, perm fs.FileMode) error {
	return do(Change{Op: OpMkdir, Path: path}, func() error { return os.Mkdir(path, perm) })
}

// MkdirAll is os.MkdirAll.
func MkdirAll(path string, perm fs.FileMode) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	return do(Change{Op: OpMkdir, Path: path}, func() error { return os.MkdirAll(path, perm) })
}

// MkdirTemp is os.MkdirTemp.
func MkdirTemp(dir, pattern string) (path string, err error) {
	if path, err = os.MkdirTemp(dir, pattern); err != nil {
		return "", err
	}
	if err := do(Change{Op: OpMkdir, Path: path}, func() error { return nil }); err != nil {
		return "", errors.Join(err, os.Remove(path))
	}
	return path, nil
}

// Symlink is os.Symlink.
func Symlink(target, path string) error {
	return do(Change{Op: OpSymlink, Path: path, To: target}, func() error { return os.Symlink(target, path) })
}

// Link is os.Link.
func Link(path, to string) error {
	return do(Change{Op: OpLink, Path: path, To: to}, func() error { return os.Link(path, to) })
}

// SyncDir makes the entries of a folder durable. It returns no error if the file system
// cannot sync folders, because the entries themselves have been changed.
func SyncDir(dir string) error {
	return do(Change{Op: OpSyncDir, Path: dir}, func() error {
		d, err := os.Open(dir)
		if err != nil {
			return err
		}
		defer d.Close()
		err = d.Sync()
		if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
			return nil
		}
		return err
	})
}
