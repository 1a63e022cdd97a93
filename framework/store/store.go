// Package store keeps the record of a run in a folder of plain files, which
// runs/README.md describes. Every file is replaced as a whole and durably, so a reader
// never sees half of one.
package store

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/gofrs/flock"

	"sedlab/internal/regular"
	"sedlab/internal/sealed"
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
	// These folders have what was submitted to a cluster. Their files may be edited.
	SlurmFolder      = "slurm"
	KubernetesFolder = "kubernetes"
)

// latestLink is the link beside the runs to the newest of them.
const latestLink = "latest"

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
		_, err := os.Stat(filepath.Join(dir, ManifestFile))
		if err == nil {
			return withoutLatest(filepath.Clean(dir))
		}
		if errors.Is(err, syscall.ESTALE) || errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ETIMEDOUT) {
			return "", err // it does not say that there is no run
		}
	}
	entries, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	var found []string
	for _, e := range entries {
		if name != "" && isRunFolder(root, e) && strings.HasPrefix(e.Name(), name) {
			found = append(found, e.Name())
		}
	}
	if len(found) != 1 {
		return "", &FindError{name, root, found}
	}
	return filepath.Join(root, found[0]), nil
}

// Folder returns the folder of the run with an id, which is not a path. Its error is a
// *FindError.
func Folder(root, id string) (string, error) {
	dir := filepath.Join(root, id)
	if info, err := os.Lstat(dir); filepath.Base(dir) == id && filepath.IsLocal(id) && id != "." && err == nil && isRunFolder(root, fs.FileInfoToDirEntry(info)) {
		return dir, nil
	}
	return "", &FindError{Name: id, Root: root}
}

// withoutLatest replaces the link root/latest by the folder that it names. Other links
// stay as they are: each is a run under its own name, whose folder is elsewhere.
func withoutLatest(dir string) (string, error) {
	if filepath.Base(dir) != latestLink {
		return dir, nil
	}
	to, err := os.Readlink(dir)
	if err != nil || filepath.IsAbs(to) {
		return cmp.Or(to, dir), nil // a folder of that name is a run like any other
	}
	return filepath.Join(filepath.Dir(dir), to), nil
}

// isRunFolder reports whether an entry of the folder of runs can be a run, or a link to
// one, rather than the cache, the trash or the link to the latest run. A link that leads
// nowhere counts, because its folder may come back.
func isRunFolder(root string, e fs.DirEntry) bool {
	if e.Name() == CacheFolder || strings.HasPrefix(e.Name(), ".") {
		return false
	}
	if !isLink(e.Type()) {
		return e.IsDir()
	}
	info, err := os.Stat(filepath.Join(root, e.Name()))
	return e.Name() != latestLink && (err != nil || info.IsDir())
}

func isLink(m fs.FileMode) bool { return m&fs.ModeSymlink != 0 }

// Alive reports whether a process is writing to a run folder. It returns true if that is
// unknown, because the lock cannot be opened or the file system has no locks.
func Alive(dir string) bool {
	path := filepath.Join(dir, LockFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false
	}
	// The lock is shared, so that callers of Alive do not mistake each other for a
	// writer.
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY|syscall.O_NONBLOCK))
	free, err := lock.TryRLock()
	if err != nil || !free {
		return true
	}
	return lock.Unlock() != nil
}

// EditedError reports a run whose spec, a path, differs from what was run outside of
// report.
type EditedError struct {
	Spec    string
	Changes []settings.Change // from what was run to what the file says
}

func (e *EditedError) Error() string {
	text := func(s *settings.Setting) string {
		if s == nil {
			return "nothing"
		}
		return settings.Text(s.Value)
	}
	c := e.Changes[0]
	return fmt.Sprintf("%s is not what was run: it says %s for %s, which was %s", e.Spec, text(c.B), c.Key, text(c.A))
}

// ReadSettings reads the resolved spec that a run was made with. It must be YAML, but
// need not be a spec that this version can run. If spec.yaml was edited since, beyond
// its report, the settings are those that were run, and the error is an *EditedError.
func ReadSettings(dir string, m Manifest) (settings.List, error) {
	path := filepath.Join(dir, SpecFile)
	text, err := regular.ReadIn(dir, SpecFile, yamlpos.MaxBytes)
	if err != nil {
		return nil, err
	}
	list, err := parseSettings(text, path)
	if err != nil || m.SpecFile == "" || sealed.Digest(text) == m.SpecFile {
		return list, err
	}
	ran, err := plannedSettings(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: was edited, and what was run is unknown: %w", path, err)
	}
	changes := slices.DeleteFunc(settings.Diff(ran, list), func(c settings.Change) bool { return c.Key == "report" })
	if len(changes) > 0 {
		return ran, &EditedError{path, changes}
	}
	return list, nil
}

// plannedSettings reads the spec in a run's plan.
func plannedSettings(dir string) (settings.List, error) {
	path := filepath.Join(dir, PlanFile)
	text, err := regular.ReadIn(dir, PlanFile, maxPlan)
	if err != nil {
		return nil, err
	}
	var plan struct {
		Spec json.RawMessage `json:"spec"`
	}
	if err := sealed.Unmarshal(text, &plan); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return parseSettings(plan.Spec, path) // JSON is YAML
}

func parseSettings(text []byte, path string) (settings.List, error) {
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

// apart reports whether a file is in a folder of files that have no checksums, because others than
// the run write them.
func apart(name string) bool {
	folder, _, below := strings.Cut(name, "/")
	return below && slices.Contains([]string{WorkFolder, SlurmFolder, KubernetesFolder}, folder)
}
