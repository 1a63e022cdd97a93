package repaired

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"sedlab/internal/regular"
)

// mostResults bounds the spectra of a file or folder that are listed.
const mostResults = 50_000

// Results are repaired spectra on a disk, as this package writes them: a file, or a folder of
// FITS files. Single ones are read when they are asked for.
type Results struct {
	Path string
	// List has the spectra without their lists of n.
	List []Spectrum
	// Problems say which files of a folder cannot be read, and what is left out.
	Problems []string

	places []place // of the spectra
	info   fs.FileInfo
	open   func(io.ReaderAt, int64) (source, error)
}

// place says where a spectrum is.
type place struct {
	name string // of a file in the folder
	at   int64  // number in the file, or a position in it
}

// source is an open file of repaired spectra.
type source interface {
	// each calls visit with every spectrum, without its lists, until it returns false.
	each(ctx context.Context, visit func(at int64, x *Spectrum) bool) error
	// read reads a spectrum.
	read(ctx context.Context, at int64) (*Spectrum, error)
}

// OpenResults reads what spectra there are in a file, or in the FITS files of a folder.
func OpenResults(ctx context.Context, path string) (*Results, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	r := &Results{Path: path, info: info}
	if info.IsDir() {
		r.open = openFITS
		return r, r.listFolder(ctx)
	}
	if !Written(path) {
		return nil, fmt.Errorf("%s: has no repaired spectra; expected what sedlab reconstruct --out has written", path)
	}
	f, info, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // opened for reading only
	r.info, r.open = info, openCSV
	start := make([]byte, 6)
	if _, err := f.ReadAt(start, 0); err != nil {
		return nil, err
	}
	switch string(start) {
	case "SIMPLE":
		r.open = openFITS
	case "PAR1" + string(start[4:]):
		r.open = openParquet
	}
	if err := r.add(ctx, "", f, info.Size()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// add lists the spectra of a file.
func (r *Results) add(ctx context.Context, name string, f io.ReaderAt, size int64) (err error) {
	defer caught(&err)
	s, err := r.open(f, size)
	if err != nil {
		return err
	}
	return s.each(ctx, func(at int64, x *Spectrum) bool {
		if len(r.List) >= mostResults {
			if len(r.Problems) == 0 || !strings.HasPrefix(r.Problems[0], "only") {
				r.Problems = slices.Insert(r.Problems, 0, fmt.Sprintf("only the first %d spectra are listed", mostResults))
			}
			return false
		}
		r.List = append(r.List, *x)
		r.places = append(r.places, place{name, at})
		return true
	})
}

// caught makes an error of a panic about a damaged file.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("damaged file: %v", p)
	}
}

// listFolder lists the spectra of the FITS files of a folder.
func (r *Results) listFolder(ctx context.Context) error {
	root, err := os.OpenRoot(r.Path)
	if err != nil {
		return err
	}
	defer root.Close() // opened for reading only
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".fits" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		f, info, err := openIn(root, e.Name())
		if err == nil {
			err = r.add(ctx, e.Name(), f, info.Size())
			_ = f.Close() // opened for reading only
		}
		if err != nil && len(r.Problems) < 20 {
			r.Problems = append(r.Problems, fmt.Sprintf("%s: %v", e.Name(), err))
		}
	}
	if len(r.List) == 0 {
		return fmt.Errorf("%s: has no FITS file of repaired spectra", r.Path)
	}
	return nil
}

// openIn opens a regular file of a folder, from which no link leads out.
func openIn(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = regular.ErrNot
	}
	if err != nil {
		_ = f.Close() // it was only looked at
		return nil, nil, err
	}
	return f, info, nil
}

// Same reports whether the file or folder is still what it was when it was opened.
func (r *Results) Same() bool {
	info, err := os.Stat(r.Path)
	return err == nil && os.SameFile(info, r.info) && info.Size() == r.info.Size() && info.ModTime().Equal(r.info.ModTime())
}

// Spectrum reads the spectrum with a number of List.
func (r *Results) Spectrum(ctx context.Context, number int) (x *Spectrum, err error) {
	defer caught(&err)
	if number < 0 || number >= len(r.places) {
		return nil, fmt.Errorf("%s: no spectrum %d; there are %d", r.Path, number, len(r.places))
	}
	at := r.places[number]
	var f *os.File
	var info fs.FileInfo
	if at.name == "" {
		f, info, err = regular.Open(r.Path)
	} else {
		var root *os.Root
		if root, err = os.OpenRoot(r.Path); err == nil {
			defer root.Close() // opened for reading only
			f, info, err = openIn(root, at.name)
		}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() // opened for reading only
	s, err := r.open(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if x, err = s.read(ctx, at.at); err == nil {
		err = x.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return x, nil
}

// check refuses lists of different lengths; those of what is unknown may be empty.
func (x *Spectrum) check() error {
	for name, n := range map[string]int{
		"original": len(x.Original), "error": len(x.Error), "flux": len(x.Flux), "flux_16": len(x.Low), "flux_50": len(x.Median), "flux_84": len(x.High), "filled": len(x.Filled),
	} {
		if n != 0 && n != len(x.Wavelength) {
			return fmt.Errorf("%s: %d values for %d wavelengths", name, n, len(x.Wavelength))
		}
	}
	return nil
}
