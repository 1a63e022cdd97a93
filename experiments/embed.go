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

// Names returns the names of the specs, sorted: "quickstart", "paper/figure1", ….
func Names() []string {
	var names []string
	for _, pattern := range []string{"*.yaml", "*/*.yaml"} {
		files, _ := fs.Glob(FS, pattern) // the only error is a bad pattern
		for _, file := range files {
			names = append(names, strings.TrimSuffix(file, ".yaml"))
		}
	}
	return names
}
