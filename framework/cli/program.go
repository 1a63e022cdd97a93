package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sedlab/internal/escape"
)

// program is the name under which the program was called: sedlab, or that of a user's own
// program.
var program = strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")

// command returns a command line of this program, its arguments quoted for a shell if
// necessary.
func command(args ...string) string { return commandLine(slices.Concat([]string{program}, args)...) }

func commandLine(words ...string) string {
	var quoted []string
	for _, word := range words {
		quoted = append(quoted, escape.Shell(word))
	}
	return strings.Join(quoted, " ")
}

// rename makes the help of all commands name the program.
func rename(c *cobra.Command) {
	for _, text := range []*string{&c.Long, &c.Example} {
		*text = strings.ReplaceAll(*text, "sedlab ", program+" ")
	}
	for _, below := range c.Commands() {
		rename(below)
	}
}
