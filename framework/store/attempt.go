package store

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sedlab/framework/cache"
	"sedlab/internal/disk"
	"sedlab/internal/durable"
	"sedlab/internal/lease"
	"sedlab/internal/machine"
	"sedlab/internal/sealed"
)

// WorkFolder is the folder, in that of a run, with the record of each process that did a
// share of its work.
const WorkFolder = "work"

// Step is a training or a cell that was done, that failed, or that was left.
type Step struct {
	Kind    cache.Kind `json:"kind"` // priors or cells
	Key     cache.Key  `json:"key"`
	ID      string     `json:"id"` // of a cell; the hash of a training
	Prior   string     `json:"prior"`
	Seconds float64    `json:"seconds,omitempty"` // that it took
	Error   string     `json:"error,omitempty"`   // why it failed, or was left
	Later   bool       `json:"later,omitempty"`   // it failed for a reason that is not in it, such as a full disk
	Err     error      `json:"-"`
}

// Attempt is the record of a process that did a share of a run's work.
type Attempt struct {
	ID    string   `json:"id"`
	Share string   `json:"share"` // what it was to do, such as: cells, part 3/16
	Argv  []string `json:"argv"`
	// Submission is the one that it is part of, such as kubernetes/2; empty if it was not named.
	Submission string     `json:"submission,omitempty"`
	Host       string     `json:"host,omitempty"` // not recorded if SEDLAB_HOSTNAME=off
	PID        int        `json:"pid"`
	Job        string     `json:"job,omitempty"` // of the cluster
	CPU        string     `json:"cpu"`
	Kernel     string     `json:"kernel"`
	Version    string     `json:"version"`
	Started    time.Time  `json:"started"`
	Ended      *time.Time `json:"ended,omitempty"` // missing if it is at work, or was killed
	// Reason is why it ended: done, left (others do the rest, or it has to wait for them),
	// failed, later (nothing is wrong with the steps), time limit, or the name of a signal.
	Reason string `json:"reason,omitempty"`
	Error  string `json:"error,omitempty"`
	Memory uint64 `json:"peak_memory_bytes,omitempty"`
	// CPUSeconds is the processor time that it took, over all cores.
	CPUSeconds float64 `json:"cpu_seconds,omitempty"`

	Done   []Step         `json:"done"`
	Failed []Step         `json:"failed"`
	Left   map[string]int `json:"left"` // numbers of steps, by why they were left
	Notes  []string       `json:"notes,omitempty"`

	Log *slog.Logger `json:"-"`
	log *runLog
	dir string // of the run
}

// file returns the path of a file of the record, in the folder of the run.
func (a *Attempt) file(suffix string) string { return filepath.Join(WorkFolder, a.ID+suffix) }

// BeginAttempt begins the record of this process's work on the run in dir, with a log of its
// own. It writes nothing else in the run's folder.
func BeginAttempt(dir, share, submission string, argv []string, now time.Time) (*Attempt, error) {
	s := ThisSystem()
	a := &Attempt{
		Share: share, Submission: submission, Argv: argv, Host: s.Host, PID: os.Getpid(), Job: lease.Job(), CPU: s.CPU, Kernel: s.Kernel,
		Version: Version().Version, Started: now.UTC(), Done: []Step{}, Failed: []Step{}, Left: map[string]int{},
	}
	a.ID = fmt.Sprintf("%s-%d-%08x", now.UTC().Format("20060102-150405"), a.PID, rand.Uint32())
	if err := disk.MkdirAll(filepath.Join(dir, WorkFolder), 0o777); err != nil {
		return nil, err
	}
	a.dir = dir
	var err error
	if a.log, err = openLog(filepath.Join(dir, a.LogName())); err != nil {
		return nil, err
	}
	a.Log = slog.New(slog.NewJSONHandler(a.log, nil))
	if err := a.save(); err != nil {
		return nil, errors.Join(err, a.log.close())
	}
	return a, nil
}

func (a *Attempt) save() error {
	text, err := sealed.Marshal(a)
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(a.dir, a.file(".json")), write(text))
}

// failedEnding is that of the ids of attempts in which steps failed for good, so that these can be
// found without reading all.
const failedEnding = "-failed"

// End completes the record. If the process has done nothing, because nothing was to be done or it
// has to wait for others, the record is removed: engines may begin such a process many times.
func (a *Attempt) End(reason string, err error, now time.Time) error {
	ended := now.UTC()
	a.Ended, a.Reason = &ended, reason
	a.Memory, a.CPUSeconds = machine.PeakMemory(), machine.CPUTime().Seconds()
	if err != nil {
		a.Error = err.Error()
	}
	a.Log.Info("end", "reason", reason, "error", a.Error, "done", len(a.Done), "failed", len(a.Failed), "left", a.Left)
	record, log := filepath.Join(a.dir, a.file(".json")), filepath.Join(a.dir, a.file(".log"))
	switch {
	case len(a.Done)+len(a.Failed)+len(a.Notes) == 0 && (reason == "done" || reason == "left"):
		return errors.Join(a.log.close(), disk.Remove(log), disk.Remove(record))
	case slices.ContainsFunc(a.Failed, func(s Step) bool { return !s.Later }):
		a.ID += failedEnding
		err := errors.Join(a.save(), a.log.close(), disk.Rename(log, filepath.Join(a.dir, a.file(".log"))))
		if err == nil {
			err = disk.Remove(record)
		}
		return err
	}
	return errors.Join(a.save(), a.log.close())
}

// LogName returns the name of the attempt's log, in the folder of the run.
func (a Attempt) LogName() string { return a.file(".log") }

// LogTail returns the last n lines of the attempt's log.
func (a Attempt) LogTail(n int) []string {
	lines := strings.Split(strings.TrimSpace(string(tail(a.dir, a.LogName(), logTail))), "\n")
	return lines[max(0, len(lines)-n):]
}
