package cache

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

func identify(info fs.FileInfo) identity {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}
	}
	return identity{uint64(s.Dev), s.Ino, s.Size, s.Mtimespec.Nano(), s.Ctimespec.Nano()}
}

// exchange swaps two paths in one step.
func exchange(a, b string) error {
	return unix.RenamexNp(a, b, unix.RENAME_SWAP)
}
