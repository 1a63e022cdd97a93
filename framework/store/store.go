package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sedlab/internal/sealed"
)

// Find returns the folder of a run named by a path, an id, the beginning of an
// id, or "latest".
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
	switch len(found) {
	case 1:
		return filepath.Join(root, found[0]), nil
	case 0:
		return "", fmt.Errorf("run %q: no such folder, and none of that name in %s", name, root)
	default:
		return "", fmt.Errorf("run %q: could be any of %s", name, strings.Join(found, ", "))
	}
}

// isRunFolder tells whether an entry of the folder of runs can be a run: not the
// cache, the trash or the link to the latest.
func isRunFolder(e fs.DirEntry) bool {
	return e.IsDir() && e.Name() != CacheFolder && !strings.HasPrefix(e.Name(), ".")
}

// CacheFolder is the folder beside the runs that holds what they share.
const CacheFolder = "cache"

// maxManifest bounds the bytes that are read of a manifest.
const maxManifest = 16 << 20

// ReadManifest reads the manifest of a run folder.
func ReadManifest(dir string) (Manifest, error) {
	path := filepath.Join(dir, ManifestFile)
	data, err := readBounded(path, maxManifest)
	if err != nil {
		return Manifest{}, fmt.Errorf("run %s: %w", dir, err)
	}
	var m Manifest
	if err := sealed.UnmarshalEither(data, &m, "id"); err != nil { // an older one has no checksum
		return Manifest{}, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// readBounded reads a file of which a healthy one is never larger than limit.
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
