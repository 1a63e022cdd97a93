package store

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"sedlab/internal/f32"
	"sedlab/internal/machine"
)

// Status is how far a run has come.
type Status string

// The statuses of a run.
const (
	Running     Status = "running"
	Done        Status = "done"
	Failed      Status = "failed" // some cells, or all, have no result
	Interrupted Status = "interrupted"
)

// Manifest is what manifest.json holds: what ran, when, on what, and how it ended.
type Manifest struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Question string     `json:"question,omitempty"`
	Status   Status     `json:"status"`
	Error    string     `json:"error,omitempty"`
	Started  time.Time  `json:"started"`
	Finished *time.Time `json:"finished,omitempty"`
	Seconds  float64    `json:"seconds,omitempty"`
	Argv     []string   `json:"argv"`
	SpecHash string     `json:"spec_sha256"`
	Seeds    []uint64   `json:"seeds"`
	Workers  int        `json:"workers"`

	Cells struct {
		Total int `json:"total"`
		Done  int `json:"done"`
	} `json:"cells"`
	Datasets []Dataset `json:"datasets"`
	Notes    []string  `json:"notes,omitempty"` // what a reader of the results should know

	Module Module `json:"module"`
	Git    *Git   `json:"git,omitempty"`
	System System `json:"system"`

	diff []byte // the changes that git has not recorded
}

// Dataset names the signals that were used by their content.
type Dataset struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Module is the program that ran.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Go      string `json:"go"`
}

// Git is the state of the checkout that the run was started in.
type Git struct {
	Commit string `json:"commit"`
	Dirty  bool   `json:"dirty"` // then diff.patch holds the changes
}

// System is the machine that ran.
type System struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Kernel string `json:"kernel"` // of internal/f32: the same kernel gives the same bits
}

// NewManifest returns the manifest of a run that starts now, with all that is
// known of the program and the machine.
func NewManifest(name string, now time.Time, argv []string) Manifest {
	m := Manifest{
		Name: name, Started: now.UTC(), Argv: argv,
		Module: Version(),
		System: System{
			OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: machine.CPU(),
			Cores: runtime.NumCPU(), Kernel: f32.Kernel(),
		},
	}
	m.Git, m.diff = gitState()
	return m
}

// Version returns the program's module and Go versions.
func Version() Module {
	m := Module{Path: "sedlab", Version: "(devel)", Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path == m.Path && info.Main.Version != "" {
		m.Version = info.Main.Version
	}
	return m
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
