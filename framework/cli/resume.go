package cli

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/dataset"
	"sedlab/framework/plan"
	"sedlab/framework/search"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/sealed"
	"sedlab/reports"
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
			return a.resume(c.Context(), dir, file, m, f)
		},
	}
	f.spec.add(c)
	f.add(c)
	return c
}

// resume finishes a run in its folder.
func (a *app) resume(ctx context.Context, dir string, file *spec.File, m store.Manifest, f runFlags) error {
	switch {
	case m.ReplayOf != "":
		return usageError{fmt.Errorf("run %s repeats %s, which it must do from the start: sedlab replay %s", m.ID, m.ReplayOf, m.ReplayOf)}
	case m.Status == store.Done && a.drawn(dir):
		fmt.Fprintf(a.stderr, "sedlab: run %s is done; there is nothing left to do\n", m.ID)
		return nil
	}
	check := func(p *plan.Plan) error { return a.sameWork(dir, m, p) }
	_, err := a.execute(ctx, file, f, f.cacheOf(dir, m), start{check, func(s *search.Search) (*store.Run, error) {
		r, err := store.Reopen(dir, time.Now(), a.args)
		if err != nil {
			return nil, err
		}
		steps, err := sealed.Marshal(s.Plan())
		if err == nil {
			err = r.SavePlan(steps)
		}
		return r, err
	}})
	return err
}

// drawn tells whether a run has its tables and its report.
func (a *app) drawn(dir string) bool {
	for _, name := range []string{store.SignalsFile, store.TrainingFile, store.ExamplesFile, reports.File} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

// cacheOf is the cache of a run: the one that it was made with, or where that is
// not there, the one beside it.
func (f *runFlags) cacheOf(dir string, m store.Manifest) string {
	if f.cache == "" && m.Cache != "" {
		if _, err := os.Stat(m.Cache); err == nil {
			return m.Cache
		}
	}
	return cacheDir(f.cache, filepath.Dir(dir))
}

// sameWork refuses to go on with other data under the name of a run. Another
// kernel or version computes the run again, and it says so.
func (a *app) sameWork(dir string, m store.Manifest, now *plan.Plan) error {
	changes, err := now.Since(filepath.Join(dir, store.PlanFile))
	if err != nil || len(changes) == 0 {
		return err
	}
	for _, c := range changes {
		if strings.HasPrefix(c.Field, "dataset.") {
			return &dataset.InputError{Dataset: now.File.Base.Dataset.Path, Err: fmt.Errorf(
				"is not what run %s began with: %v; sedlab run %s runs it with these", m.ID, c, filepath.Join(dir, store.SpecFile))}
		}
	}
	var text []string
	for _, c := range changes {
		text = append(text, c.String())
	}
	fmt.Fprintf(a.stderr, "sedlab: note: not what run %s began with, so that nothing of it can be used: %s\n", m.ID, strings.Join(text, "; "))
	return nil
}

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
	path := filepath.Join(dir, store.SpecFile)
	if file, err = spec.Load(path, a.specOptions(f.spec)); err != nil {
		return dir, nil, m, err
	}
	same, err := store.SpecUnchanged(dir, m)
	if err != nil {
		return dir, nil, m, err
	}
	// The hash of the resolved spec is of this version, which may know more keys
	// than the one that wrote the file.
	unedited, err := spec.Load(path, a.specOptions(specFlags{maxCells: f.spec.maxCells}))
	if err != nil {
		return dir, nil, m, err
	}
	if !same || file.Hash() != unedited.Hash() {
		return dir, nil, m, usageError{fmt.Errorf(
			"run %s: %s is not what was run; --set may change dataset.path alone: sedlab run %s runs what it says now",
			m.ID, store.SpecFile, path)}
	}
	return dir, file, m, nil
}
