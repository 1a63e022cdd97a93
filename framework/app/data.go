package app

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"sedlab/framework/bench"
	"sedlab/framework/dataset"
	"sedlab/internal/yamlpos"
)

// Source is a source of data that a spec can name.
type Source struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

// Sources lists the sources of data in the catalog.
func (a *App) Sources() (list []Source) {
	for _, s := range a.catalog.Sources {
		list = append(list, Source{s.Name, s.Doc})
	}
	return list
}

// A DataRef names a data set: a source with its file, or its size and seed. A
// Dataset describes one.
type (
	DataRef = dataset.Options
	Dataset = dataset.Info
)

// DataInfo describes a data set. A source that is not in the catalog or lacks its
// file is a *SourceError, data that cannot be used are an *InputError.
func (a *App) DataInfo(ctx context.Context, ref DataRef) (*Dataset, error) {
	if err := a.checkSource(ref); err != nil {
		return nil, err
	}
	set, err := dataset.Load(ctx, ref)
	if err != nil {
		return nil, err
	}
	info := set.Describe()
	return &info, nil
}

func (a *App) checkSource(ref DataRef) error {
	var names []string
	for _, s := range a.catalog.Sources {
		switch {
		case s.Name != ref.Source:
			names = append(names, s.Name)
		case s.NeedsPath && ref.Path == "":
			return &SourceError{Name: s.Name, NeedsPath: true}
		default:
			return nil
		}
	}
	_, err := os.Stat(ref.Source)
	file := err == nil || strings.EqualFold(filepath.Ext(ref.Source), ".npz")
	return &SourceError{Name: ref.Source, IsFile: file, Instead: yamlpos.Instead(ref.Source, names)}
}

// SDSSCorrectedURL is where the data of the source sdss-corrected come from.
const SDSSCorrectedURL = dataset.SDSSCorrectedURL

// Fetch downloads the data of sdss-corrected, verifies them, and returns their
// path. An empty path is where the source looks for them. A download that was cut
// is taken up again.
func (a *App) Fetch(ctx context.Context, url, path string, e Events) (string, error) {
	if path == "" {
		var err error
		if path, err = dataset.CachePath(); err != nil {
			return "", err
		}
	}
	return path, dataset.Fetch(ctx, path, url, orQuiet(e).Downloaded)
}

// benchTime is about how long a bench takes.
const benchTime = 10 * time.Second

// Bench measures the speed of this machine's kernels, on all processors.
func Bench(ctx context.Context) (*bench.Result, error) {
	return bench.Run(ctx, runtime.GOMAXPROCS(0), benchTime)
}
