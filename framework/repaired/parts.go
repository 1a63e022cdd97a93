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

	"github.com/parquet-go/parquet-go"

	"sedlab/internal/disk"
	"sedlab/internal/durable"
	"sedlab/internal/regular"
)

// Parts is a folder with the results of work in progress, in numbered files of several
// spectra each. What an interrupted program has left there need not be done again.
type Parts struct{ dir string }

// workFile is the file in a folder of parts that says what they are parts of.
const workFile = "work"

// OpenParts opens a folder of parts of the named work; the name may be the hash of all that
// determines the results. Parts of other work are removed, and their number is returned.
func OpenParts(dir, work string) (p *Parts, removed int, err error) {
	was, err := regular.Read(filepath.Join(dir, workFile), 1<<10)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, err
	}
	if string(was) != work {
		old, err := filepath.Glob(filepath.Join(dir, "*.part"))
		if err != nil {
			return nil, 0, err
		}
		for _, path := range old {
			if err := disk.Remove(path); err != nil {
				return nil, 0, err
			}
		}
		removed = len(old)
	}
	if err := disk.MkdirAll(dir, 0o777); err != nil {
		return nil, 0, err
	}
	err = durable.WriteFile(filepath.Join(dir, workFile), func(w io.Writer) error {
		_, err := io.WriteString(w, work)
		return err
	})
	return &Parts{dir}, removed, err
}

func (p *Parts) path(number int) string {
	return filepath.Join(p.dir, fmt.Sprintf("%06d.part", number))
}

// Has reports whether a part is there.
func (p *Parts) Has(number int) bool {
	_, err := os.Stat(p.path(number))
	return err == nil
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

// Remove removes the folder with all parts.
func (p *Parts) Remove() error { return disk.RemoveAll(p.dir) }
