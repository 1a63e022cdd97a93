package web

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"sedlab/framework/app"
)

// workUpdate says who works on a submitted run, for people.
type workUpdate struct {
	Trainings string     `json:"trainings"`
	Problem   string     `json:"problem"` // why it is not known how far the run is
	Failed    string     `json:"failed"`
	Held      [][]string `json:"held"` // rows of a table: work, by, job, since, last sign of life
	More      string     `json:"more"` // what the table leaves out
}

// ofWork sets what an update says about a submitted run.
func (u *update) ofWork(l *app.Live, now time.Time) {
	w := l.Work
	// The words are those of sedlab status, which can ask Slurm what waits.
	u.Doing, u.Then = "Waiting, stuck or incomplete, as sedlab status tells. No process works on it now", "tables and figures, when its last job has ended"
	switch {
	case w.Processes == 1:
		u.Doing = "Running: 1 process works on it"
	case w.Processes > 1:
		u.Doing = fmt.Sprintf("Running: %d processes work on it", w.Processes)
	case w.Problem == nil && l.Cells.Total > 0 && l.Cells.Done == l.Cells.Total:
		u.Doing = "Not gathered. No process works on it now"
	case w.Attempts == 0:
		u.Doing = "Not submitted, or waiting. No process has worked on it yet"
	}
	u.Done, u.Of, u.Unit = l.Cells.Done, l.Cells.Total, "cells"
	if t := w.Trainings; t.Done < t.Total {
		u.Done, u.Of, u.Unit = t.Done, t.Total, "trainings"
	}
	u.Work = &workUpdate{Trainings: fmt.Sprintf("%d of %d", w.Trainings.Done, w.Trainings.Total)}
	if w.Problem != nil {
		u.Work.Problem = plain(w.Problem.Error())
	}
	if w.Failed > 0 {
		u.Work.Failed = plural(w.Failed, "step") + " failed when they were tried last."
	}
	for _, h := range w.Held {
		work := "cells"
		if h.Prior != "" {
			work = "training " + h.Prior
		}
		by := fmt.Sprintf("process %d on %s", h.Holder.PID, h.Holder.Host)
		beat := fmt.Sprintf("%d s ago", max(0, int(now.Sub(h.Holder.Beat).Seconds())))
		row := []string{work, by, cmp.Or(h.Holder.Job, "–"), when(h.Holder.Since), beat}
		for i := range row {
			row[i] = plain(row[i])
		}
		u.Work.Held = append(u.Work.Held, row)
	}
	if w.MoreHeld > 0 {
		u.Work.More = fmt.Sprintf("and %d more", w.MoreHeld)
	}
}

// fewAttempts is the number of rows from which the table of attempts is folded.
const fewAttempts = 10

// attemptsTable is the table of the processes that did a share of a run's work.
type attemptsTable struct {
	Summary string
	Rows    []attemptRow
	Left    int  // older ones that are not in the table
	Folded  bool // it is long
}

// attemptRow is a row of the table.
type attemptRow struct {
	Share, Host, Job     string
	Started              time.Time
	Ended                string
	Reason, Error        string
	Bad                  bool
	Counted              bool // it has ended, so that its steps are counted
	Done, Failed, Left   int
	Reasons              string // why steps were left
	Memory, Used, Kernel string
	Log                  string
}

// attemptsOf returns the table of a run's attempts, the newest first.
func attemptsOf(o *app.Overview) (t attemptsTable) {
	t.Left, t.Folded = o.AttemptCount-len(o.Attempts), len(o.Attempts) > fewAttempts
	if o.Work != nil {
		t.Summary = o.Work.String()
	}
	for _, a := range slices.Backward(o.Attempts) {
		r := attemptRow{
			Share: a.Share, Host: cmp.Or(a.Host, "–"), Job: cmp.Or(a.Job, "–"), Started: a.Started, Ended: "–", Reason: a.Reason, Error: a.Error, Kernel: a.Kernel,
			Done: len(a.Done), Failed: len(a.Failed), Memory: "–", Used: span(a.CPUSeconds), Log: strings.Join(a.Log, "\n"),
		}
		if a.Memory > 0 && a.Memory < 1<<62 {
			r.Memory = bytesText(int64(a.Memory))
		}
		var reasons []string
		for _, why := range slices.Sorted(maps.Keys(a.Left)) {
			r.Left += a.Left[why]
			reasons = append(reasons, fmt.Sprintf("%d: %s", a.Left[why], cmp.Or(why, "not begun")))
		}
		r.Reasons = strings.Join(reasons, "; ")
		r.Bad = a.Reason == "failed"
		switch {
		case a.Ended != nil:
			r.Ended, r.Counted = when(*a.Ended), true
		case o.Status.Open():
			r.Reason = "at work, or killed"
		default:
			r.Reason, r.Bad = "killed", true
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}
