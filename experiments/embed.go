// Package experiments holds the specs that ship with sedlab.
package experiments

import (
	"embed"
	"io/fs"
	"strings"
)

// FS holds the specs, as name.yaml.
//
//go:embed *.yaml */*.yaml
var FS embed.FS

// bases is the folder of what specs share: to be extended, not run.
const bases = "base/"

// Names returns the names of the specs that can be run, sorted by folder:
// "quickstart", "ablations/…", "paper/figure1", ….
func Names() []string { return names(false) }

// Bases returns the names of what specs share.
func Bases() []string { return names(true) }

func names(base bool) []string {
	var names []string
	for _, pattern := range []string{"*.yaml", "*/*.yaml"} {
		files, _ := fs.Glob(FS, pattern) // the only error is a bad pattern
		for _, file := range files {
			if strings.HasPrefix(file, bases) == base {
				names = append(names, strings.TrimSuffix(file, ".yaml"))
			}
		}
	}
	return names
}
