package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"sedlab/internal/regular"
)

// unreadable stands for the SHA-256 of a file that cannot be opened.
const unreadable = "unreadable"

// broken reports whether an error is about a file alone: about what is in it, or because it
// cannot be opened. A disk that fails, or a file that changes meanwhile, says nothing about the
// file, and must not thin out a data set.
func broken(err error) bool {
	if pathErr := new(fs.PathError); !errors.As(err, &pathErr) {
		return !errors.Is(err, errChanged)
	}
	for _, cause := range []error{fs.ErrNotExist, fs.ErrPermission, regular.ErrNot, syscall.EISDIR, syscall.ELOOP} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

// Skips reports whether a file is left out because it cannot be opened.
func (c *SpectraConfig) Skips(path string) bool {
	if !c.SkipBroken {
		return false
	}
	f, _, err := regular.Open(path)
	if err == nil {
		_ = f.Close() // it was only looked at
		return false
	}
	return broken(err)
}

// brokenFile describes a file of which the spectra before row could be read.
func brokenFile(path string, row int, err error) Dropped {
	if pathErr := new(fs.PathError); errors.As(err, &pathErr) && pathErr.Path == path {
		err = pathErr.Err
	}
	reason := err.Error()
	if row > 0 {
		reason = fmt.Sprintf("%s; what comes before it was read, spectra: %d", reason, row)
	}
	return Dropped{filepath.Base(path), path, row, reason, UnreadFile}
}
