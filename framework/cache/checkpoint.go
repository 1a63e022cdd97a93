package cache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"sedlab/internal/durable"
	"sedlab/internal/sealed"
)

// checkpointExt ends the names of checkpoints.
const checkpointExt = ".checkpoint"

// A checkpoint ends in a line that holds the SHA-256 of all before the line:
// trailerStart, 64 hex digits, a line feed.
const trailerStart = "\nsha256 "

// Checkpoint is the place of a training's last state. One process at a time may
// use it: the one that holds the lock of the training.
type Checkpoint struct {
	cache *Cache
	key   Key
	path  string
}

// Checkpoint returns the place of a training's state, by the key of its prior.
func (c *Cache) Checkpoint(key Key) *Checkpoint {
	if !key.Valid() {
		panic(fmt.Sprintf("cache: checkpoint of %q, which is not a key", key))
	}
	return &Checkpoint{c, key, c.path(string(Checkpoints), string(key)+checkpointExt)}
}

// Restore returns what was saved last, or nil. A damaged checkpoint is set aside,
// and the error is a *DamagedError: the training starts over.
func (p *Checkpoint) Restore() ([]byte, error) {
	var data []byte
	err := p.cache.check(context.Background(), p.path, filepath.Base(p.path), func() (err error) {
		data, err = readCheckpoint(p.path)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errGone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cache %s: %w", p.cache.dir, err)
	}
	return data, nil
}

// SetAside moves a saved state out of the way that Restore has returned and that
// cannot be gone on from for a cause: its checksum is right, and yet it cannot be
// decoded. The error is a *DamagedError, as of Restore; any other if that failed.
func (p *Checkpoint) SetAside(cause error) error {
	return p.cache.setAsideFor(p.path, filepath.Base(p.path), cause)
}

// Save replaces the saved state by what write writes, durably. On an error the
// state before it stays.
func (p *Checkpoint) Save(write func(io.Writer) error) error {
	err := durable.WriteFile(p.path, func(w io.Writer) error {
		sum := sha256.New()
		if err := write(io.MultiWriter(w, sum)); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "%s%x\n", trailerStart, sum.Sum(nil))
		return err
	})
	if err != nil {
		return fmt.Errorf("cache %s: save checkpoint %s: %w", p.cache.dir, p.key.Short(), err)
	}
	return nil
}

// Remove removes the saved state, if there is one.
func (p *Checkpoint) Remove() error {
	err := os.Remove(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cache %s: remove checkpoint %s: %w", p.cache.dir, p.key.Short(), err)
	}
	return nil
}

// readCheckpoint reads a checkpoint and takes its trailer off.
func readCheckpoint(path string) ([]byte, error) {
	file, err := readRegular(path, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	size := len(file) - len(trailerStart) - hex.EncodedLen(sha256.Size) - len("\n")
	if size < 0 {
		return nil, damaged("has %d bytes, too few", len(file))
	}
	data, trailer := file[:size], string(file[size:])
	sum := sealed.Digest(data)
	if !bytes.Equal(file[size:], []byte(trailerStart+sum+"\n")) {
		return nil, damaged("has SHA-256 %s, expected %q", sum, strings.TrimSpace(trailer))
	}
	return data, nil
}
