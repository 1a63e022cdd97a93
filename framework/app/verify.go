package app

import (
	"context"
	"path/filepath"

	"sedlab/framework/store"
)

// Verify compares the files of runs with their checksums: of the named ones or, without
// names, of all runs in the folder. share is the part of the files that is read, chosen anew
// each time; 1 for all. What is damaged is in the results, not in the error.
func (a *App) Verify(ctx context.Context, share float64, runs ...string) ([]*store.Verified, error) {
	var dirs []string
	if len(runs) == 0 {
		list, err := store.List(a.Runs)
		if err != nil {
			return nil, err
		}
		for _, s := range once(a.Runs, list) {
			dirs = append(dirs, filepath.Join(a.Runs, s.ID))
		}
	}
	for _, run := range runs {
		dir, err := store.Find(a.Runs, run)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, dir)
	}
	found := []*store.Verified{}
	for _, dir := range dirs {
		v, err := store.Verify(ctx, dir, share)
		if err != nil {
			return found, err
		}
		found = append(found, v)
	}
	return found, nil
}
