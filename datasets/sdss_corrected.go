package datasets

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// SDSSCorrected reads astroML's spec4000.npz, and can download it.
var SDSSCorrected = Kind{
	Name:    "sdss-corrected",
	Doc:     "astroML's 4000 SDSS galaxy spectra (spec4000.npz), with unmeasured fluxes infilled by its iterative PCA.",
	Version: 1,
	New:     func() Config { return new(SDSSCorrectedConfig) },
}

// SDSSCorrectedConfig holds the keys of SDSSCorrected.
type SDSSCorrectedConfig struct {
	Path string `spec:"path" default:"\"\"" example:"spec4000.npz" file:"true" doc:"the file, if it is not where downloads go"`
}

var _ Fetcher = (*SDSSCorrectedConfig)(nil)

// Check finds nothing wrong.
func (c *SDSSCorrectedConfig) Check() []KeyError { return nil }

// Size returns zeros: only the file has the size.
func (c *SDSSCorrectedConfig) Size() (signals, fluxes int) { return 0, 0 }

// Measure returns the size that the file gives, or zeros if it cannot be read.
func (c *SDSSCorrectedConfig) Measure() (signals, fluxes int) { return archiveSize(c) }

// File returns the path. If that is empty, it is spec4000.npz in the folder of the
// environment variable SEDLAB_DATA, or else in the folder sedlab of the user's cache.
func (c *SDSSCorrectedConfig) File() (string, error) {
	if c.Path != "" {
		return c.Path, nil
	}
	dir := os.Getenv("SEDLAB_DATA")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("no cache folder (%w); set SEDLAB_DATA to a folder for data sets", err)
		}
		dir = filepath.Join(cache, "sedlab")
	}
	return filepath.Join(dir, "spec4000.npz"), nil
}

// Identify returns the file's SHA-256.
func (c *SDSSCorrectedConfig) Identify(ctx context.Context, _ uint64, digest Digest) (Identity, error) {
	return identifyFile(ctx, SDSSCorrected.Name, c, digest)
}

// Load reads the archive and infills it.
func (c *SDSSCorrectedConfig) Load(ctx context.Context, _ uint64) (*Set, error) {
	return loadArchive(ctx, SDSSCorrected.Name, c, readAstroML)
}

// URL returns the file's address in astroML-data.
func (c *SDSSCorrectedConfig) URL() string {
	return "https://github.com/astroML/astroML-data/raw/main/datasets/spec4000.npz"
}

// The file's git blob id in astroML-data, and a limit of over twice its size on what a
// wrong address can put on the disk.
const (
	spec4000Blob = "96c744774999b5323336fb6248058a037d6515be"
	spec4000Max  = 64 << 20
)

// Fetch downloads the file. Unverified bytes stay in path.part.
func (c *SDSSCorrectedConfig) Fetch(ctx context.Context, path, url string, progress func(done, total int64)) (string, error) {
	path, err := (&SDSSCorrectedConfig{Path: cmp.Or(path, c.Path)}).File()
	if err != nil {
		return "", inputError(ctx, InputError{Source: SDSSCorrected.Name}, err)
	}
	d := download{
		source: SDSSCorrected.Name, url: cmp.Or(url, c.URL()), dst: path, blob: spec4000Blob, maxSize: spec4000Max,
		progress: progress, client: http.DefaultClient, patience: 30 * time.Second,
	}
	return path, d.fetch(ctx)
}

// Column reads an array of texts or integers.
func (c *SDSSCorrectedConfig) Column(ctx context.Context, name string, set *Set) ([]string, error) {
	return archiveColumn(ctx, SDSSCorrected.Name, c, name, set)
}
