package store

import "time"

// Status is how far a run has come.
type Status string

// The statuses of a run. Killed and Unreadable are never written: a list says
// them of a run whose process is gone, and of a folder that it cannot read.
const (
	Running     Status = "running"
	Done        Status = "done"
	Failed      Status = "failed" // some cells, or all, have no result
	Interrupted Status = "interrupted"
	Killed      Status = "killed"
	Unreadable  Status = "unreadable"
)

// Statuses are all that a list can show.
var Statuses = []Status{Running, Done, Failed, Interrupted, Killed, Unreadable}

// Manifest is what manifest.json holds: what ran, when, on what, and how it ended.
type Manifest struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Question string            `json:"question,omitempty"`
	Status   Status            `json:"status"`
	Error    string            `json:"error,omitempty"`
	Started  time.Time         `json:"started"`
	Finished *time.Time        `json:"finished,omitempty"`
	Seconds  float64           `json:"seconds,omitempty"`
	Argv     []string          `json:"argv"`
	SpecHash string            `json:"spec_sha256"`
	Seeds    []uint64          `json:"seeds"`
	Workers  int               `json:"workers"`
	Resumed  []Resumption      `json:"resumed,omitempty"`
	Files    map[string]string `json:"files_sha256,omitempty"`     // of the tables
	SpecFile string            `json:"spec_file_sha256,omitempty"` // of spec.yaml as it was written
	Cache    string            `json:"cache,omitempty"`            // the folder of the cache, where the run was made
	ReplayOf string            `json:"replay_of,omitempty"`        // the id of the run that this one repeats

	Cells    Cells     `json:"cells"`
	Datasets []Dataset `json:"datasets"`
	Notes    []string  `json:"notes,omitempty"` // what a reader of the results should know

	// Results is what the tables say in short, for lists; see Summarise.
	Results []PriorResult `json:"results,omitempty"`

	Module Module `json:"module"`
	Git    *Git   `json:"git,omitempty"`
	System System `json:"system"`

	diff []byte // the changes that git has not recorded
}

// Cells counts the cells of a run.
type Cells struct {
	Total  int `json:"total"`
	Done   int `json:"done"`
	Cached int `json:"cached"` // of those done, found in the cache
}

// Resumption is one time that a run was taken up again.
type Resumption struct {
	Time   time.Time `json:"time"`
	Argv   []string  `json:"argv"`
	Module Module    `json:"module"`
	System System    `json:"system"`
}

// Dataset names the signals that were used by their content.
type Dataset struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// NewManifest returns the manifest of a run that starts now, with all that is
// known of the program and the machine.
func NewManifest(name string, now time.Time, argv []string) Manifest {
	m := Manifest{
		Name: name, Started: now.UTC(), Argv: argv,
		Module: Version(), System: thisSystem(),
	}
	m.Git, m.diff = gitState()
	return m
}
