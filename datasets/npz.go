package datasets

import (
	"context"
	"errors"

	"sedlab/datasets/internal/npz"
)

// NPZ reads a user's own NumPy archive.
var NPZ = Kind{
	Name:    "npz",
	Doc:     "A NumPy archive with spectra (N×n) and wavelength (n) or coeff0 and coeff1, or with astroML's keys; optionally mask and ivar (N×n), z, group and split (N).",
	Version: 2, // 2: arrays group and split count
	New:     func() Config { return new(NPZConfig) },
}

// NPZConfig holds the keys of NPZ.
type NPZConfig struct {
	Path string `spec:"path" default:"\"\"" example:"spectra.npz" file:"true" doc:"the file; a relative path starts from the folder of the spec file that has it, and on the command line from the current one"`
}

var _ FileConfig = (*NPZConfig)(nil)

// Check requires a path.
func (c *NPZConfig) Check() []KeyError {
	if c.Path == "" {
		return []KeyError{{Key: "path", Problem: "missing; source npz needs the path of a file"}}
	}
	return nil
}

// Size returns zeros: only the file has the size.
func (c *NPZConfig) Size() (signals, fluxes int) { return 0, 0 }

// Measure returns the size that the file gives, or zeros if it cannot be read.
func (c *NPZConfig) Measure() (signals, fluxes int) { return archiveSize(c) }

// File returns the path.
func (c *NPZConfig) File() (string, error) {
	if c.Path == "" {
		return "", errors.New("no file named")
	}
	return c.Path, nil
}

// Identify returns the file's SHA-256.
func (c *NPZConfig) Identify(ctx context.Context, _ uint64, digest Digest) (Identity, error) {
	return identifyFile(ctx, NPZ.Name, c, digest)
}

// Load reads the archive, and infills it if it holds astroML's PCA.
func (c *NPZConfig) Load(ctx context.Context, _ uint64) (*Set, error) {
	return loadArchive(ctx, NPZ.Name, c, func(a *npz.Archive) (*Set, error) {
		if hasPCA(a) {
			return readAstroML(a)
		}
		return readSpectra(a)
	})
}

// Column reads an array of texts or integers.
func (c *NPZConfig) Column(ctx context.Context, name string, set *Set) ([]string, error) {
	return archiveColumn(ctx, NPZ.Name, c, name, set)
}
