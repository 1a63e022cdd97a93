package dataset

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
	"path/filepath"

	"sedlab/framework/dataset/internal/npz"
)

// loadNPZ reads a plain archive, or one with astroML's PCA.
func loadNPZ(ctx context.Context, o Options) (*Set, error) {
	return readArchive(ctx, o.Path, func(a *npz.Archive) (*Set, error) {
		if hasPCA(a) {
			return readAstroML(a)
		}
		return readPlain(a)
	})
}

// loadSDSSCorrected reads astroML's archive.
func loadSDSSCorrected(ctx context.Context, o Options) (*Set, error) {
	return readArchive(ctx, o.Path, readAstroML)
}

// readArchive opens an npz file, reads a set from it and fills in its identity.
func readArchive(ctx context.Context, path string, read func(*npz.Archive) (*Set, error)) (*Set, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, pathless(err)
	}
	defer f.Close() // only read from
	info, err := f.Stat()
	if err != nil {
		return nil, pathless(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	a, err := npz.Open(readerAt{ctx, f}, info.Size())
	if err != nil {
		return nil, err
	}
	set, err := read(a)
	if err != nil {
		return nil, err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(readerAt{ctx, f}, 0, info.Size())); err != nil {
		return nil, err
	}
	set.Name = filepath.Base(path)
	set.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return set, nil
}

// pathless leaves out the path, which InputError has already said.
func pathless(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
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

// checkFinite returns where the first value of a matrix is not a number. cols is
// 1 for a vector.
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
