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
	"syscall"
)

// WriteFile replaces the file at path with the output of write. The data go to a
// temporary file in the same folder, which is synced and renamed; then the folder is
// synced. On an error the old file stays and nothing else is left behind. Errors name
// path.
func WriteFile(path string, write func(io.Writer) error) error { return WriteFileAs(path, 0, write) }

// WriteFileAs is WriteFile of a file with the given permissions, whatever the user's umask;
// 0 leaves it to the umask. A file system that refuses to change permissions is no error.
func WriteFileAs(path string, perm fs.FileMode, write func(io.Writer) error) error {
	if err := replace(path, perm, write); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func replace(path string, perm fs.FileMode, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	f, err := create(dir, filepath.Base(path))
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close() // closing twice does no harm
			os.Remove(f.Name())
		}
	}()
	if perm != 0 {
		err := f.Chmod(perm)
		if err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	w := bufio.NewWriterSize(f, 1<<16)
	for _, step := range []func() error{
		func() error { return write(w) }, w.Flush, f.Sync, f.Close,
		func() error { return os.Rename(f.Name(), path) },
		func() error { return SyncDir(dir) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// create creates a hidden file in dir. The user's umask sets its permissions, whereas
// files of os.CreateTemp are private.
func create(dir, base string) (*os.File, error) {
	for {
		name := filepath.Join(dir, fmt.Sprintf(".%s.%08x.tmp", base, rand.Uint32()))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, os.ErrExist) {
			return f, err
		}
	}
}

// SyncDir makes renames in a folder durable. It returns no error if the file system
// cannot sync folders, because the renames themselves have succeeded.
func SyncDir(dir string) error {
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
}
