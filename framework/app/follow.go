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
	looked bool
	log    grown             // of the run
	logs   map[string]*grown // of processes that work on a submitted run
	last   map[[2]string]int // ids of the last trainings, by log and prior
	work   *workWatch        // of a submitted run
	caches func(store.Manifest) ([]string, error)
	live   Live
}

// grown is a log that grows.
type grown struct {
	name   string
	offset int64  // of what was not read yet; -1 before the first look
	part   []byte // of a line whose end is not written yet
}

// Live is how far a run is.
type Live struct {
	Status    store.Status
	Error     string
	Progress  *store.Progress // nil if the log does not say
	Work      *LiveWork       // of a submitted run
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

// Follow returns a Follower of the run with an id. Of a submitted run it reads only the App's
// caches, whatever the run's manifest names.
func (a *App) Follow(id string) (*Follower, error) {
	dir, err := a.Folder(id)
	if err != nil {
		return nil, err
	}
	return newFollower(dir, a.ownCaches), nil
}

func newFollower(dir string, caches func(store.Manifest) ([]string, error)) *Follower {
	return &Follower{dir: dir, log: grown{store.LogFile, -1, nil}, logs: map[string]*grown{}, last: map[[2]string]int{}, caches: caches}
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
	changed = !f.looked || status != f.live.Status
	f.looked = true
	f.live.Status, f.live.Error = status, m.Error
	if f.live.Cells.Total == 0 || status != store.Running {
		f.live.Cells = m.Cells
	}
	if status == store.Submitted && f.lookAtWork(m) {
		changed = true
	} else if status != store.Submitted {
		f.live.Work, f.work = nil, nil
	}
	if f.read(&f.log) {
		changed = true
	}
	if changed && status != store.Submitted {
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

// read reads what was appended to a log. A log that cannot be read has nothing new.
func (f *Follower) read(l *grown) bool {
	file, info, err := regular.OpenIn(f.dir, l.name)
	if err != nil {
		if l.offset < 0 && errors.Is(err, fs.ErrNotExist) {
			l.offset = 0
		}
		return false
	}
	defer file.Close()
	if l.offset < 0 {
		l.offset = max(0, info.Size()-liveLog)
	} else if info.Size() < l.offset { // another file, or cut
		l.offset, l.part = 0, nil
	}
	text, _ := io.ReadAll(io.NewSectionReader(file, l.offset, liveLog)) // reading less does no harm
	l.offset += int64(len(text))
	for line := range bytes.Lines(text) {
		l.part = append(l.part, line[:min(len(line), liveLine-len(l.part))]...)
		if line[len(line)-1] == '\n' {
			f.take(l, l.part)
			l.part = l.part[:0]
		}
	}
	return len(text) > 0
}

// take takes a line of a log.
func (f *Follower) take(l *grown, line []byte) {
	if len(line) >= liveLine {
		return
	}
	f.live.Messages = append(f.live.Messages, parseLogLine(bytes.TrimSpace(line), false))
	f.live.Messages = f.live.Messages[max(0, len(f.live.Messages)-liveMessages):]
	switch e := store.ParseEvent(line); {
	case e == nil || e.Time.Before(f.since):
	case e.Prior == "" && l == &f.log:
		f.live.Cells.Done, f.live.Cells.Total = e.Done, e.Of
	case e.Prior != "" && e.Done > 0:
		f.epoch(l.name, e.Prior, e.Done, e.Of, e.Loss)
	}
}

// epoch adds a point to the training of a prior. Epochs that do not grow are of another
// training.
func (f *Follower) epoch(log, prior string, epoch, of int, loss float64) {
	l, last := &f.live, [2]string{log, prior}
	k := slices.IndexFunc(l.Trainings, func(t LiveTraining) bool { return t.ID == f.last[last] && t.Prior == prior })
	if k < 0 || l.Trainings[k].Of != of || l.Trainings[k].Points[len(l.Trainings[k].Points)-1].Epoch >= epoch {
		id := 1
		if n := len(l.Trainings); n > 0 {
			id = l.Trainings[n-1].ID + 1
		}
		l.Trainings = append(l.Trainings, LiveTraining{ID: id, Prior: prior, Of: of})
		l.Trainings = slices.Clone(l.Trainings[max(0, len(l.Trainings)-liveTrainings):])
		k, f.last[last] = len(l.Trainings)-1, id
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
