package reports

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
)

// ours matches the names that Write gives to figures' files.
var ours = regexp.MustCompile(`^[0-9]{2,}-(boxplot-[A-Za-z0-9_-]+|reconstructions|training)\.(png|svg|csv|pdf)$`)

// removeStale removes from a folder the figures that an earlier report wrote and
// this one did not; any other file stays.
func removeStale(folder string, sections []section, opt Options) error {
	written := map[string]bool{}
	for _, s := range sections {
		for _, extension := range opt.extensions() {
			written[s.base+extension] = true
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Type().IsRegular() && ours.MatchString(e.Name()) && !written[e.Name()] {
			err = errors.Join(err, os.Remove(filepath.Join(folder, e.Name())))
		}
	}
	return err
}
