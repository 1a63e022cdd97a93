package datasets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"sedlab/datasets/spectra"
)

// Spectra reads spectra as observatories and people write them.
var Spectra = Kind{
	Name:    "spectra",
	Doc:     "Single spectra in FITS, CSV, ECSV, Parquet or NumPy files, each on a grid of its own; the steps under prepare bring them to one grid.",
	Version: 1,
	New:     func() Config { return new(SpectraConfig) },
}

// SpectraConfig holds the keys of Spectra.
type SpectraConfig struct {
	Path       string   `spec:"path" default:"\"\"" example:"spectra/spec-*.fits" file:"true" doc:"a file, a folder or a pattern; a relative path starts from the folder of the spec file that has it, and on the command line from the current one"`
	Paths      []string `spec:"files" default:"[]" example:"[a.fits, b.csv]" file:"true" doc:"further files, folders or patterns"`
	Table      string   `spec:"table" default:"\"\"" example:"galaxies.csv" file:"true" doc:"a CSV file with a column name (of a spectrum or its file) and any of redshift, ebv and group, which take precedence over those of the files"`
	SkipBroken bool     `spec:"skip_broken" default:"false" example:"true" doc:"leave out files that cannot be read, and count them, instead of ending at the first one"`
	spectra.Options

	// More are files that the command line names.
	More []string
}

var (
	_ FilesConfig = (*SpectraConfig)(nil)
	_ Preparer    = (*SpectraConfig)(nil)
)

// Check requires a path.
func (c *SpectraConfig) Check() []KeyError {
	if len(c.patterns()) == 0 {
		return []KeyError{{Key: "path", Problem: "missing; source spectra needs a file, a folder or a pattern"}}
	}
	return nil
}

func (c *SpectraConfig) patterns() (list []string) {
	if c.Path != "" {
		list = append(list, c.Path)
	}
	return append(append(list, c.Paths...), c.More...)
}

// Size returns zeros: only the files have the size.
func (c *SpectraConfig) Size() (signals, fluxes int) { return 0, 0 }

// Files returns the files that the paths name.
func (c *SpectraConfig) Files() ([]string, error) {
	files, err := spectra.Expand(c.patterns())
	if err == nil && len(files) == 0 {
		err = errors.New("no file named")
	}
	return files, err
}

// Identify returns a hash of the names and hashes of all files, and of the hash of the table.
func (c *SpectraConfig) Identify(ctx context.Context, _ uint64, digest Digest) (id Identity, err error) {
	files, err := c.Files()
	if err != nil {
		return id, inputError(ctx, InputError{Source: Spectra.Name}, err)
	}
	all := sha256.New()
	if c.Table != "" {
		files = append(files, c.Table)
	}
	for i, file := range files {
		sum, err := digest(ctx, file)
		if err != nil && file != c.Table && c.Skips(file) {
			sum, err = unreadable, nil
		}
		if err != nil {
			return id, inputError(ctx, InputError{Source: Spectra.Name, Path: file}, err)
		}
		if c.Table == "" || i < len(files)-1 {
			sum = identityOf(file, sum)
		}
		io.WriteString(all, sum+"\n") // a hash accepts everything
	}
	id.SHA256 = hex.EncodeToString(all.Sum(nil))
	return id, nil
}

// identityOf returns what identifies a file of spectra: its content, and its name, after which
// spectra are called, which decides what the table says of them and how they are split.
func identityOf(path, sum string) string { return fmt.Sprintf("%q %s", filepath.Base(path), sum) }

// Load is Prepare without steps.
func (c *SpectraConfig) Load(ctx context.Context, _ uint64) (*Set, error) { return c.Prepare(ctx, nil) }

// Prepare reads all files.
func (c *SpectraConfig) Prepare(ctx context.Context, steps []spectra.Step) (*Set, error) {
	files, err := c.Files()
	if err != nil {
		return nil, inputError(ctx, InputError{Source: Spectra.Name}, err)
	}
	r, err := c.Reader(ctx)
	if err != nil {
		return nil, err
	}
	g := NewGatherer(steps)
	for _, file := range files {
		if err := r.Read(ctx, file, g.Add, g.Drop); err != nil {
			return nil, err
		}
	}
	set, err := g.Set()
	if err != nil {
		return nil, inputError(ctx, InputError{Source: Spectra.Name}, err)
	}
	set.Name, set.SHA256 = nameOf(files), r.SHA256()
	return set, nil
}

// nameOf returns a name for a set from files.
func nameOf(files []string) string {
	if len(files) == 1 {
		return filepath.Base(files[0])
	}
	return fmt.Sprintf("%s and %d more", filepath.Base(files[0]), len(files)-1)
}
