package disk

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// File is a file that is open for writing.
type File struct {
	file   *os.File
	handle int64
}

var handles atomic.Int64

// OpenFile is os.OpenFile.
func OpenFile(path string, flag int, perm fs.FileMode) (f *File, err error) {
	f = &File{handle: handles.Add(1)}
	c := Change{Op: OpCreate, Path: path, Handle: f.handle, Keep: flag&(os.O_TRUNC|os.O_EXCL) == 0}
	err = do(c, func() (err error) {
		f.file, err = os.OpenFile(path, flag, perm)
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Create is os.Create.
func Create(path string) (*File, error) {
	return OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// WriteFile is os.WriteFile.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	f, err := OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

func (f *File) change(op Op) Change { return Change{Op: op, Path: f.Name(), Handle: f.handle} }

// Write writes at the end of the file.
func (f *File) Write(data []byte) (n int, err error) {
	c := f.change(OpWrite)
	c.Data = data
	err = do(c, func() (err error) {
		n, err = f.file.Write(data)
		return err
	})
	return n, err
}

// Overwrite replaces a part of the file.
func (f *File) Overwrite(data []byte, at int64) error {
	c := f.change(OpOver)
	c.Data = data
	return do(c, func() error {
		_, err := f.file.WriteAt(data, at)
		return err
	})
}

// Truncate changes the size of the file.
func (f *File) Truncate(size int64) error {
	c := f.change(OpTruncate)
	c.Size = size
	return do(c, func() error { return f.file.Truncate(size) })
}

// Sync makes the content of the file durable.
func (f *File) Sync() error { return do(f.change(OpSync), f.file.Sync) }

// Sync makes the content of a file durable that is open for reading.
func Sync(f *os.File) error { return do(Change{Op: OpSync, Path: f.Name()}, f.Sync) }

// Seek is the method of os.File.
func (f *File) Seek(offset int64, whence int) (int64, error) { return f.file.Seek(offset, whence) }

// ReadAt is the method of os.File.
func (f *File) ReadAt(p []byte, at int64) (int, error) { return f.file.ReadAt(p, at) }

// Stat is the method of os.File.
func (f *File) Stat() (fs.FileInfo, error) { return f.file.Stat() }

// Chmod is the method of os.File.
func (f *File) Chmod(mode fs.FileMode) error { return f.file.Chmod(mode) }

// NoLocks reports whether an error of locking a file says that its file system has no locks.
func NoLocks(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK)
}

// Lock takes the file's lock, which ends when the file is closed.
func (f *File) Lock() error {
	return do(f.change(OpLock), func() error {
		return syscall.Flock(int(f.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	})
}

// Name returns the path under which the file was opened.
func (f *File) Name() string { return f.file.Name() }

// Close is the method of os.File.
func (f *File) Close() error { return f.file.Close() }

// Lock takes the exclusive lock of a file, which is made if there is none, for everyone who can
// read it. If another process holds it until ctx ends, the error is ctx's. It returns the
// file on an error too.
func Lock(ctx context.Context, path string) (*flock.Flock, error) {
	const flags = os.O_CREATE | syscall.O_NONBLOCK | syscall.O_NOFOLLOW // a pipe is not waited for
	lock := func(flag int, handle int64) (*flock.Flock, error) {
		l := flock.New(path, flock.SetFlag(flags|flag), flock.SetPermissions(0o666))
		return l, do(Change{Op: OpLock, Path: path, Handle: handle}, func() error {
			_, err := l.TryLockContext(ctx, 5*time.Millisecond)
			return err
		})
	}
	l, err := lock(os.O_RDONLY, 0)
	if errors.Is(err, syscall.EBADF) { // NFS locks only files that are open for writing
		return lock(os.O_RDWR, handles.Add(1))
	}
	return l, err
}
