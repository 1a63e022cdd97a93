package datasets

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"sedlab/datasets/internal/npz"
	"sedlab/internal/regular"
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

// archiveColumn is Column for such sources: an array of texts or integers. It comes from the
// same bytes as the set.
func archiveColumn(ctx context.Context, source string, c FileConfig, name string, set *Set) (texts []string, err error) {
	err = withFile(ctx, source, c, func(path string) error {
		return useArchive(ctx, path, func(a *npz.Archive, sum string) (err error) {
			if sum != set.SHA256 {
				return errChanged
			}
			texts, err = npz.Texts(a, name, set.Len())
			return err
		})
	})
	return texts, err
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

// readArchive reads a set from an .npz file, and sets its name and hash.
func readArchive(ctx context.Context, path string, read func(*npz.Archive) (*Set, error)) (set *Set, err error) {
	err = useArchive(ctx, path, func(a *npz.Archive, sum string) (err error) {
		if set, err = read(a); err != nil {
			return err
		}
		if err := set.checkMeasured(); err != nil {
			return err
		}
		set.infill()
		set.Name, set.SHA256 = filepath.Base(path), sum
		return nil
	})
	return set, err
}

// useArchive calls use with the .npz file at path and its SHA-256. All that is read of the
// archive is what was hashed.
func useArchive(ctx context.Context, path string, use func(a *npz.Archive, sum string) error) error {
	f, info, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // opened for reading only
	r, err := newHashed(ctx, f, info.Size())
	if err != nil {
		return err
	}
	a, err := npz.Open(r, info.Size())
	if err != nil {
		return err
	}
	if bytes, ok := ctx.Value(memoryKey{}).(int64); ok {
		a.Budget = bytes
	}
	return use(a, r.SHA256)
}

// archiveSize is Measure for such sources. It reads only the header of the array.
func archiveSize(c FileConfig) (signals, fluxes int) {
	path, err := c.File()
	if err != nil {
		return 0, 0
	}
	f, info, err := regular.Open(path)
	if err != nil {
		return 0, 0
	}
	defer f.Close()
	a, err := npz.Open(f, info.Size())
	if err != nil {
		return 0, 0
	}
	s, err := a.Stream("spectra", -1, -1)
	if err != nil {
		return 0, 0
	}
	return s.Shape[0], s.Shape[1]
}

type memoryKey struct{}

// WithMemory returns a context in which data sets may take a number of bytes of memory,
// instead of the bounds that their sources choose by the size of their files.
func WithMemory(ctx context.Context, bytes int64) context.Context {
	return context.WithValue(ctx, memoryKey{}, bytes)
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
