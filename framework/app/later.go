package app

import (
	"errors"
	"syscall"

	"sedlab/framework/cache"
	"sedlab/framework/repaired"
)

// temporary reports whether an error has nothing to do with the work itself, so that another
// machine, or this one later, may do it. That is every error of the system except those that
// would come again: a list of the passing errors of network file systems would never be complete.
func temporary(err error) bool {
	if errors.As(err, new(*LaterError)) || errors.As(err, new(*repaired.InUseError)) || errors.As(err, new(*cache.InUseError)) {
		return true
	}
	var number syscall.Errno
	if !errors.As(err, &number) {
		return false
	}
	switch number {
	case syscall.ENOENT, syscall.EACCES, syscall.EPERM, syscall.ENAMETOOLONG, syscall.EFBIG, syscall.EINVAL, syscall.ELOOP,
		syscall.EISDIR, syscall.ENOTDIR, syscall.ENODEV, syscall.ENXIO, syscall.ENOSYS, syscall.EOPNOTSUPP:
		return false
	}
	return true
}

// later makes an error that has nothing to do with the work itself a *LaterError.
func later(err error) error {
	if err != nil && temporary(err) && !errors.As(err, new(*LaterError)) {
		return &LaterError{err}
	}
	return err
}
