package app

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"sedlab/datasets"
	"sedlab/framework/bench"
	"sedlab/internal/yamlpos"
)

// Source is a source of data that a spec can name.
type Source struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
	// URL is the address of its data; empty if they cannot be fetched.
	URL string `json:"-"`
}

// Sources lists the sources of data in the catalog.
func (a *App) Sources() (list []Source) {
	for _, s := range a.catalog.Sources {
		source := Source{Name: s.Name, Doc: s.Doc}
		if f, ok := s.New().(datasets.Fetcher); ok {
			source.URL = f.URL()
		}
		list = append(list, source)
	}
	return list
}

// DataRef names a data set.
type DataRef struct {
	Source string // if empty, the first in the catalog that can be fetched
	Path   string // the file, for a source that reads one
	Size   int    // number of signals, for a source that makes them; 0 for the usual
	Seed   uint64 // for a source that makes its signals
}

// Dataset describes a data set.
type Dataset = datasets.Info

// Reasons lists numbers of unusable signals by reason.
func Reasons(unusable map[string]int) string { return datasets.Reasons(unusable) }

// DataInfo describes a data set. The error is a *SourceError if the source is not in the
// catalog or no file is named, and an *InputError if the data cannot be used.
func (a *App) DataInfo(ctx context.Context, ref DataRef) (*Dataset, error) {
	ctx = a.withMemory(ctx)
	config, err := a.source(ref)
	if err != nil {
		return nil, err
	}
	var shares datasets.Fractions
	d := yamlpos.Decoder{Errs: new(yamlpos.Errors)}
	d.Decode(&yamlpos.Node{Kind: yamlpos.Mapping}, "", &shares) // the defaults
	set, err := datasets.Load(ctx, "source "+ref.Source, config, nil, shares, ref.Seed)
	if err != nil {
		return nil, err
	}
	info, err := set.Describe(ctx)
	if err == nil {
		err = set.DescribeSplit(&info, shares, ref.Seed)
	}
	return &info, err
}

// source returns the config for a DataRef.
func (a *App) source(ref DataRef) (datasets.Config, error) {
	wrong := &SourceError{Name: ref.Source}
	var names []string
	for _, s := range a.catalog.Sources {
		config := s.New()
		_, reads := config.(datasets.FileConfig)
		_, fetches := config.(datasets.Fetcher)
		if ref.Source == "" && fetches {
			ref.Source = s.Name
		}
		if s.Name == ref.Source {
			return config, setKeys(s.Name, config, ref)
		}
		names = append(names, s.Name)
		if looksLikeFile(ref.Source) && reads && !fetches {
			wrong.Reads = s.Name
		}
	}
	wrong.Problem = "no such source; " + yamlpos.Instead(ref.Source, names)
	return nil, wrong
}

func looksLikeFile(name string) bool {
	_, err := os.Stat(name)
	return err == nil || filepath.Ext(name) != ""
}

// setKeys sets the file and the size in a source's config, if it has keys for them.
func setKeys(name string, config datasets.Config, ref DataRef) error {
	keys := &yamlpos.Node{Kind: yamlpos.Mapping}
	for _, f := range yamlpos.Fields(config) {
		if f.File && ref.Path != "" {
			keys = keys.WithChild(f.Name, yamlpos.TextNode(ref.Path))
		}
		if f.Name == "size" && ref.Size != 0 {
			keys = keys.WithChild(f.Name, &yamlpos.Node{Value: strconv.Itoa(ref.Size)})
		}
	}
	errs := new(yamlpos.Errors)
	d := yamlpos.Decoder{Errs: errs}
	d.Decode(keys, "", config)
	for _, e := range errs.All() {
		return &SourceError{Name: name, Problem: e.Key + ": " + e.Problem}
	}
	for _, e := range config.Check() {
		_, reads := config.(datasets.FileConfig)
		return &SourceError{Name: name, Problem: e.Key + ": " + e.Problem, NeedsPath: reads && ref.Path == ""}
	}
	return nil
}

// Fetch downloads and verifies the data of a source that can be fetched, and returns
// their path. An empty path means where the source looks for them; an empty url, where
// they are published. A download that was cut off is continued.
func (a *App) Fetch(ctx context.Context, source, url, path string, e Events) (string, error) {
	config, err := a.source(DataRef{Source: source})
	if err != nil {
		return "", err
	}
	f, ok := config.(datasets.Fetcher)
	if !ok {
		return "", &SourceError{Name: source, Problem: "cannot be fetched"}
	}
	return f.Fetch(ctx, path, url, orQuiet(e).Downloaded)
}

// benchTime is about the time that a bench takes.
const benchTime = 10 * time.Second

// Bench measures the speed of this machine's kernels, on all processors.
func Bench(ctx context.Context) (*bench.Result, error) {
	return bench.Run(ctx, runtime.GOMAXPROCS(0), benchTime)
}
