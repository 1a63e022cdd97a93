// Package store keeps the record of a run in a folder of plain files, which
// runs/README.md describes. Every file is replaced as a whole and durably, so a reader
// never sees half of one.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"sedlab/internal/settings"
	"sedlab/internal/yamlpos"
)

// The files of a run folder.
const (
	SpecFile     = "spec.yaml"
	PlanFile     = "plan.json"
	ManifestFile = "manifest.json"
	DiffFile     = "diff.patch"
	LogFile      = "log.jsonl"
	SignalsFile  = "signals.parquet"
	TrainingFile = "training.parquet"
	ExamplesFile = "examples.parquet"
	// LockFile is locked by the process that writes to the folder. The system drops
	// the lock of a process that dies.
	LockFile = "lock"
)

// CacheFolder is the folder beside the runs that holds the cache they share.
const CacheFolder = "cache"

// FindError reports a name that matches no run, or several.
type FindError struct {
	Name, Root string
	Matches    []string // the ids that begin with the name
}

func (e *FindError) Error() string {
	if len(e.Matches) > 0 {
		return fmt.Sprintf("run %q: could be any of %s", e.Name, strings.Join(e.Matches, ", "))
	}
	return fmt.Sprintf("run %q: no such folder, and none of that name in %s", e.Name, e.Root)
}

// Find returns the folder of a run named by a path, an id, the beginning of an
// id, or "latest". Its error is a *FindError, or about reading root.
func Find(root, name string) (string, error) {
	for _, dir := range []string{name, filepath.Join(root, name)} {
		if _, err := os.Stat(filepath.Join(dir, ManifestFile)); err == nil {
			return filepath.EvalSymlinks(dir)
		}
	}
	entries, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	var found []string
	for _, e := range entries {
		if name != "" && isRunFolder(e) && strings.HasPrefix(e.Name(), name) {
			found = append(found, e.Name())
		}
	}
	if len(found) != 1 {
		return "", &FindError{name, root, found}
	}
	return filepath.Join(root, found[0]), nil
}

// isRunFolder reports whether an entry of the folder of runs can be a run, rather than
// the cache, the trash or the link to the latest run.
func isRunFolder(e fs.DirEntry) bool {
	return e.IsDir() && e.Name() != CacheFolder && !strings.HasPrefix(e.Name(), ".")
}

// Alive reports whether a process is writing to a run folder. It returns true if that is
// unknown, because the lock cannot be opened or the file system has no locks.
func Alive(dir string) bool {
	path := filepath.Join(dir, LockFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	// The lock is shared, so that callers of Alive do not mistake each other for a
	// writer.
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	if err != nil || !free {
		return true
	}
	return lock.Unlock() != nil
}

// ReadSettings reads the resolved spec of a run folder. The file must be YAML, but need
// not be a spec that this version can run.
func ReadSettings(dir string) (settings.List, error) {
	path := filepath.Join(dir, SpecFile)
	text, err := readBounded(path, yamlpos.MaxBytes)
	if err != nil {
		return nil, err
	}
	var errs yamlpos.Errors
	root := yamlpos.Parse(text, path, &errs)
	if err := errs.Err(); err != nil {
		return nil, err
	}
	if root == nil || root.Kind != yamlpos.Mapping {
		return nil, fmt.Errorf("%s: not a spec; expected keys and values", path)
	}
	return settings.OfSpec(root), nil
}

// readBounded reads a file that exceeds limit only if it is damaged.
func readBounded(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a file", path)
	case info.Size() > limit:
		return nil, fmt.Errorf("%s: %d bytes long; expected at most %d", path, info.Size(), limit)
	}
	return os.ReadFile(path)
}
