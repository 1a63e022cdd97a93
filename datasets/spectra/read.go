package spectra

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sedlab/internal/regular"
)

// Options say what the files do not. A spec has them as keys of source spectra.
type Options struct {
	Columns Columns `spec:"columns" doc:"names of columns, arrays or HDUs where they are not the usual ones, in upper or lower case"`
	Unit    string  `spec:"unit" default:"angstrom" enum:"angstrom|nm|um|m" doc:"unit of wavelengths where a file does not say"`
	Frame   string  `spec:"frame" default:"auto" enum:"auto|vacuum|air" doc:"whether wavelengths are those in vacuum or in air, which are converted; auto takes what the file says, or else vacuum"`
}

// Columns are the names of columns.
type Columns struct {
	Wavelength string `spec:"wavelength" default:"\"\"" example:"lam" doc:"of wavelengths"`
	Flux       string `spec:"flux" default:"\"\"" example:"f" doc:"of fluxes"`
	Error      string `spec:"error" default:"\"\"" example:"df" doc:"of standard deviations of the flux; none if no errors are to be read"`
	Ivar       string `spec:"ivar" default:"\"\"" example:"w" doc:"of inverse variances of the flux"`
	Mask       string `spec:"mask" default:"\"\"" example:"bad" doc:"of mask values: a pixel with any value but 0 was not measured"`
	Redshift   string `spec:"redshift" default:"\"\"" example:"z_best" doc:"of redshifts"`
	Name       string `spec:"name" default:"\"\"" example:"galaxy" doc:"of the names of spectra"`
}

// BadSpectrum is a spectrum of a sound file that cannot be used.
type BadSpectrum struct {
	Name   string
	Row    int // in the file, from 0
	Reason string
}

// Error names the spectrum.
func (e *BadSpectrum) Error() string { return fmt.Sprintf("spectrum %s: %s", e.Name, e.Reason) }

// endings are those of the files that are read of a folder.
var endings = []string{".fits", ".fit", ".csv", ".tsv", ".ecsv", ".txt", ".dat", ".parquet", ".npz"}

// Expand returns the files that are named, in order and each once: files, those of folders
// with one of the usual endings, .gz after it or not, and those that patterns match. It is an error if a pattern or
// a folder has none.
func Expand(names []string) (files []string, err error) {
	for _, name := range names {
		found, err := expand(name)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(files, func(path string) bool {
		again := seen[path]
		seen[path] = true
		return again
	}), nil
}

func expand(name string) ([]string, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return inFolder(name)
	case err == nil || !strings.ContainsAny(name, "*?["):
		return []string{name}, nil // a file, or one whose absence reading reports
	}
	found, err := matches(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no file matches: %w", name, fs.ErrNotExist)
	}
	return found, nil
}

// matches returns the files that match a pattern. The name of a folder that exists is not a
// pattern, whatever it contains.
func matches(pattern string) ([]string, error) {
	dir := filepath.Dir(pattern)
	if _, err := os.Stat(dir); err != nil {
		return filepath.Glob(pattern)
	}
	names, err := fs.Glob(os.DirFS(dir), filepath.Base(pattern))
	for i, name := range names {
		names[i] = filepath.Join(dir, name)
	}
	return names, err
}

