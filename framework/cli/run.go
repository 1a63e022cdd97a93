package cli

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/search"
	"sedlab/framework/spec"
	"sedlab/framework/store"
)

// runFlags are the flags of every command that runs a spec.
type runFlags struct {
	spec       specFlags
	workers    int
	root       string
	cache      string
	checkpoint time.Duration
	json       bool
	pdf        bool
}

// add gives the flags to a command.
func (f *runFlags) add(c *cobra.Command) {
	c.Flags().IntVar(&f.workers, "workers", runtime.GOMAXPROCS(0), "goroutines that compute; changes no result")
	rootFlag(c, &f.root)
	cacheFlag(c, &f.cache)
	c.Flags().DurationVar(&f.checkpoint, "checkpoint", 30*time.Second, "least `time` between two saved states of a training")
	jsonFlag(c, &f.json)
	c.Flags().BoolVar(&f.pdf, "pdf", false, "draw figures as PDF too")
}

func (f *runFlags) check() error {
	if f.workers < 1 {
		return usageError{fmt.Errorf("--workers %d: must be at least 1", f.workers)}
	}
	return nil
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run SPEC",
		Short: "Run a spec: a file, or the name of a shipped experiment",
		Long: "Run trains the priors of a spec, reconstructs the signals of every cell, and writes tables, figures and\n" +
			"report.md to a new folder. SPEC is a file, or the name of a shipped experiment such as quickstart.\n" +
			"What the cache has is not computed again: trained priors and finished cells, of this run or any other.",
		Example: "  sedlab run quickstart\n  sedlab run paper/figure2a --set priors.glo.train.epochs=200 --workers 2",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			file, err := a.here(args[0], f.spec)
			if err != nil {
				return err
			}
			dir := cacheDir(f.cache, f.root)
			_, err = a.execute(c.Context(), file, f, dir, start{open: func(s *search.Search) (*store.Run, error) {
				return a.create(s, f, dir, "")
			}})
			return err
		},
	}
	f.spec.add(c)
	f.add(c)
	return c
}

// here loads a spec with the path of its data from the file system's root, so that
// its run can be gone on with from any folder.
func (a *app) here(name string, f specFlags) (*spec.File, error) {
	file, err := spec.Load(name, a.specOptions(f))
	if err != nil {
		return nil, err
	}
	path := file.Base.Dataset.Path
	if path == "" || filepath.IsAbs(path) || slices.Contains(file.SweptKeys(), "dataset.path") {
		return file, nil
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	f.edits = append(slices.Clone(f.edits), spec.Edit{Flag: spec.FlagSet, Text: "dataset.path=" + path})
	return spec.Load(name, a.specOptions(f))
}

func rootFlag(c *cobra.Command, root *string) {
	c.Flags().StringVar(root, "runs", "runs", "`folder` of the run folders")
}
