package store

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"sedlab/internal/f32"
	"sedlab/internal/machine"
)

// Module is the program that ran.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Go      string `json:"go"`
	// Program is the main module if it is not sedlab itself but uses it as a library.
	Program string `json:"program,omitempty"`
	// Revision is the commit from which the program was built, if the build recorded it.
	Revision string `json:"vcs_revision,omitempty"`
	Time     string `json:"vcs_time,omitempty"`
	Modified bool   `json:"vcs_modified,omitempty"`
	// Build holds the compiler's settings that can change bits: under GOAMD64=v3 it
	// fuses multiplications and additions of plain Go code.
	Build map[string]string `json:"build,omitempty"`
	// Dependencies are the versions of all modules in the program.
	Dependencies map[string]string `json:"dependencies,omitempty"`
}

// System is the machine that ran.
type System struct {
	OS         string            `json:"os"`
	Arch       string            `json:"arch"`
	Host       string            `json:"host,omitempty"` // not recorded if SEDLAB_HOSTNAME=off
	CPU        string            `json:"cpu"`
	Features   []string          `json:"cpu_features,omitempty"`
	Cores      int               `json:"cores"`
	GOMAXPROCS int               `json:"gomaxprocs"`
	Memory     uint64            `json:"memory_bytes,omitempty"`
	Kernel     string            `json:"kernel"`                // of internal/f32: the same kernel gives the same bits
	Env        map[string]string `json:"environment,omitempty"` // those variables that are set and can matter
}

// hostVariable, set to off, keeps the host's name out of manifests.
const hostVariable = "SEDLAB_HOSTNAME"

// Version returns what is known about the program. Callers share its maps.
var Version = sync.OnceValue(version)

func version() Module {
	m := Module{Path: "sedlab", Version: "(devel)", Go: runtime.Version(), Build: machine.Build()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return m
	}
	if info.Main.Path != m.Path {
		m.Program = strings.TrimSpace(info.Main.Path + " " + info.Main.Version)
	} else if info.Main.Version != "" {
		m.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			m.Revision = s.Value
		case "vcs.time":
			m.Time = s.Value
		case "vcs.modified":
			m.Modified = s.Value == "true"
		}
	}
	for _, d := range info.Deps {
		if d.Path == m.Path {
			m.Version = versionOf(d)
			continue
		}
		if m.Dependencies == nil {
			m.Dependencies = map[string]string{}
		}
		m.Dependencies[d.Path] = versionOf(d)
	}
	return m
}

// versionOf names a dependency's version and its replacement.
func versionOf(m *debug.Module) string {
	if r := m.Replace; r != nil {
		return strings.TrimSpace(m.Version + " => " + r.Path + " " + r.Version)
	}
	return m.Version
}

// ThisSystem describes the machine and the process's environment.
func ThisSystem() System {
	s := System{
		OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: machine.CPU(), Features: machine.Features(),
		Cores: runtime.NumCPU(), GOMAXPROCS: runtime.GOMAXPROCS(0), Memory: machine.Memory(),
		Kernel: f32.Kernel(), Env: environment(os.Environ()),
	}
	if os.Getenv(hostVariable) != "off" {
		s.Host, _ = os.Hostname() // without a name there is nothing to record
	}
	return s
}

// recorded lists the variables that say how a process computes and which job it belongs
// to. Apart from these and sedlab's own, none is kept: others could hold secrets.
var recorded = []string{
	"GOMAXPROCS", "GOMEMLIMIT", "GOGC", "GODEBUG", "GOAMD64",
	"SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID", "SLURM_CPUS_PER_TASK", "SLURM_RESTART_COUNT",
	"JOB_COMPLETION_INDEX",
}

// environment returns, of variables given as name=value, those to record.
func environment(variables []string) map[string]string {
	kept := map[string]string{}
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "SEDLAB_") || slices.Contains(recorded, name) {
			kept[name] = value
		}
	}
	return kept
}

// Git is the state of the checkout that the run was started in.
type Git struct {
	Commit string `json:"commit"`
	Dirty  bool   `json:"dirty"` // then diff.patch holds the changes
}

// gitState returns the commit and the uncommitted changes of the sedlab checkout that
// contains the working directory, or nil if there is none. It ignores the repositories of
// other projects.
func gitState() (*Git, []byte) {
	out, err := git("rev-parse", "--show-toplevel", "HEAD")
	if err != nil {
		return nil, nil
	}
	top, commit, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	mod, err := os.ReadFile(filepath.Join(top, "go.mod"))
	if err != nil || !bytes.HasPrefix(mod, []byte("module sedlab\n")) {
		return nil, nil
	}
	g := &Git{Commit: commit}
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
