package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"

	"sedlab/internal/durable"
	"sedlab/internal/sealed"
)

// checkpointExt ends the names of checkpoints.
const checkpointExt = ".checkpoint"

// A checkpoint ends in a line that holds the SHA-256 of all before the line:
// trailerStart, 64 hex digits, a line feed.
const trailerStart = "\nsha256 "

// Checkpoint is where the last state of a training is kept. One process at a time
// may use it: the one that holds the training's lock.
type Checkpoint struct {
	cache *Cache
	item
}

// Checkpoint returns where the state of a training is kept, by the key of its prior.
func (c *Cache) Checkpoint(key Key) *Checkpoint {
	if !key.Valid() {
		panic(fmt.Sprintf("cache: checkpoint of %q, which is not a key", key))
	}
	name := string(key) + checkpointExt
	return &Checkpoint{c, item{Checkpoints, key, c.path(string(Checkpoints), name), name}}
}

// Restore returns what was saved last, or nil. A damaged checkpoint is set aside,
// and the error is a *DamagedError: the training starts over.
func (p *Checkpoint) Restore() ([]byte, error) {
	var data []byte
	err := p.cache.check(context.Background(), p.item, func() (err error) {
		data, err = readCheckpoint(p.path)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errGone) {
		return nil, nil
	}
	return data, p.cache.wrap("", err)
}

// SetAside moves a saved state out of the way that Restore has returned and that
// cannot be used for a cause: its checksum is right, and yet it cannot be decoded.
// The error is a *DamagedError, as of Restore, or another one if the move failed.
func (p *Checkpoint) SetAside(cause error) error {
	return p.cache.setAsideFor(p.item, cause)
}

// Save replaces the saved state by what write writes, durably. On an error the
// earlier state stays.
func (p *Checkpoint) Save(write func(io.Writer) error) error {
	err := durable.WriteFile(p.path, func(w io.Writer) error {
		sum := sha256.New()
		if err := write(io.MultiWriter(w, sum)); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, "%s%x\n", trailerStart, sum.Sum(nil))
		return err
	})
	return p.cache.wrap("save checkpoint "+p.key.Short(), err)
}

// Remove removes the saved state, if there is one.
func (p *Checkpoint) Remove() error {
	return p.cache.wrap("remove checkpoint "+p.key.Short(), unlessMissing(os.Remove(p.path)))
}

// readCheckpoint reads a checkpoint, verifies it and takes its trailer off.
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
	if trailer != trailerStart+sum+"\n" {
		return nil, damaged("has SHA-256 %s, expected %q", sum, strings.TrimSpace(trailer))
	}
	return data, nil
}
