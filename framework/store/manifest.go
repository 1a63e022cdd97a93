package store

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"time"

	"sedlab/datasets"
	"sedlab/internal/regular"
	"sedlab/internal/sealed"
)

// Status is the state of a run.
type Status string

// The statuses of a run. Killed and Unreadable are never written: lists show them
// for a run whose process is gone, and for a folder that cannot be read.
const (
	Submitted   Status = "submitted" // its work is left to other processes, and its tables are not written
	Running     Status = "running"
	Done        Status = "done"
	Failed      Status = "failed" // some cells, or all, have no result
	Interrupted Status = "interrupted"
	Killed      Status = "killed"
	Unreadable  Status = "unreadable"
)

// Open reports whether a run with the status will go on by itself: somebody works on it, or is
// meant to.
func (s Status) Open() bool { return s == Running || s == Submitted }

// Statuses are all statuses that a list can show.
var Statuses = []Status{Submitted, Running, Done, Failed, Interrupted, Killed, Unreadable}

// Manifest is the content of manifest.json: what ran, when, on which machine, and how it
// ended.
type Manifest struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Question   string            `json:"question,omitempty"`
	Status     Status            `json:"status"`
	Error      string            `json:"error,omitempty"`
	Started    time.Time         `json:"started"`
	Finished   *time.Time        `json:"finished,omitempty"`
	Seconds    float64           `json:"seconds,omitempty"`
	Argv       []string          `json:"argv"`
	SpecHash   string            `json:"spec_sha256"`
	Seeds      []uint64          `json:"seeds"`
	Workers    int               `json:"workers"`
	Resumed    []Resumption      `json:"resumed,omitempty"`
	Files      map[string]string `json:"files_sha256,omitempty"`     // of the tables, in runs from before SHA256SUMS
	LogSum     string            `json:"log_sum,omitempty"`          // of the log when the manifest was written; see runs/README.md
	SpecFile   string            `json:"spec_file_sha256,omitempty"` // of spec.yaml as it was written
	Cache      string            `json:"cache,omitempty"`            // the folder of the cache, where the run was made
	ReadCaches []string          `json:"read_caches,omitempty"`      // further ones, which were only read
	ReplayOf   string            `json:"replay_of,omitempty"`        // the id of the run that this one repeats

	Cells    Cells     `json:"cells"`
	Work     *Work     `json:"work,omitempty"` // what other processes did for the run
	Datasets []Dataset `json:"datasets"`
	Notes    []string  `json:"notes,omitempty"` // what a reader of the results should know

	// Results sums up the tables for lists; see Summarise.
	Results []PriorResult   `json:"results,omitempty"`
	Claims  json.RawMessage `json:"claims,omitempty"` // the verdicts on the paper's claims

	Module Module `json:"module"`
	Git    *Git   `json:"git,omitempty"`
	System System `json:"system"`

	Note string `json:"-"` // for Create to write to NoteFile
	diff []byte // the uncommitted changes
}

// Cells counts the cells of a run.
type Cells struct {
	Total  int `json:"total"`
	Done   int `json:"done"`
	Cached int `json:"cached"` // cells done that were found in the cache
}

// Resumption is one time that a run was resumed.
type Resumption struct {
	Time   time.Time `json:"time"`
	Argv   []string  `json:"argv"`
	Module Module    `json:"module"`
	System System    `json:"system"`
}

// Dataset identifies, by their content, the signals that were used, and says how many of
// them could be used on each side of the split.
type Dataset struct {
	Name      string           `json:"name"`
	SHA256    string           `json:"sha256"`
	SplitSeed uint64           `json:"split_seed"`
	Counts    *datasets.Counts `json:"counts,omitempty"` // nil if a version from before made the cells
}

// Equal reports whether two are the same, counts and all.
func (d Dataset) Equal(e Dataset) bool { return reflect.DeepEqual(d, e) }

// String names the data, and counts their signals.
func (d Dataset) String() string {
	text := d.Name + ", SHA-256 " + d.SHA256
	if d.Counts != nil {
		text += fmt.Sprintf("; split seed %d: %v", d.SplitSeed, d.Counts)
	}
	return text
}

// Began returns when the run was last begun or resumed.
func (m *Manifest) Began() time.Time {
	if n := len(m.Resumed); n > 0 {
		return m.Resumed[n-1].Time
	}
	return m.Started
}

// NewManifest returns the manifest of a run that starts now, with what is known
// about the program and the machine.
func NewManifest(name string, now time.Time, argv []string) Manifest {
	m := Manifest{
		Name: name, Started: now.UTC(), Argv: argv,
		Module: Version(), System: ThisSystem(),
	}
	m.Git, m.diff = gitState()
	return m
}

// maxManifest is the largest manifest that is read, in bytes.
const maxManifest = 16 << 20

// ReadManifest reads the manifest of a run folder.
func ReadManifest(dir string) (Manifest, error) {
	data, err := regular.ReadIn(dir, ManifestFile, maxManifest)
	if err != nil {
		return Manifest{}, fmt.Errorf("run %s: %w", dir, err)
	}
	var m Manifest
	if err := sealed.UnmarshalEither(data, &m, "id"); err != nil { // an older one has no checksum
		return Manifest{}, fmt.Errorf("%s: %w", filepath.Join(dir, ManifestFile), err)
	}
	return m, nil
}
