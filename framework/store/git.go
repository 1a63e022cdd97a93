package store

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Git is the state of the checkout that the run was started in.
type Git struct {
	Commit string `json:"commit"`
	Dirty  bool   `json:"dirty"` // then diff.patch holds the changes
}

// gitState returns the commit of the checkout of sedlab that the working
// directory is in and its uncommitted changes, or nil where it is in none. The
// repository of another project is none of a run's business.
func gitState() (*Git, []byte) {
	top, err := git("rev-parse", "--show-toplevel")
	if err != nil {
		return nil, nil
	}
	mod, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(top)), "go.mod"))
	if err != nil || !bytes.HasPrefix(mod, []byte("module sedlab\n")) {
		return nil, nil
	}
	commit, err := git("rev-parse", "HEAD")
	if err != nil {
		return nil, nil
	}
	g := &Git{Commit: string(bytes.TrimSpace(commit))}
	changed, err := git("status", "--porcelain")
	if err != nil || len(changed) == 0 {
		return g, nil
	}
	g.Dirty = true
	diff, err := git("diff", "--no-ext-diff", "--no-color", "--binary", "HEAD")
	if err != nil {
		return g, nil
	}
	return g, append([]byte("# git status --porcelain\n# "+
		strings.ReplaceAll(strings.TrimSpace(string(changed)), "\n", "\n# ")+"\n"), diff...)
}

func git(args ...string) ([]byte, error) { return exec.Command("git", args...).Output() }
