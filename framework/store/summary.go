package store

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sedlab/internal/quantile"
	"sedlab/internal/record"
	"sedlab/internal/settings"
)

// Summary is the entry of a run in a list.
type Summary struct {
	ID       string        `json:"id"` // the folder's name
	Name     string        `json:"name"`
	Question string        `json:"question,omitempty"`
	Status   Status        `json:"status"`
	Error    string        `json:"error,omitempty"`   // why the run failed
	Problem  string        `json:"problem,omitempty"` // which part of the folder cannot be read, and why
	Started  time.Time     `json:"started,omitzero"`
	Seconds  float64       `json:"seconds"` // 0 for a run that has not ended
	Cells    Cells         `json:"cells"`
	Progress *Progress     `json:"progress,omitempty"` // of a run in progress whose log says so
	Results  []PriorResult `json:"results,omitempty"`
	Claims   []string      `json:"claims,omitempty"` // those of Verdicts that claims which the run tests have
	Tags     []string      `json:"tags,omitempty"`
	Note     string        `json:"note,omitempty"`
	ReplayOf string        `json:"replay_of,omitempty"` // the id of the run that it repeats
	Spec     settings.List `json:"spec,omitempty"`
}

// Best returns the lowest median of a metric, and the prior that has it. It looks at the
// named priors, or at all priors of the run if none is named. ok is false if none has the
// metric.
func (s *Summary) Best(metric string, priors ...string) (value float64, prior string, ok bool) {
	for _, r := range s.Results {
		v, has := r.Medians[metric]
		if has && (!ok || v < value) && (len(priors) == 0 || slices.Contains(priors, r.Prior)) {
			value, prior, ok = v, r.Prior, true
		}
	}
	return value, prior, ok
}

// summarise reads a run folder. If part of it cannot be read, the summary's Problem says
// so.
func summarise(dir string) Summary {
	s := Summary{ID: filepath.Base(dir), Status: Unreadable}
	m, err := ReadManifest(dir)
	if errors.Is(err, fs.ErrNotExist) {
		s.Problem = "no " + ManifestFile
		if _, lost := os.Stat(dir); lost != nil {
			s.Problem = "a link that leads nowhere"
		}
		return s
	}
	if err != nil {
		s.Problem = err.Error()
		return s
	}
	s.Name, s.Question, s.Status, s.Error = m.Name, m.Question, m.Status, m.Error
	s.Started, s.Seconds, s.Cells, s.Results, s.ReplayOf = m.Started, m.Seconds, m.Cells, m.Results, m.ReplayOf
	s.Claims = verdictsIn(m.Claims)
	var tagErr, noteErr, specErr error
	s.Tags, tagErr = ReadTags(dir)
	s.Note, noteErr = ReadNote(dir)
	s.Spec, specErr = ReadSettings(dir, m)
	if err := errors.Join(tagErr, noteErr, specErr); err != nil {
		s.Problem = err.Error()
	}
	return s
}

// Verdicts are the verdicts on claims as lists and queries name them.
var Verdicts = []string{"does_not_hold", "holds", "inconclusive"}

// verdictsIn returns those of Verdicts that a manifest's claims have.
func verdictsIn(claims json.RawMessage) (found []string) {
	var all []struct{ Verdict string }
	if len(claims) == 0 || json.Unmarshal(claims, &all) != nil {
		return nil
	}
	for _, v := range Verdicts {
		for _, c := range all {
			if strings.ReplaceAll(c.Verdict, " ", "_") == v {
				found = append(found, v)
				break
			}
		}
	}
	return found
}

// stamp is the size and the time of change [ns] of each file that a summary is made
// from. A missing file has size -1.
type stamp [4][2]int64

// stampOf returns the stamp of a run folder and the time of the latest change.
func stampOf(dir string) (s stamp, latest time.Time) {
	for i, name := range []string{ManifestFile, SpecFile, TagsFile, NoteFile} {
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

// PriorResult is what a run found with one prior over all its cells.
type PriorResult struct {
	Prior   string `json:"prior"`
	Rows    int    `json:"rows"`    // of signals.parquet
	Results int    `json:"results"` // rows with a result
	// Medians holds the median of each score that has one, over the rows.
	Medians map[string]float64 `json:"medians"`
}

// Summarise returns the result of each prior, in the order of the rows.
func Summarise(rows []record.Signal) []PriorResult {
	byPrior := map[string][]*record.Signal{}
	var list []PriorResult
	for i := range rows {
		prior := rows[i].Prior
		if byPrior[prior] == nil {
			list = append(list, PriorResult{Prior: prior})
		}
		byPrior[prior] = append(byPrior[prior], &rows[i])
	}
	scores := record.ScoreNames(rows)
	for i := range list {
		list[i].fill(byPrior[list[i].Prior], scores)
	}
	return list
}

func (p *PriorResult) fill(rows []*record.Signal, scores []string) {
	p.Rows, p.Medians = len(rows), map[string]float64{}
	for _, s := range rows {
		if s.Status == record.StatusOK {
			p.Results++
		}
	}
	for _, name := range scores {
		var values []float64
		for _, s := range rows {
			if v := s.Score(name); !math.IsNaN(v) {
				values = append(values, v)
			}
		}
		// JSON cannot hold an infinite median.
		if v := quantile.Median(values); !math.IsNaN(v) && !math.IsInf(v, 0) {
			p.Medians[name] = v
		}
	}
}
