package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"sedlab/framework/store"
	"sedlab/internal/regular"
	"sedlab/internal/sums"
	"sedlab/reports"
)

// RunFile is a file of a run folder.
type RunFile struct {
	Name  string // from the folder on
	Size  int64  // bytes
	Time  time.Time
	About string // what it is, for people
}

// Names of a run's files that other packages write.
const (
	StatisticsFile  = "statistics.csv"
	ComparisonsFile = "comparisons.csv"
	figuresFolder   = "figures"
)

// knownFiles are the files that every run may have, and what they are.
var knownFiles = [][2]string{
	{store.SpecFile, "the spec, with every default filled in"},
	{store.ManifestFile, "what ran, when, on what machine, and how it ended"},
	{store.PlanFile, "the trainings and cells, with the keys of the cache"},
	{store.DiffFile, "what git had not recorded"},
	{store.SignalsFile, "a row for each cell and signal: errors and status"},
	{store.TrainingFile, "a row for each prior and logged epoch"},
	{store.ExamplesFile, "whole reconstructions"},
	{reports.File, "the report, in Markdown"},
	{HTMLReport, "the report as one HTML file, with spectra"},
	{StatisticsFile, "statistics of each prior at each condition"},
	{ComparisonsFile, "tests between priors on the same signals"},
	{store.LogFile, "the log, a JSON object a line"},
	{store.TagsFile, "the tags"},
	{store.NoteFile, "the note"},
	{sums.File, "checksums, for sha256sum -c"},
}

// figureKinds are the extensions of the files of figures.
var figureKinds = []string{".svg", ".png", ".pdf", ".csv"}

// mostFigureFiles is the number of files in the folder of figures that are listed.
const mostFigureFiles = 2000

// runFiles lists the files of the run in dir that may be read. Nothing outside of the folder
// is looked at, even if a link leads there.
func runFiles(dir string) (list []RunFile, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for _, f := range knownFiles {
		if info, err := root.Stat(f[0]); err == nil && info.Mode().IsRegular() {
			list = append(list, RunFile{f[0], info.Size(), info.ModTime(), f[1]})
		}
	}
	names, err := figureNames(root)
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	}
	for _, name := range names {
		if info, err := root.Stat(name); err == nil && info.Mode().IsRegular() {
			list = append(list, RunFile{name, info.Size(), info.ModTime(), "a figure"})
		}
	}
	return list, err
}

// figureNames lists the figures' files, in order.
func figureNames(root *os.Root) (names []string, err error) {
	folder, err := root.Open(figuresFolder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	entries, err := folder.ReadDir(mostFigureFiles)
	for _, e := range entries {
		if isFigure(e.Name()) {
			names = append(names, path.Join(figuresFolder, e.Name()))
		}
	}
	slices.Sort(names)
	return names, err
}

// isFigure reports whether a file in the folder of figures, by its name, is one of a figure.
// Names that cannot be in an address as they are do not count.
func isFigure(name string) bool {
	return slices.Contains(figureKinds, path.Ext(name)) && !strings.HasPrefix(name, ".") && !strings.ContainsAny(name, "/\\%?#")
}

// OpenFile opens a file of the run with an id, as the list in an Overview names it. The
// caller closes it. The error is a *store.FindError if there is no such run, and is an
// fs.ErrNotExist if the run has no such file in its folder.
func (a *App) OpenFile(id, name string) (*os.File, fs.FileInfo, error) {
	dir, err := a.Folder(id)
	if err != nil {
		return nil, nil, err
	}
	known := slices.ContainsFunc(knownFiles, func(f [2]string) bool { return f[0] == name })
	if figure, ok := strings.CutPrefix(name, figuresFolder+"/"); !known && !(ok && isFigure(figure)) {
		return nil, nil, fmt.Errorf("run %s has no file %q: %w", id, name, fs.ErrNotExist)
	}
	f, info, err := regular.OpenIn(dir, name)
	if err != nil {
		err = fmt.Errorf("run %s has no file %q that can be read: %w: %w", id, name, fs.ErrNotExist, err)
	}
	return f, info, err
}
