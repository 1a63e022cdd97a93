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
	"sedlab/internal/sealed"
)

// racy is the age below which a file's times do not show that it is unchanged: a
// change within the resolution of the file system's clock leaves them equal.
const racy = 2 * time.Second

// identity tells one content of one file from another without reading it.
type identity struct {
	Device   uint64 `json:"device"`
	Inode    uint64 `json:"inode"`
	Size     int64  `json:"size"`
	Modified int64  `json:"modified_ns"` // since 1970 [ns]
	Changed  int64  `json:"changed_ns"`  // its inode, which nobody can set back
}

// fresh tells whether the file may change yet with no trace in its times.
func (i identity) fresh(now time.Time) bool {
	return now.Sub(time.Unix(0, max(i.Modified, i.Changed))) < racy
}

// digestRecord is a file of the folder of digests.
type digestRecord struct {
	File   identity `json:"file"`
	SHA256 string   `json:"file_sha256"`
}

// digestExt ends the names of digest records.
const digestExt = ".json"

// readDigest reads a digest record.
func readDigest(path string) (r digestRecord, err error) {
	return r, readSealed(path, &r)
}

// Digest returns the SHA-256 of the file at path as 64 hex digits. It remembers
// it, and does not read a file again that has not changed since: whose device,
// inode, size and times are the same. What changed in the last two seconds is
// not trusted to be unchanged. Where nothing can be written, nothing is remembered.
func (c *Cache) Digest(ctx context.Context, path string) (string, error) {
	before, id, err := stat(path)
	if err != nil {
		return "", err
	}
	if !before.Mode().IsRegular() {
		return "", fmt.Errorf("%s: is not a regular file", path)
	}
	name := c.path(digestsDir, fmt.Sprintf("%x-%x%s", id.Device, id.Inode, digestExt))
	known, err := readDigest(name)
	if err == nil && known.File == id && id != (identity{}) {
		return known.SHA256, nil
	}
	if err != nil && !isDamage(err) && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("cache %s: %w", c.dir, err)
	}
	now := time.Now()
	sum, err := HashFile(ctx, path)
	if err != nil {
		return "", err
	}
	_, after, err := stat(path)
	if err != nil {
		return "", err
	}
	if after != id {
		return "", fmt.Errorf("%s: changed while it was read", path)
	}
	if id.fresh(now) || id == (identity{}) {
		return sum, nil
	}
	return sum, c.remember(name, digestRecord{id, sum})
}

func (c *Cache) remember(name string, r digestRecord) error {
	text, err := sealed.Marshal(r)
	if err != nil {
		return err
	}
	err = durable.WriteFile(name, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) { // the folder: Look makes none
		return nil
	}
	if err = unlessUnwritable(err); err != nil {
		return fmt.Errorf("cache %s: %w", c.dir, err)
	}
	return nil
}

// stat returns the identity of a file; it is zero where the system tells none.
func stat(path string) (fs.FileInfo, identity, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, identity{}, err
	}
	return info, identify(info), nil
}

// HashFile returns the SHA-256 of a file, or ctx's error when it ends first.
func HashFile(ctx context.Context, path string) (sum string, err error) {
	f, err := os.Open(path)
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
