package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"sedlab/framework/cache"
	"sedlab/internal/regular"
	"sedlab/internal/sealed"
)

// maxPlan bounds the bytes that are read of a plan.
const maxPlan = 1 << 30

// UsedKeys returns the keys of everything in a cache that the runs in root use. Runs
// in the trash count, as they can be taken out until it is emptied. A run whose keys
// cannot be read is an error: a guess could lose its work.
func UsedKeys(root string) (map[cache.Key]bool, error) {
	used := map[cache.Key]bool{}
	// The trash comes second, so a run on its way there is not missed.
	for _, folder := range []string{root, filepath.Join(root, TrashFolder)} {
		list, err := os.ReadDir(folder)
		if err != nil && (folder == root || !errors.Is(err, fs.ErrNotExist)) {
			return nil, err
		}
		for _, e := range list {
			dir := filepath.Join(folder, e.Name())
			if !isRunFolder(folder, e) {
				continue
			}
			_, err := os.Stat(dir) // a link may lead nowhere
			if err == nil && holdsRun(dir) {
				err = addKeys(used, dir)
			}
			if err != nil {
				return nil, fmt.Errorf("%w; it is unknown what this run uses: mend it, or move the folder away", err)
			}
		}
	}
	return used, nil
}

// holdsRun reports whether a folder is a run's, whole or not.
func holdsRun(dir string) bool {
	return slices.ContainsFunc([]string{PlanFile, ManifestFile, SpecFile}, func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, name))
		return err == nil
	})
}

// addKeys adds the keys that a run uses. A run with a status but without a plan is
// older than the cache and uses nothing in it.
func addKeys(used map[cache.Key]bool, dir string) error {
	path := filepath.Join(dir, PlanFile)
	data, err := regular.ReadIn(dir, PlanFile, maxPlan)
	if errors.Is(err, fs.ErrNotExist) {
		m, err := ReadManifest(dir)
		if err == nil && m.Status == "" {
			err = fmt.Errorf("run %s: has no %s, and its manifest no status", dir, PlanFile)
		}
		return err
	}
	if err != nil {
		return err
	}
	type keyed struct {
		Key cache.Key `json:"key"`
	}
	var plan struct {
		Trainings []keyed `json:"trainings"`
		Cells     []keyed `json:"cells"`
	}
	if err := sealed.UnmarshalEither(data, &plan, "trainings", "cells"); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, step := range append(plan.Trainings, plan.Cells...) {
		if !step.Key.Valid() {
			return fmt.Errorf("%s: %q is not a key", path, step.Key)
		}
		used[step.Key] = true
	}
	return nil
}
