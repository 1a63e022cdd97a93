package cache

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"sedlab/internal/durable"
)

//go:embed README.md
var readme string

// The folders of a cache beside those of its kinds.
const (
	digestsDir = "digests"
	locksDir   = "locks"
	damagedDir = "damaged"
	tmpDir     = "tmp"
)

// Cache is an open cache folder. Its methods can be called at the same time, by
// goroutines and by processes.
type Cache struct {
	dir      string
	mode     fs.FileMode  // of the folders in it: that of the cache folder itself
	use      *flock.Flock // shared: Prune stays away
	presence *Lock        // names this process to Prune
}

// Open opens the cache in dir, which it makes if there is none. Until Close, no
// other process can prune it; while one does, Open waits, but not for long.
// Files that processes left half written more than a day ago are removed.
func Open(ctx context.Context, dir string) (*Cache, error) {
	c, err := open(ctx, dir)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		err = fmt.Errorf("%w; choose a folder that you can write with --cache DIR", err)
	}
	if err != nil {
		return nil, fmt.Errorf("cache %s: %w", dir, err)
	}
	return c, nil
}

func open(ctx context.Context, dir string) (*Cache, error) {
	c, err := layOut(dir)
	if err != nil {
		return nil, err
	}
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	if err := c.sweep(time.Now().Add(-24 * time.Hour)); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// layOut makes the folders of a cache and its README.md where they are missing.
func layOut(dir string) (*Cache, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	c := &Cache{dir: dir, mode: info.Mode() & (fs.ModePerm | fs.ModeSetgid)}
	for _, name := range []string{
		string(Priors), string(Cells), string(Checkpoints), digestsDir, locksDir, openLocks, damagedDir, tmpDir,
	} {
		if err := c.mkdir(c.path(name)); err != nil {
			return nil, err
		}
	}
	readmePath := c.path("README.md")
	if _, err := os.Stat(readmePath); errors.Is(err, fs.ErrNotExist) {
		return c, durable.WriteFile(readmePath, func(w io.Writer) error {
			_, err := io.WriteString(w, readme)
			return err
		})
	}
	return c, nil
}

// Dir returns the cache's folder.
func (c *Cache) Dir() string { return c.dir }

// Close ends the use of the cache.
func (c *Cache) Close() error {
	err := errors.Join(os.Remove(c.presence.path), c.presence.Unlock(), c.use.Close())
	if err != nil {
		return fmt.Errorf("cache %s: close: %w", c.dir, err)
	}
	return nil
}

func (c *Cache) path(parts ...string) string {
	return filepath.Join(append([]string{c.dir}, parts...)...)
}

// entryDir is where the entry of a key is, or would be.
func (c *Cache) entryDir(kind Kind, key Key) string {
	return c.path(string(kind), string(key[:2]), string(key))
}

// mkdir makes a folder with the permissions of the cache folder, durably. That
// it exists is no error.
func (c *Cache) mkdir(dir string) error {
	err := os.Mkdir(dir, 0o777)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.Chmod(dir, c.mode); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(dir))
}

// sweep removes what was left half written before a time.
func (c *Cache) sweep(before time.Time) error {
	for _, name := range []string{tmpDir, string(Checkpoints), digestsDir} {
		list, err := os.ReadDir(c.path(name))
		if err != nil {
			return err
		}
		for _, e := range list {
			half := name == tmpDir || strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(e.Name(), ".tmp")
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) || !half {
				continue
			}
			if err != nil {
				return err
			}
			if info.ModTime().After(before) {
				continue
			}
			// What belongs to another user may have to stay.
			if err := os.RemoveAll(c.path(name, e.Name())); err != nil && !errors.Is(err, fs.ErrPermission) {
				return err
			}
		}
	}
	return nil
}
