package spec

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"sedlab/experiments"
	"sedlab/internal/yamlpos"
)

// source is the text of one file.
type source struct {
	name    string // as messages name it
	id      string // the same for the same file, however it is named
	shipped bool
	text    []byte
}

// open reads the spec that a file names under extends: one that ships with
// sedlab, or else a path, from the file's own folder.
func (s source) open(name string) (source, error) {
	if src, ok := openShipped(name); ok {
		return src, nil
	}
	if s.shipped {
		return source{}, errors.New("no spec that ships with sedlab; " + yamlpos.Instead(name, extendable()))
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(s.name), name)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && filepath.Ext(name) == "":
		return source{}, errNeither(name, extendable())
	case err != nil:
		return source{}, errors.Unwrap(err) // the path is known
	case !info.Mode().IsRegular():
		return source{}, errors.New("is no regular file")
	}
	return openFile(path)
}

// extendable returns the names of the shipped specs, and of what they share.
func extendable() []string { return slices.Concat(experiments.Names(), experiments.Bases()) }

func errNeither(name string, known []string) error {
	return errors.New("neither a file nor a spec that ships with sedlab; " + yamlpos.Instead(name, known))
}

func openShipped(name string) (source, bool) {
	text, err := fs.ReadFile(experiments.FS, name+".yaml") // a name that is no valid path is none of them
	file := "experiments/" + name + ".yaml"
	return source{name: file, id: "shipped " + name, shipped: true, text: text}, err == nil
}

func openFile(path string) (source, error) {
	file, err := os.Open(path)
	if err != nil {
		return source{}, errors.Unwrap(err) // the path is the error's place
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, yamlpos.MaxBytes+1))
	return source{name: path, id: fileID(path), text: text}, err
}

// fileID is the file's path without links, or where that is not known, as it is.
func fileID(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path
}
