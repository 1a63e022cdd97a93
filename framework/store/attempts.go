package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sedlab/internal/regular"
	"sedlab/internal/sealed"
)

// Bounds of the records that are read of a run: the newest.
const (
	mostAttempts = 10_000
	mostRecords  = 256 << 20 // bytes of all
)

// Attempts returns the records of a run, the oldest first. It skips those that cannot be
// read, such as of a process that died when it began, and all but the newest 10,000.
func Attempts(dir string) ([]Attempt, error) {
	list, _, err := NewAttemptReader(dir).Read(mostAttempts)
	return list, err
}

// FailedAttempts returns the records of attempts in which steps failed for good, as Attempts does.
func FailedAttempts(dir string) ([]Attempt, error) {
	list, _, err := (&AttemptReader{dir: dir, ending: failedEnding + ".json"}).Read(mostAttempts)
	return list, err
}

// AttemptReader reads the records of a run again and again, but each file only when it has changed.
type AttemptReader struct {
	dir    string
	ending string // of the names of the files
	known  map[string]attemptRead
}

// attemptRead is a record, and the size and the time of change [ns] of its file.
type attemptRead struct {
	Attempt
	stamp [2]int64
	bad   bool // it cannot be read
}

// NewAttemptReader returns an AttemptReader of the run in dir.
func NewAttemptReader(dir string) *AttemptReader { return &AttemptReader{dir: dir, ending: ".json"} }

// Read returns the newest records, at most so many, the oldest first, and the number of all. It
// skips those that cannot be read.
func (r *AttemptReader) Read(most int) (list []Attempt, all int, err error) {
	entries, err := os.ReadDir(filepath.Join(r.dir, WorkFolder)) // sorted by name, which begins with the time
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, err
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !strings.HasSuffix(e.Name(), r.ending) })
	known, left := map[string]attemptRead{}, int64(mostRecords)
	for _, e := range slices.Backward(entries[max(0, len(entries)-most):]) {
		a := r.read(e, left)
		if left -= a.stamp[0]; left < 0 {
			break
		}
		if known[e.Name()] = a; !a.bad {
			list = append(list, a.Attempt)
		}
	}
	r.known = known
	slices.SortStableFunc(list, func(x, y Attempt) int { return x.Started.Compare(y.Started) })
	return list, len(entries), nil
}

// read reads a record that has no more than most bytes, unless it is known.
func (r *AttemptReader) read(e fs.DirEntry, most int64) (a attemptRead) {
	a.bad = true
	info, err := e.Info()
	if err != nil || !info.Mode().IsRegular() {
		return a
	}
	a.stamp = [2]int64{info.Size(), info.ModTime().UnixNano()}
	if known, ok := r.known[e.Name()]; ok && known.stamp == a.stamp || info.Size() > most {
		return known
	}
	text, err := regular.ReadIn(r.dir, filepath.Join(WorkFolder, e.Name()), most)
	if err == nil && sealed.Unmarshal(text, &a.Attempt) == nil && a.ID+".json" == e.Name() {
		a.dir, a.bad = r.dir, false
	}
	return a
}

// Work sums up what processes of sedlab work did for a run.
type Work struct {
	Processes int     `json:"processes"`
	Hosts     int     `json:"hosts"`            // of those that were recorded
	Steps     int     `json:"steps"`            // trainings and cells that were done
	Seconds   float64 `json:"cpu_seconds"`      // processor time of the processes that could tell
	Killed    int     `json:"killed,omitempty"` // processes that could not, as they were killed
}

// SumUp sums up attempts of a run that has ended. It returns nil if there are none.
func SumUp(list []Attempt) *Work {
	if len(list) == 0 {
		return nil
	}
	w, hosts := &Work{Processes: len(list)}, map[string]bool{}
	for _, a := range list {
		if a.Host != "" {
			hosts[a.Host] = true
		}
		if a.Ended == nil {
			w.Killed++
		}
		w.Steps, w.Seconds = w.Steps+len(a.Done), w.Seconds+max(0, a.CPUSeconds)
	}
	w.Hosts = len(hosts)
	return w
}

// String says: 412 steps by 9 processes on 3 hosts, 1.25 core hours.
func (w *Work) String() string {
	counted := func(n int, noun, more string) string {
		if n != 1 {
			noun += more
		}
		return fmt.Sprintf("%d %s", n, noun)
	}
	text := counted(w.Steps, "step", "s") + " by " + counted(w.Processes, "process", "es")
	if w.Hosts > 0 {
		text += " on " + counted(w.Hosts, "host", "s")
	}
	text += fmt.Sprintf(", %.3g core hours", w.Seconds/3600)
	if w.Killed > 0 {
		text += fmt.Sprintf(", without the %d that did not end by themselves", w.Killed)
	}
	return text
}
