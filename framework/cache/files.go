package cache

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"sedlab/internal/regular"
	"sedlab/internal/sealed"
)

// maxSealed is the largest sealed file that is read, in bytes; ours have a few kB.
const maxSealed = 16 << 20

// readSealed reads the sealed file at path into v. Wrong content gives a damage error.
func readSealed(path string, v any) error {
	data, err := readRegular(path, maxSealed)
	if err != nil {
		return err
	}
	if err := sealed.Unmarshal(data, v); err != nil {
		return damage{err}
	}
	return nil
}

// readRegular reads a file of the cache. One that is not regular, or has more
// than limit bytes, is damaged.
func readRegular(path string, limit int64, marks ...regular.Mark) ([]byte, error) {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, damaged("not a regular file")
	case info.Size() > limit:
		return nil, damaged("has %d bytes, expected at most %d", info.Size(), limit)
	}
	data, err := regular.Read(path, limit, marks...)
	if errors.Is(err, regular.ErrMark) {
		return nil, damage{regular.ErrMark}
	}
	return data, err
}

// unlessMissing drops the error that there is no such file.
func unlessMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// readDir lists a folder of the cache. A missing folder counts as empty, because Look
// makes none.
func readDir(path string) ([]fs.DirEntry, error) {
	list, err := os.ReadDir(path)
	return list, unlessMissing(err)
}

// UnwritableError reports that Open cannot write to the cache: it lacks permission or
// space, or the file system is read-only.
type UnwritableError struct{ Err error }

func (e *UnwritableError) Error() string { return "cannot be written: " + e.Err.Error() }
func (e *UnwritableError) Unwrap() error { return e.Err }

// full reports whether err says that the disk or a quota has no space left.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// unwritable reports whether err says that nothing can be written.
func unwritable(err error) bool {
	return full(err) || errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrPermission)
}

// unlessRefused drops the error of changing a mode on a file system without modes, or
// that refuses it. Only users who share a cache need the modes.
func unlessRefused(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// unlessUnwritable drops the error of an optional write if nothing can be written. The
// cache can still be read then, and pruned.
func unlessUnwritable(err error) error {
	if unwritable(err) {
		return nil
	}
	return err
}
