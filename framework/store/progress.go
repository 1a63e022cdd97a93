package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"sedlab/internal/regular"
)

// The messages in a run's log that say how far it is.
const (
	LogEpoch = "epoch" // of the training of a prior: prior, epoch, of, loss, seconds
	LogCells = "cells" // done, of, first (done when the program began to solve), seconds since then
)

// Progress says how far a run is that is in progress, as of its last message.
type Progress struct {
	Time  time.Time `json:"time"`
	Prior string    `json:"prior,omitempty"` // that is being trained; none while cells are solved
	Done  int       `json:"done"`            // epochs of the training, or cells of the run
	Of    int       `json:"of"`
	Loss  float64   `json:"loss,omitempty"` // of the epoch
	Left  float64   `json:"left,omitempty"` // until the training or all cells are done, at the rate so far [s]; 0 if unknown
}

// String says how far: train glo, epoch 20 of 100, loss 0.0123, about 2m0s left.
func (p *Progress) String() string {
	text := fmt.Sprintf("reconstruct, cell %d of %d", p.Done, p.Of)
	if p.Prior != "" {
		text = fmt.Sprintf("train %s, epoch %d of %d, loss %.3g", p.Prior, p.Done, p.Of, p.Loss)
	}
	if p.Left > 0 {
		text += fmt.Sprintf(", about %v left", p.LeftAt(time.Now()))
	}
	return text
}

// LeftAt returns the time left at a time after the message.
func (p *Progress) LeftAt(now time.Time) time.Duration {
	left := time.Duration(min(p.Left, math.MaxInt32)*float64(time.Second)) - now.Sub(p.Time)
	return max(0, left.Round(time.Second))
}

// Rate returns how many epochs or cells are done in a second, or 0 if that is unknown.
func (p *Progress) Rate() float64 {
	rate := float64(p.Of-p.Done) / p.Left
	if !(p.Left > 0) || math.IsInf(rate, 0) {
		return 0
	}
	return rate
}

// logTail is how much of the end of a log ReadProgress reads, in bytes.
const logTail = 64 << 10

// ReadProgress returns how far the run in dir is according to its log, or nil if the log
// does not say. It looks at no message from before the run was last resumed.
func ReadProgress(dir string) *Progress {
	m, err := ReadManifest(dir)
	if err != nil {
		return nil
	}
	since := m.Began()
	lines := bytes.Split(tail(dir, LogFile, logTail), []byte("\n"))
	for i := len(lines) - 1; i >= 0; i-- {
		if e := ParseEvent(lines[i]); e != nil {
			if e.Time.Before(since) {
				return nil
			}
			return &e.Progress
		}
	}
	return nil
}

// tail returns the end of a file of a run, at most so many bytes; nothing if it cannot be read.
func tail(dir, name string, most int64) []byte {
	f, info, err := regular.OpenIn(dir, name)
	if err != nil {
		return nil
	}
	defer f.Close()
	from := max(0, info.Size()-most)
	text, _ := io.ReadAll(io.NewSectionReader(f, from, most)) // reading less does no harm
	return text
}

// Event is what a message of a log says about progress.
type Event struct {
	Progress
	Seconds float64 // since the training, or the program's work on cells, began
}

// ParseEvent returns what a line of a log says about progress, or nil.
func ParseEvent(line []byte) *Event {
	var l struct {
		Time            time.Time
		Msg, Prior      string
		Epoch, Done, Of int
		First           int
		Loss, Seconds   float64
	}
	if json.Unmarshal(line, &l) != nil || l.Of <= 0 || l.Seconds < 0 {
		return nil
	}
	e := &Event{Progress{Time: l.Time, Of: l.Of}, l.Seconds}
	switch {
	case l.Msg == LogEpoch && l.Prior != "":
		e.Prior, e.Done, e.Loss, l.First = l.Prior, l.Epoch, l.Loss, 0
	case l.Msg == LogCells:
		e.Done = l.Done
	default:
		return nil
	}
	if e.Done < 0 || e.Done > e.Of {
		return nil
	}
	if here := e.Done - l.First; here > 0 {
		e.Left = min(l.Seconds/float64(here)*float64(e.Of-e.Done), math.MaxFloat64) // JSON has no infinity
	}
	return e
}
