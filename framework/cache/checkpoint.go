package cache

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"sedlab/internal/disk"
	"sedlab/internal/durable"
	"sedlab/internal/regular"
	"sedlab/internal/sealed"
)

// checkpointExt ends the names of checkpoints.
const checkpointExt = ".checkpoint"

// A checkpoint ends in a line with the SHA-256 of everything before the line:
// trailerStart, 64 hex digits, a line feed.
const trailerStart = "\nsha256 "

// maxCheckpoint is the size of the largest checkpoint that is read, in bytes.
const maxCheckpoint = 8 << 30

// Checkpoint is the place where the last state of a training is kept. Only the process
// that holds the training's lock may change it.
type Checkpoint struct {
	cache *Cache
	item
}

// Checkpoint returns the checkpoint of the training of the prior with the given key.
func (c *Cache) Checkpoint(key Key) *Checkpoint {
	if !key.Valid() {
		panic(fmt.Sprintf("cache: checkpoint of %q, which is not a key", key))
	}
	name := string(key) + checkpointExt
	return &Checkpoint{c, item{Checkpoints, key, c.path(string(Checkpoints), name), name}}
}

// Exists reports whether there seems to be a saved state.
func (p *Checkpoint) Exists() bool {
	return slices.ContainsFunc(p.cache.layers(), func(l *Cache) bool {
		_, err := os.Stat(l.Checkpoint(p.key).path)
		return err == nil
	})
}

// Restore returns the state that was saved last, or nil if there is none. It sets a
// damaged checkpoint aside and returns a *DamagedError, perhaps along with an intact state
// from another folder; without one, the training starts over.
func (p *Checkpoint) Restore() ([]byte, error) {
	var damage error
	for _, l := range p.cache.layers() {
		data, err := l.Checkpoint(p.key).restore()
		switch err = l.wrap("", err); {
		case data != nil:
			return data, damage
		case err != nil && !errors.As(err, new(*DamagedError)):
			return nil, err
		case damage == nil:
			damage = err
		}
	}
	return nil, damage
}

func (p *Checkpoint) restore() (data []byte, err error) {
	err = p.cache.check(p.cache.ctx, p.item, func() (err error) {
		data, err = readCheckpoint(p.path)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errGone) {
		return nil, nil
	}
	return data, err
}

// SetAside moves a saved state out of the way, for a state that Restore has returned but
// that cannot be decoded, although its checksum is right. cause says why. The error is a
// *DamagedError, as with Restore, or another one if the move failed.
func (p *Checkpoint) SetAside(cause error) error {
	return p.cache.setAsideFor(p.item, cause)
}

// Save durably replaces the saved state with the output of write. On an error the earlier
// state stays.
func (p *Checkpoint) Save(write func(io.Writer) error) error {
	err := durable.WriteFileAs(p.path, p.cache.mode&0o666, func(w io.Writer) error {
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
	return p.cache.wrap("remove checkpoint "+p.key.Short(), unlessMissing(disk.Remove(p.path)))
}

// readCheckpoint reads a checkpoint, verifies it and removes its trailer.
func readCheckpoint(path string) ([]byte, error) {
	file, err := readRegular(path, maxCheckpoint, regular.Mark{Text: trailerStart, FromEnd: int64(trailerBytes)})
	if err != nil {
		return nil, err
	}
	return withoutTrailer(file)
}

// trailerBytes is the length of a checkpoint's trailer.
const trailerBytes = len(trailerStart) + 2*sha256.Size + len("\n")

// withoutTrailer returns what was saved in the bytes of a checkpoint.
func withoutTrailer(file []byte) ([]byte, error) {
	size := len(file) - trailerBytes
	if size < 0 {
		return nil, damaged("has %d bytes, too few", len(file))
	}
	data, end := file[:size], string(file[size:])
	sum := sealed.Digest(data)
	if end != trailerStart+sum+"\n" {
		return nil, damaged("has SHA-256 %s, expected %q", sum, strings.TrimSpace(end))
	}
	return data, nil
}
