package dataset

import (
	"fmt"
	"os"
	"path/filepath"
)

// CachePath returns where Fetch's callers keep sdss-corrected and Load looks for
// it: spec4000.npz in the folder that the environment's SEDLAB_DATA names, or
// else in sedlab in the user's cache folder.
func CachePath() (string, error) {
	dir := os.Getenv("SEDLAB_DATA")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("no cache folder (%w); set SEDLAB_DATA to a folder for data sets", err)
		}
		dir = filepath.Join(cache, "sedlab")
	}
	return filepath.Join(dir, "spec4000.npz"), nil
}
