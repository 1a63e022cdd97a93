package cache

import (
	_ "embed"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"sedlab/internal/disk"
	"sedlab/internal/durable"
)

//go:embed README.md
var readme string

// The folders of a cache, apart from those of its kinds.
const (
	digestsDir = "digests"
	locksDir   = "locks"
	damagedDir = "damaged"
	tmpDir     = "tmp"
)

// makeDir makes the folder of a cache, durably, if there is none.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := disk.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	return disk.SyncDir(filepath.Dir(dir))
}

// layOut makes those folders of a cache that are missing, and its README.md.
func (c *Cache) layOut() error {
	for _, name := range []string{
		string(Priors), string(Cells), string(Calibrations), string(Checkpoints), digestsDir, locksDir, openLocks, damagedDir, tmpDir,
	} {
		if err := c.mkdir(c.path(name)); err != nil {
			return err
		}
	}
	path := c.path("README.md")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := durable.WriteFileAs(path, c.mode&0o666, func(w io.Writer) error {
		_, err := io.WriteString(w, readme)
		return err
	})
	return unlessUnwritable(err) // README.md is only for people
}

// mkdir durably makes a folder with the permissions of the cache folder. It is not an
// error if the folder exists.
func (c *Cache) mkdir(dir string) error {
	err := disk.Mkdir(dir, 0o777)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := unlessRefused(os.Chmod(dir, c.mode)); err != nil {
		return err
	}
	return disk.SyncDir(filepath.Dir(dir))
}

// clearAway removes what is no longer needed. What some process has open may stay for now: NFS
// keeps such a file under another name, and so its folder, for a later sweep.
func clearAway(path string) error {
	err := disk.RemoveAll(path)
	if errors.Is(err, syscall.ENOTEMPTY) || errors.Is(err, syscall.EBUSY) {
		return nil
	}
	return err
}

// sweep removes files and folders that were left half written before the given time.
func (c *Cache) sweep(before time.Time) error {
	for _, name := range []string{tmpDir, string(Checkpoints), digestsDir} {
		list, err := readDir(c.path(name))
		if err != nil {
			return err
		}
		for _, e := range list {
			half := name == tmpDir || strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(e.Name(), ".tmp")
			info, err := e.Info()
			if !half || errors.Is(err, fs.ErrNotExist) || err == nil && info.ModTime().After(before) {
				continue
			}
			if err != nil {
				return err
			}
			// Files of another user may have to stay.
			if err := unlessUnwritable(clearAway(c.path(name, e.Name()))); err != nil {
				return err
			}
		}
	}
	return nil
}
