package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"sedlab/framework/store"
	"sedlab/internal/durable"
	"sedlab/internal/regular"
	"sedlab/internal/sums"
	"sedlab/reports"
)

// Bounds of what is read of a report [bytes].
const (
	maxReport = 16 << 20
	maxFigure = 4 << 20
)

// ReportText is the report of a run as Report wrote it.
type ReportText struct {
	ID, Name string
	Markdown string

	dir string
}

// ReadReport reads the report of a run.
func (a *App) ReadReport(run string) (*ReportText, error) {
	dir, err := store.Find(a.Runs, run)
	if err != nil {
		return nil, err
	}
	m, err := store.ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	text, err := regular.ReadIn(dir, reports.File, maxReport)
	if errors.Is(err, fs.ErrNotExist) {
		err = &FolderError{"run " + dir, "has no " + reports.File + " yet"}
	}
	return &ReportText{ID: m.ID, Name: m.Name, Markdown: string(text), dir: dir}, err
}

// File reads a file that the report names: a figure, or the data of one. The name is relative
// to the run's folder, which is not left.
func (r *ReportText) File(name string) ([]byte, error) {
	if ext := path.Ext(name); !filepath.IsLocal(name) || ext != ".svg" && ext != ".png" && ext != ".csv" {
		return nil, fmt.Errorf("%q: not a file of a report", name)
	}
	root, err := os.OpenRoot(r.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() // opened for reading only
	if info, err := root.Stat(name); err != nil || !info.Mode().IsRegular() || info.Size() > maxFigure {
		return nil, errors.Join(fmt.Errorf("%s: is not a file of at most %d bytes", name, maxFigure), err)
	}
	return root.ReadFile(name)
}

// HTMLReport is the file in a run's folder with its report as HTML.
const HTMLReport = "report.html"

// SaveHTML durably writes a run's report as HTML, which write makes: to a path or, if that is
// empty, into the run's folder. It returns the path.
func (a *App) SaveHTML(run, to string, write func(io.Writer) error) (string, error) {
	if to != "" {
		return to, durable.WriteFile(to, write)
	}
	dir, err := store.Find(a.Runs, run)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, HTMLReport), sums.WriteFile(dir, HTMLReport, write)
}
