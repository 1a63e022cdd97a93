package datasets

import (
	"context"
	"crypto/sha1" // as git uses; nothing stronger is published for the file
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"sedlab/internal/durable"
)

// fetch runs the download. Its error is an *InputError, or ctx's own.
func (d *download) fetch(ctx context.Context) error {
	if err := d.run(ctx); err != nil {
		return inputError(ctx, InputError{Source: d.source, Path: d.dst}, err)
	}
	return nil
}

// run receives what is missing and puts the file in place.
func (d *download) run(ctx context.Context) error {
	id, err := fileBlobID(d.dst)
	switch {
	case id == d.blob:
		return nil
	case err == nil:
		return errors.New("another file has this name; move it away, or set SEDLAB_DATA to another folder")
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	// A part may be complete: a download can be cut just before it is put in place.
	if id, err := fileBlobID(d.part()); err != nil || id != d.blob {
		if err := d.receive(ctx); err != nil {
			return err
		}
	}
	if err := d.verify(); err != nil {
		return err
	}
	if err := os.Rename(d.part(), d.dst); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(d.dst))
}

// verify checks that the part is the right file. It removes a wrong one, because going on
// from it could never succeed.
func (d *download) verify() error {
	id, err := fileBlobID(d.part())
	if err != nil {
		return err
	}
	if id == d.blob {
		return nil
	}
	err = fmt.Errorf("get %s: the content has git blob id %s, expected %s; it was removed", d.url, id, d.blob)
	return errors.Join(err, os.Remove(d.part()))
}

// fileBlobID returns the id that git gives to a file's content: the SHA-1 of
// "blob <size>\0" and the bytes.
func fileBlobID(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() // opened for reading only
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	hash := sha1.New()
	fmt.Fprintf(hash, "blob %d\x00", info.Size())
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
