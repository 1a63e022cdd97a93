// Package durable replaces files so that a crash leaves the old file or the new one,
// never half of it.
package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"sedlab/internal/disk"
)

// WriteFile replaces the file at path with the output of write. The data go to a
// temporary file in the same folder, which is synced and renamed; then the folder is
// synced. On an error the old file stays and nothing else is left behind. Errors name
// path.
func WriteFile(path string, write func(io.Writer) error) error { return WriteFileAs(path, 0, write) }

// WriteFileAs is WriteFile of a file with the given permissions, whatever the user's umask;
// 0 leaves it to the umask. A file system that refuses to change permissions is no error.
func WriteFileAs(path string, perm fs.FileMode, write func(io.Writer) error) error {
	p, err := prepare(path, perm, write)
	if err == nil {
		err = p.Commit()
	}
	if err != nil {
		return err
	}
	return wrap(path, disk.SyncDir(filepath.Dir(path)))
}

// Pending is new content for a file, durable but not in its place yet.
type Pending struct {
	file *disk.File // open, because its lock says that this process lives
	path string
}

// Prepare writes new content for the file at path beside it. Commit or Drop must follow.
func Prepare(path string, write func(io.Writer) error) (*Pending, error) {
	return prepare(path, 0, write)
}

// Commit replaces the file. The folder must be synced afterwards.
func (p *Pending) Commit() error {
	if err := disk.Rename(p.file.Name(), p.path); err != nil && !p.placed() {
		p.Drop()
		return wrap(p.path, err)
	}
	return wrap(p.path, p.file.Close())
}

// placed reports whether the new content is in its place, as it may be over NFS after a rename
// that failed, when its first answer was lost.
func (p *Pending) placed() bool {
	mine, err := p.file.Stat()
	there, failed := os.Lstat(p.path)
	return err == nil && failed == nil && os.SameFile(mine, there)
}

// Drop removes the new content, if Commit has not put it in its place. If it cannot be
// removed, Sweep will remove it.
func (p *Pending) Drop() {
	_ = disk.Remove(p.file.Name())
	_ = p.file.Close() // closing twice does no harm
}

func wrap(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write %s: %w", path, err)
}

func prepare(path string, perm fs.FileMode, write func(io.Writer) error) (_ *Pending, err error) {
	defer func() { err = wrap(path, err) }()
	f, err := create(path)
	if err != nil {
		return nil, err
	}
	p, done := &Pending{f, path}, false
	defer func() { // also if write panics
		if !done {
			p.Drop()
		}
	}()
	if perm != 0 {
		err := f.Chmod(perm)
		if err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, errors.ErrUnsupported) {
			return nil, err
		}
	}
	w := bufio.NewWriterSize(f, 1<<16)
	for _, step := range []func() error{func() error { return write(w) }, w.Flush, f.Sync} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	done = true
	return p, nil
}

const tempExt = ".tmp"

// create creates a hidden file beside path. The user's umask sets its permissions, whereas
// files of os.CreateTemp are private.
func create(path string) (*disk.File, error) {
	dir, base := filepath.Split(path)
	for {
		name := filepath.Join(dir, fmt.Sprintf(".%s.%08x%s", base, rand.Uint32(), tempExt))
		f, err := disk.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		err = f.Lock() // without locks, Sweep removes nothing
		if _, gone := os.Lstat(name); !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(gone, fs.ErrNotExist) {
			return f, nil
		}
		_ = f.Close() // Sweep came between
	}
}

// IsTemp reports whether a file's name is one that a process leaves behind if it dies while
// it replaces a file.
func IsTemp(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, tempExt)
}

// Sweep removes the files that dead processes have left in a folder. A folder that is not
// there has none.
func Sweep(dir string) error {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range list {
		info, failed := e.Info()
		if IsTemp(e.Name()) && failed == nil && info.Mode().IsRegular() {
			err = errors.Join(err, sweep(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// sweep removes a file unless a process has locked it, or that is unknown.
func sweep(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0) // for writing, because NFS locks no other file
	if err != nil {
		return nil // it has gone, or is another's
	}
	defer f.Close()
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return nil
	}
	if err := disk.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
