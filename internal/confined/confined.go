// Package confined runs tests in processes of their own that have little memory and time.
// What takes more memory, which no recover catches, then fails the one test.
package confined

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// These are set in the process of its own: to the name of the test, and to the folder.
const (
	nameVariable   = "SEDLAB_TEST_CONFINED"
	folderVariable = "SEDLAB_TEST_FOLDER"
)

// Run calls prepare, which may put files into a folder, and then body in a process with the
// given memory [bytes], and ends that process after limit. Without such limits on this
// system, or with the race detector, which takes terabytes, it skips the test.
func Run(t *testing.T, memory uint64, limit time.Duration, prepare func(dir string), body func(t *testing.T, dir string)) {
	t.Helper()
	if skip != "" {
		t.Skip(skip)
	}
	if os.Getenv(nameVariable) == t.Name() {
		if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: memory, Max: memory}); err != nil {
			t.Fatal(err)
		}
		body(t, os.Getenv(folderVariable))
		return
	}
	dir := t.TempDir()
	prepare(dir)
	ctx, stop := context.WithTimeout(t.Context(), limit)
	defer stop()
	var names []string
	for _, name := range strings.Split(t.Name(), "/") {
		names = append(names, "^"+regexp.QuoteMeta(name)+"$")
	}
	c := exec.CommandContext(ctx, os.Args[0], "-test.run="+strings.Join(names, "/"), "-test.count=1")
	c.Env = append(os.Environ(), nameVariable+"="+t.Name(), folderVariable+"="+dir)
	out, err := c.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("takes more than %v", limit)
	}
	if err != nil {
		t.Fatalf("with %d MB of memory: %v\n%s", memory>>20, err, first(string(out), 60))
	}
}

// first returns the first lines of a text.
func first(text string, n int) string {
	lines := strings.SplitN(text, "\n", n+1)
	return strings.Join(lines[:min(len(lines), n)], "\n")
}
