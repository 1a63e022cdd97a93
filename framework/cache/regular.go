package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// regular returns an error unless path is a regular file: to open a pipe hangs.
func regular(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s: not a regular file", path)
	}
	return err
}

// readRegular reads a file of the cache. That it is no regular file, or has more
// than limit bytes, is damage.
func readRegular(path string, limit int64) ([]byte, error) {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, damaged("not a regular file")
	case info.Size() > limit:
		return nil, damaged("has %d bytes, expected at most %d", info.Size(), limit)
	}
	return os.ReadFile(path)
}

// readDir lists a folder of the cache. One that is not there is empty: Look
// makes none.
func readDir(path string) ([]fs.DirEntry, error) {
	list, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return list, err
}
