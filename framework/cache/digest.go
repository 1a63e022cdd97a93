package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"sedlab/internal/durable"
	"sedlab/internal/regular"
	"sedlab/internal/sealed"
)

// racy is the age below which a file's times do not prove it unchanged: two changes
// within one tick of the file system's clock leave the times equal.
const racy = 2 * time.Second

// identity distinguishes contents of files without reading them.
type identity struct {
	Device   uint64 `json:"device"`
	Inode    uint64 `json:"inode"`
	Size     int64  `json:"size"`
	Modified int64  `json:"modified_ns"` // since 1970 [ns]
	Changed  int64  `json:"changed_ns"`  // the inode's time, which nobody can set back
}

// digestRecord is the content of a file in the folder of digests.
type digestRecord struct {
	File   identity `json:"file"`
	SHA256 string   `json:"file_sha256"`
}

// digestExt ends the names of digest records.
const digestExt = ".json"

// Digest returns the SHA-256 of the file at path as 64 hex digits. It remembers the
// result, and does not read the file again while its device, inode, size and times are
// the same. It does not remember a file that changed in the last two seconds, because the
// times may miss the next change. It remembers nothing if the cache cannot be written.
func (c *Cache) Digest(ctx context.Context, path string) (string, error) {
	before, id, err := stat(path)
	if err != nil {
		return "", err
	}
	if !before.Mode().IsRegular() {
		return "", &fs.PathError{Op: "open", Path: path, Err: regular.ErrNot}
	}
	name := c.path(digestsDir, fmt.Sprintf("%x-%x%s", id.Device, id.Inode, digestExt))
	known, err := recall(name, id)
	if known != "" || err != nil {
		return known, c.wrap("", err)
	}
	now := time.Now()
	sum, err := HashFile(ctx, path)
	if err != nil {
		return "", err
	}
	_, after, err := stat(path)
	if err == nil && after != id {
		err = fmt.Errorf("%s: changed while it was read", path)
	}
	if err != nil {
		return "", err
	}
	if id == (identity{}) || now.Sub(time.Unix(0, max(id.Modified, id.Changed))) < racy {
		return sum, nil
	}
	return sum, c.remember(name, digestRecord{id, sum})
}

// recall returns the SHA-256 that the record at path has of a file, or "" if there is no
// intact record of that file.
func recall(path string, id identity) (sum string, err error) {
	var known digestRecord
	err = readSealed(path, &known)
	switch {
	case isDamage(err), errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case known.File != id, id == (identity{}), !Key(known.SHA256).Valid():
		return "", nil
	}
	return known.SHA256, nil
}

func (c *Cache) remember(name string, r digestRecord) error {
	text, err := sealed.Marshal(r)
	if err != nil {
		return err
	}
	err = durable.WriteFileAs(name, c.mode&0o666, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	return c.wrap("", unlessUnwritable(unlessMissing(err))) // Look makes no folder
}

// stat also returns a file's identity, which is zero if the system provides none.
func stat(path string) (fs.FileInfo, identity, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, identity{}, err
	}
	return info, identify(info), nil
}

// HashFile returns the SHA-256 of a file, or ctx's error if ctx ends first.
func HashFile(ctx context.Context, path string) (sum string, err error) {
	f, _, err := regular.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	for {
		if err := ctx.Err(); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		_, err := io.CopyN(h, f, 8<<20)
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}
