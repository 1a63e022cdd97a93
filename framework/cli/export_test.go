package cli

import (
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
)

// Root returns the command of a program with a catalogue.
func Root(c app.Catalog) *cobra.Command {
	t := &terminal{app: app.Open("runs", c), stdout: io.Discard, stderr: io.Discard, progress: newProgress(io.Discard)}
	return t.root()
}

// Tests that are not called as programs expect messages of sedlab.
func init() {
	if strings.HasSuffix(program, ".test") {
		program = "sedlab"
	}
}

// SetWorkGrace makes work that is sent SIGTERM end sooner.
func SetWorkGrace(d time.Duration) { workGrace = d }
