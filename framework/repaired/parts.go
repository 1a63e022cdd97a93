package repaired

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"
	"github.com/parquet-go/parquet-go"

	"sedlab/internal/disk"
	"sedlab/internal/durable"
	"sedlab/internal/regular"
)

// Parts is a folder with the results of work in progress, in numbered files of several
// spectra each. What an interrupted program has left there need not be done again. The folder
// is locked until Close.
type Parts struct {
	dir  string
	lock *flock.Flock
}

const (
	workFile = "work" // says what the parts in a folder are parts of
	lockFile = "lock" // is locked by who works in the folder
)

// OpenParts opens a folder of parts of the named work; the name may be the hash of all that
// determines the results. Parts of other work are removed, and their number is returned. It is
// an *InUseError if the folder is in use, by this process or another.
func OpenParts(dir, work string) (p *Parts, removed int, err error) {
	if err := disk.MkdirAll(dir, 0o777); err != nil {
		return nil, 0, err
	}
	lock, err := lockIn(dir)
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, lock.Close())
		}
	}()
	was, err := regular.Read(filepath.Join(dir, workFile), 1<<10)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, err
	}
	if string(was) != work {
		old, err := partsIn(dir)
		if err != nil {
			return nil, 0, err
		}
		for _, name := range old {
			if err := disk.Remove(filepath.Join(dir, name)); err != nil {
				return nil, 0, err
			}
		}
		removed = len(old)
	}
	err = durable.WriteFile(filepath.Join(dir, workFile), func(w io.Writer) error {
		_, err := io.WriteString(w, work)
		return err
	})
	return &Parts{dir, lock}, removed, err
}

// partsIn returns the names of the parts in a folder.
func partsIn(dir string) ([]string, error) { return fs.Glob(os.DirFS(dir), "*.part") }

// lockIn locks a folder of parts.
func lockIn(dir string) (*flock.Flock, error) {
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetFlag(os.O_CREATE|os.O_RDWR|syscall.O_NONBLOCK), flock.SetPermissions(0o666))
	ours, err := lock.TryLock()
	switch {
	case disk.NoLocks(err):
		return lock, nil
	case err != nil:
		return nil, fmt.Errorf("%s: lock: %w", lock.Path(), err)
	}
	if ours { // but who held it may have removed the folder
		locked, err1 := lock.Stat()
		there, err2 := os.Stat(lock.Path())
		ours = errors.Join(err1, err2) == nil && os.SameFile(locked, there)
	}
	if !ours {
		return nil, errors.Join(&InUseError{dir}, lock.Close())
	}
	return lock, nil
}

// InUseError reports a folder of parts in which another process works.
type InUseError struct{ Dir string }

func (e *InUseError) Error() string {
	return e.Dir + ": in use by another process that writes the same results; wait until it has ended, or write to another file"
}

// Close releases the folder. The parts stay.
func (p *Parts) Close() error { return p.lock.Close() }

func (p *Parts) path(number int) string {
	return filepath.Join(p.dir, fmt.Sprintf("%06d.part", number))
}

// Has reports whether a part is there.
func (p *Parts) Has(number int) bool {
	_, err := os.Stat(p.path(number))
	return err == nil
}

// Empty reports whether there are no parts.
func (p *Parts) Empty() bool {
	parts, err := partsIn(p.dir)
	return err == nil && len(parts) == 0
}

// Save keeps a part: a Parquet file, and the SHA-256 of its bytes.
func (p *Parts) Save(number int, list []*Spectrum) error {
	return durable.WriteFile(p.path(number), func(w io.Writer) error {
		sum := sha256.New()
		sink := NewParquet(io.MultiWriter(w, sum))
		for _, x := range list {
			if err := sink.Add(x); err != nil {
				return err
			}
		}
		if err := sink.Close(); err != nil {
			return err
		}
		_, err := w.Write(sum.Sum(nil))
		return err
	})
}

// checked returns the length of a part without its SHA-256, after comparing them.
func checked(f io.ReaderAt, size int64) (int64, error) {
	length := size - sha256.Size
	want := make([]byte, sha256.Size)
	if length < 0 {
		return 0, errDamaged
	}
	if _, err := f.ReadAt(want, length); err != nil {
		return 0, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, length)); err != nil {
		return 0, err
	}
	if !bytes.Equal(sum.Sum(nil), want) {
		return 0, errDamaged
	}
	return length, nil
}

var errDamaged = errors.New("is damaged; remove it, and start again")

// Copy copies a part to a sink.
func (p *Parts) Copy(number int, to Sink) (err error) {
	f, info, err := regular.Open(p.path(number))
	if err != nil {
		return err
	}
	defer f.Close() // opened for reading only
	length, err := checked(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", p.path(number), err)
	}
	file, err := parquet.OpenFile(io.NewSectionReader(f, 0, length), length)
	if err != nil {
		return fmt.Errorf("%s: %w", p.path(number), err)
	}
	r := parquet.NewGenericReader[Spectrum](file)
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		row := make([]Spectrum, 1)
		n, err := r.Read(row)
		if n == 1 {
			if err := to.Add(&row[0]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", p.path(number), err)
		}
	}
}

// Remove removes the folder with all parts, before Close.
func (p *Parts) Remove() error { return disk.RemoveAll(p.dir) }
