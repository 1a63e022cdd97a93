package datasets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"sedlab/datasets/internal/npz"
)

// identifyFile is Identify for sources whose signals depend only on a file.
func identifyFile(ctx context.Context, source string, c FileConfig, digest Digest) (id Identity, err error) {
	err = withFile(ctx, source, c, func(path string) (err error) {
		id.SHA256, err = digest(ctx, path)
		return err
	})
	return id, err
}

// loadArchive is Load for sources whose file is an .npz archive.
func loadArchive(ctx context.Context, source string, c FileConfig, read func(*npz.Archive) (*Set, error)) (set *Set, err error) {
	err = withFile(ctx, source, c, func(path string) error {
		set, err = readArchive(ctx, path, read)
		return err
	})
	return set, err
}

// withFile calls use with a source's file. Its error names source and file.
func withFile(ctx context.Context, source string, c FileConfig, use func(path string) error) error {
	_, fetchable := c.(Fetcher)
	path, err := c.File()
	if err == nil {
		err = use(path)
	}
	return inputError(ctx, InputError{Source: source, Path: path, Fetchable: fetchable}, err)
}

// readArchive opens an .npz file, reads a set from it, and sets its name and hash.
func readArchive(ctx context.Context, path string, read func(*npz.Archive) (*Set, error)) (*Set, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // opened for reading only
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	r := readerAt{ctx, f}
	a, err := npz.Open(r, info.Size())
	if err != nil {
		return nil, err
	}
	set, err := read(a)
	if err == nil {
		err = checkFinite("spectra", set.Flux, set.Dim())
	}
	if err != nil {
		return nil, err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(r, 0, info.Size())); err != nil {
		return nil, err
	}
	set.Name = filepath.Base(path)
	set.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return set, nil
}

// readerAt stops a long read when ctx is done.
type readerAt struct {
	ctx context.Context
	r   io.ReaderAt
}

func (r readerAt) ReadAt(p []byte, off int64) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.ReadAt(p, off)
}

// checkFinite returns an error with the place of the first value that is not finite. cols
// is 1 for a vector.
func checkFinite[T float32 | float64](name string, values []T, cols int) error {
	for i, v := range values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("array %q: row %d, column %d is %v, expected a finite number", name, i/cols, i%cols, v)
		}
	}
	return nil
}

// checkGrid returns what is wrong with a wavelength grid.
func checkGrid(lambda []float64) error {
	for i, v := range lambda {
		if !(v > 0) || math.IsInf(v, 0) || i > 0 && v <= lambda[i-1] {
			return fmt.Errorf("wavelength %d is %g Å, expected positive and ascending wavelengths", i, v)
		}
	}
	return nil
}
