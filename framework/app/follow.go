package app

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"slices"
	"time"

	"sedlab/framework/store"
	"sedlab/internal/regular"
)

// Follower reads how far a run is from its files alone, as they grow. So it follows the runs
// of other processes and machines.
type Follower struct {
	dir    string
	since  time.Time // when the run was begun or resumed
	failed int       // looks in a row at a manifest that could not be read
	offset int64     // in the log, of what was not read yet; -1 before the first look
	part   []byte    // of a line whose end is not written yet
	last   map[string]int
	live   Live
}

// Live is how far a run is.
type Live struct {
	Status    store.Status
	Error     string
	Progress  *store.Progress // nil if the log does not say
	Cells     store.Cells
	Trainings []LiveTraining // the last of them, in the order in which they began
	Messages  []LogLine      // the last of them
	Points    int            // number of all points so far
}

// LiveTraining is the loss of a training, as it was logged.
type LiveTraining struct {
	ID     int         `json:"id"` // its place in the order of all
	Prior  string      `json:"prior"`
	Of     int         `json:"of"` // epochs
	Points []LivePoint `json:"points"`
}

// LivePoint is the loss of an epoch.
type LivePoint struct {
	Number int     `json:"-"` // of all points of the run, from 1
	Epoch  int     `json:"epoch"`
	Loss   float64 `json:"loss"`
}

// Bounds on what a Follower reads at once and keeps.
const (
	liveLog       = 4 << 20 // bytes
	liveLine      = 1 << 20 // bytes; longer lines are skipped
	liveTrainings = 50
	livePoints    = 400 // of each training
	liveMessages  = 8
	liveTries     = 5 // to read a manifest
)

// Follow returns a Follower of the run with an id.
func (a *App) Follow(id string) (*Follower, error) {
	dir, err := a.Folder(id)
	if err != nil {
		return nil, err
	}
	return &Follower{dir: dir, offset: -1, last: map[string]int{}}, nil
}

// Poll looks at the files, and reports whether anything is new. A manifest that cannot be read
// is news only after a few looks: the file system may be busy.
func (f *Follower) Poll() (changed bool) {
	m, status, err := state(f.dir)
	if err == nil {
		f.failed, f.since = 0, m.Began()
	} else if f.failed++; f.failed < liveTries {
		return false
	} else {
		m.Error = err.Error()
	}
	changed = f.offset < 0 || status != f.live.Status
	f.live.Status, f.live.Error = status, m.Error
	if f.live.Cells.Total == 0 || status != store.Running {
		f.live.Cells = m.Cells
	}
	if f.read() {
		changed = true
	}
	if changed {
		f.live.Progress = store.ReadProgress(f.dir)
	}
	return changed
}

// Live returns what was found last. It is valid until the next Poll.
func (f *Follower) Live() *Live { return &f.live }

// Since returns the trainings with the points after a number of them.
func (l *Live) Since(points int) (list []LiveTraining) {
	for _, t := range l.Trainings {
		from, _ := slices.BinarySearchFunc(t.Points, points+1, func(p LivePoint, n int) int { return p.Number - n })
		t.Points = t.Points[from:]
		if len(t.Points) > 0 {
			list = append(list, t)
		}
	}
	return list
}

// read reads what was appended to the log. A log that cannot be read has nothing new.
func (f *Follower) read() bool {
	file, info, err := regular.OpenIn(f.dir, store.LogFile)
	if err != nil {
		if f.offset < 0 && errors.Is(err, fs.ErrNotExist) {
			f.offset = 0
		}
		return false
	}
	defer file.Close()
	if f.offset < 0 {
		f.offset = max(0, info.Size()-liveLog)
	} else if info.Size() < f.offset { // another file, or cut
		f.offset, f.part = 0, nil
	}
	text, _ := io.ReadAll(io.NewSectionReader(file, f.offset, liveLog)) // reading less does no harm
	f.offset += int64(len(text))
	for line := range bytes.Lines(text) {
		f.part = append(f.part, line[:min(len(line), liveLine-len(f.part))]...)
		if line[len(line)-1] == '\n' {
			f.take(f.part)
			f.part = f.part[:0]
		}
	}
	return len(text) > 0
}

// take takes a line of the log.
func (f *Follower) take(line []byte) {
	if len(line) >= liveLine {
		return
	}
	f.live.Messages = append(f.live.Messages, parseLogLine(bytes.TrimSpace(line), false))
	f.live.Messages = f.live.Messages[max(0, len(f.live.Messages)-liveMessages):]
	switch e := store.ParseEvent(line); {
	case e == nil || e.Time.Before(f.since):
	case e.Prior == "":
		f.live.Cells.Done, f.live.Cells.Total = e.Done, e.Of
	case e.Done > 0:
		f.epoch(e.Prior, e.Done, e.Of, e.Loss)
	}
}

// epoch adds a point to the training of a prior. Epochs that do not grow are of another
// training.
func (f *Follower) epoch(prior string, epoch, of int, loss float64) {
	l := &f.live
	k := slices.IndexFunc(l.Trainings, func(t LiveTraining) bool { return t.ID == f.last[prior] && t.Prior == prior })
	if k < 0 || l.Trainings[k].Of != of || l.Trainings[k].Points[len(l.Trainings[k].Points)-1].Epoch >= epoch {
		id := 1
		if n := len(l.Trainings); n > 0 {
			id = l.Trainings[n-1].ID + 1
		}
		l.Trainings = append(l.Trainings, LiveTraining{ID: id, Prior: prior, Of: of})
		l.Trainings = slices.Clone(l.Trainings[max(0, len(l.Trainings)-liveTrainings):])
		k, f.last[prior] = len(l.Trainings)-1, id
	}
	l.Points++
	t := &l.Trainings[k]
	t.Points = append(t.Points, LivePoint{l.Points, epoch, loss})
	if len(t.Points) > livePoints {
		t.Points = everySecond(t.Points)
	}
}

// everySecond drops every second point, but not the last.
func everySecond(points []LivePoint) (kept []LivePoint) {
	for i, p := range points {
		if i%2 == 0 || i == len(points)-1 {
			kept = append(kept, p)
		}
	}
	return kept
}
