package cli

import (
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/search"
	"sedlab/framework/spec"
	"sedlab/framework/store"
)

func (a *app) resumeCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "resume RUN",
		Short: "Finish a run that was interrupted or killed, or has failed cells",
		Long: "Resume goes on with a run in its own folder: finished cells and trained priors come from the cache, a training\n" +
			"goes on from its last saved state. The results are those of a run that nothing disturbed.\n" + runNames + "\n" +
			"Where the data have moved, say where they are with --set dataset.path=FILE.",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			dir, file, m, err := a.recorded(f, args[0])
			if err != nil {
				return err
			}
			if m.Status == store.Done {
				fmt.Fprintf(a.stderr, "sedlab: run %s is done; there is nothing left to do\n", m.ID)
				return nil
			}
			_, err = a.execute(c.Context(), file, f, f.cacheOf(dir), func(*search.Search) (*store.Run, error) {
				return store.Reopen(dir, time.Now(), a.args)
			})
			return err
		},
	}
	f.spec.add(c)
	f.add(c)
	return c
}

// cacheOf is the cache of a run: by default the one beside it.
func (f *runFlags) cacheOf(dir string) string { return cacheDir(f.cache, filepath.Dir(dir)) }

// recorded reads what a run was asked to do. Edits may change where the data
// are, and nothing else.
func (a *app) recorded(f runFlags, name string) (dir string, file *spec.File, m store.Manifest, err error) {
	if dir, err = store.Find(f.root, name); err != nil {
		return dir, nil, m, usageError{err}
	}
	if m, err = store.ReadManifest(dir); err != nil {
		return dir, nil, m, err
	}
	f.spec.maxCells = math.MaxInt32 // it was run once
	if file, err = spec.Load(filepath.Join(dir, store.SpecFile), a.specOptions(f.spec)); err != nil {
		return dir, nil, m, err
	}
	if file.Hash() != m.SpecHash {
		return dir, nil, m, usageError{fmt.Errorf(
			"run %s: %s is not what was run; --set may change dataset.path alone: sedlab run %s runs what it says now",
			m.ID, store.SpecFile, filepath.Join(dir, store.SpecFile))}
	}
	return dir, file, m, nil
}