func inFolder(name string) (files []string, err error) {
	list, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, entry := range list {
		there[entry.Name()] = true
	}
	for _, entry := range list {
		// What is compressed counts too, unless it was unpacked: reading it says what to do.
		unpacked, packed := strings.CutSuffix(entry.Name(), ".gz")
		if slices.Contains(endings, strings.ToLower(filepath.Ext(unpacked))) && !strings.HasPrefix(unpacked, ".") && !(packed && there[unpacked]) {
			files = append(files, filepath.Join(name, entry.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no file of spectra in it; expected one of %s: %w", name, strings.Join(endings, ", "), fs.ErrNotExist)
	}
	return files, nil
}

// Read yields the spectra of a file in their order, one at a time. A *BadSpectrum is about one
// of them, and the next ones follow; any other error is about the file, and ends it. Formats are
// recognised by content: FITS (SDSS, BOSS and eBOSS spec files, DESI coadds, spSpec images,
// tables, and images with a spectral WCS), Parquet, NumPy archives, and text (CSV, TSV, ECSV,
// columns separated by blanks).
func Read(ctx context.Context, path string, o Options) iter.Seq2[*Spectrum, error] {
	return func(yield func(*Spectrum, error) bool) {
		f, info, err := regular.Open(path)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close() // opened for reading only
		for s, err := range ReadFrom(ctx, path, f, info.Size(), o) {
			if !yield(s, err) {
				return
			}
		}
	}
}

// source is a file that is being read.
type source struct {
	ctx  context.Context
	path string
	r    io.ReaderAt
	size int64
	Options
	yield func(*Spectrum, error) bool
	row   int // of the next spectrum

	groups GroupRange // to be read of a Parquet file
	pixels *pixelRows // of a Parquet file with a pixel in each row
}

// errStop ends the reading of a file because no more spectra are wanted.
var errStop = errors.New("stop")

// ReadFrom is Read of a file's content of size bytes. Its errors do not name the file.
func ReadFrom(ctx context.Context, path string, r io.ReaderAt, size int64, o Options) iter.Seq2[*Spectrum, error] {
	return ReadGroups(ctx, path, r, size, o, GroupRange{})
}

// ReadGroups is ReadFrom of some row groups, if the file is one of those that Groups cuts.
func ReadGroups(ctx context.Context, path string, r io.ReaderAt, size int64, o Options, groups GroupRange) iter.Seq2[*Spectrum, error] {
	return func(yield func(*Spectrum, error) bool) {
		s := &source{ctx: ctx, path: path, r: r, size: size, Options: o, yield: yield, groups: groups}
		err := s.read()
		if err == nil && s.row == 0 && groups.To == 0 {
			err = errors.New("has no spectra")
		}
		if err != nil && !errors.Is(err, errStop) {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			yield(nil, err)
		}
	}
}

func (s *source) read() error {
	start := make([]byte, min(s.size, 512))
	if _, err := s.r.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch text := string(start); {
	case s.size == 0:
		return errors.New("is empty")
	case strings.HasPrefix(text, "SIMPLE  ="):
		return s.fits()
	case strings.HasPrefix(text, "PAR1"):
		return s.parquet()
	case strings.HasPrefix(text, "PK\x03\x04"), strings.HasPrefix(text, "PK\x05\x06"):
		return s.npz()
	case strings.HasPrefix(text, "\x1f\x8b"):
		return errors.New("is compressed by gzip; unpack it first")
	case strings.ContainsRune(text, 0):
		return errors.New("is in no known format; expected FITS, Parquet, a NumPy archive (.npz) or text")
	case foreign(text):
		return fmt.Errorf("is no table of spectra: it begins with %.40q", text)
	}
	return s.text()
}

// foreign reports whether a text is binary, or HTML, XML or JSON.
func foreign(text string) bool {
	begin := strings.TrimLeft(strings.TrimPrefix(text, "\uFEFF"), " \t\r\n")
	return strings.HasPrefix(begin, "<") || strings.HasPrefix(begin, "{") || strings.HasPrefix(begin, "[") ||
		strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\n\v\f\r", r) })
}

// base returns the name of the file without its ending.
func (s *source) base() string {
	base := filepath.Base(s.path)
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// put passes on a spectrum from its raw columns. An error of the columns is about the
// spectrum alone if the file may have others.
func (s *source) put(c *columns, about *Spectrum, several bool) error {
	row := s.row
	s.row++
	about.File, about.Row = s.path, row
	if about.Name == "" {
		about.Name = s.base()
		if several {
			about.Name = fmt.Sprintf("%s#%d", s.base(), row)
		}
	}
	err := c.fill(about, s.Options)
	switch {
	case err == nil:
		if !s.yield(about, nil) {
			return errStop
		}
	case several:
		if !s.yield(nil, &BadSpectrum{about.Name, row, err.Error()}) {
			return errStop
		}
	default:
		return err
	}
	return s.ctx.Err()
}
