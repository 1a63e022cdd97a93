package cache

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
)

// shardKind is the kind of an item that stands in the place of a shard: of a folder for the
// entries whose keys begin with the same two digits.
const shardKind Kind = "shard"

var hexShard = regexp.MustCompile(`^[0-9a-f]{2}$`)

// shard returns the item for the shard that an entry is in.
func (c *Cache) shard(entry item) item {
	path := filepath.Dir(entry.path)
	return item{shardKind, Key(filepath.Base(path)), path, string(entry.kind) + "-" + filepath.Base(path)}
}

// isFolder returns a damage error if there is something in the place of a shard that is
// neither a folder nor a link to one.
func (it item) isFolder() error {
	info, err := os.Stat(it.path)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return damaged("is not a folder")
	}
	if _, none := os.Lstat(it.path); none != nil {
		return unlessMissing(none)
	}
	return damaged("is not a folder: %w", errors.Unwrap(err)) // a link that leads nowhere, or in a circle
}

// noShard reports whether err may be about what is in the place of a shard.
func noShard(err error) bool {
	return errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}

// checkShard sets aside what is in the place of an entry's shard, if it is no folder.
func (c *Cache) checkShard(entry item) error {
	it := c.shard(entry)
	return c.check(c.ctx, it, it.isFolder)
}
