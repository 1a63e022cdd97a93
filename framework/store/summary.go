package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Summary is what a list of runs holds of one.
type Summary struct {
	ID       string        `json:"id"` // the folder's name
	Name     string        `json:"name"`
	Question string        `json:"question,omitempty"`
	Status   Status        `json:"status"`
	Error    string        `json:"error,omitempty"`   // why the run failed
	Problem  string        `json:"problem,omitempty"` // what of the folder cannot be read, and why
	Started  time.Time     `json:"started,omitzero"`
	Seconds  float64       `json:"seconds"` // 0 of a run that has not ended
	Cells    Cells         `json:"cells"`
	Results  []PriorResult `json:"results,omitempty"`
	Tags     []string      `json:"tags,omitempty"`
	Spec     Settings      `json:"spec,omitempty"`
}

// Best returns the lowest median of a metric over the run's priors, and the
// prior that has it. ok is false if none has.
func (s *Summary) Best(metric string) (value float64, prior string, ok bool) {
	for _, r := range s.Results {
		if v, has := r.Medians[metric]; has && (!ok || v < value) {
			value, prior, ok = v, r.Prior, true
		}
	}
	return value, prior, ok
}

// summarise reads a run folder. What cannot be read is the summary's Problem.
func summarise(dir string) Summary {
	s := Summary{ID: filepath.Base(dir), Status: Unreadable}
	m, err := ReadManifest(dir)
	if errors.Is(err, fs.ErrNotExist) {
		s.Problem = "no " + ManifestFile
		return s
	}
	if err != nil {
		s.Problem = err.Error()
		return s
	}
	s.Name, s.Question, s.Status, s.Error = m.Name, m.Question, m.Status, m.Error
	s.Started, s.Seconds, s.Cells, s.Results = m.Started, m.Seconds, m.Cells, m.Results
	var tagErr, specErr error
	s.Tags, tagErr = ReadTags(dir)
	s.Spec, specErr = ReadSettings(dir)
	if err := errors.Join(tagErr, specErr); err != nil {
		s.Problem = err.Error()
	}
	return s
}

// stamp is the size and the time of change [ns] of each file that a summary is
// made of. A file that is not there has size -1.
type stamp [3][2]int64

// stampOf returns the stamp of a run folder and the time of the latest change.
func stampOf(dir string) (s stamp, latest time.Time) {
	for i, name := range []string{ManifestFile, SpecFile, TagsFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			s[i] = [2]int64{-1, 0}
			continue
		}
		s[i] = [2]int64{info.Size(), info.ModTime().UnixNano()}
		if info.ModTime().After(latest) {
			latest = info.ModTime()
		}
	}
	return s, latest
}
