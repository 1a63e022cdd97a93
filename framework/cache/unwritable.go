package cache

import (
	"errors"
	"io/fs"
	"syscall"
)

// full tells whether err says that there is no space left, of the disk or of a quota.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// unwritable tells whether err says that nothing can be written: there is no
// space or permission, or the file system is read-only.
func unwritable(err error) bool {
	return full(err) || errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrPermission)
}

// unlessUnwritable drops the error of a write that only helps, where nothing can
// be written: what is stored can still be read then, and space be made.
func unlessUnwritable(err error) error {
	if unwritable(err) {
		return nil
	}
	return err
}
