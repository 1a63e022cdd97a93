package app

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sedlab/framework/store"
)

// Watcher looks again and again at what runs.
type Watcher struct {
	app       *App
	lister    *store.Lister
	submitted map[string]*Follower
}

// Watcher returns a Watcher of the App's runs.
func (a *App) Watcher() *Watcher { return &Watcher{a, store.NewLister(a.Runs), map[string]*Follower{}} }

// Activity is what runs at a time, and what has ended shortly before.
type Activity struct {
	Time    time.Time `json:"time"`
	Running []Active  `json:"running"` // the newest first
	// Submitted are the newest runs that are left to processes elsewhere, the newest first.
	Submitted []AtWork `json:"submitted"`
	Ended     []Ended  `json:"ended"` // the last one first
}

// AtWork is a submitted run, and how far it is.
type AtWork struct {
	ID        string      `json:"id"`
	Started   time.Time   `json:"submitted"`
	Trainings store.Cells `json:"trainings"`
	Cells     store.Cells `json:"cells"`
	Failed    int         `json:"failed"`            // steps
	Processes int         `json:"processes"`         // that work on it
	Problem   string      `json:"problem,omitempty"` // why it is not known how far it is
}

// Active is a run in progress.
type Active struct {
	ID       string          `json:"id"`
	Started  time.Time       `json:"started"`
	Seconds  float64         `json:"seconds"`            // since then
	Progress *store.Progress `json:"progress,omitempty"` // none before the first message in its log
	Speed    float64         `json:"speed,omitempty"`    // epochs or cells a second so far; 0 if unknown
	Left     float64         `json:"left,omitempty"`     // until the training or all cells are done [s]; 0 if unknown or overdue
}

// Ended is a run that has ended, or whose process is gone.
type Ended struct {
	ID      string       `json:"id"`
	Status  store.Status `json:"status"`
	Error   string       `json:"error,omitempty"`
	Ended   time.Time    `json:"ended"`
	Seconds float64      `json:"seconds,omitempty"` // that it took; 0 if its process is gone
}

// Bounds of the runs that an Activity lists.
const (
	recently  = time.Hour
	mostEnded = 5

	mostSubmitted = 10 // runs that are looked at
)

// Look returns what runs now.
func (w *Watcher) Look(now time.Time) (*Activity, error) {
	list, err := w.lister.List()
	if err != nil {
		return nil, err
	}
	a := &Activity{Time: now, Running: []Active{}, Submitted: []AtWork{}, Ended: []Ended{}}
	for i := range list {
		switch s := &list[i]; s.Status {
		case store.Running:
			a.Running = append(a.Running, activeOf(s, now))
		case store.Submitted:
			a.Submitted = append(a.Submitted, AtWork{ID: s.ID, Started: s.Started})
		case store.Unreadable:
		default:
			if end := w.endOf(s); now.Sub(end) < recently {
				a.Ended = append(a.Ended, Ended{s.ID, s.Status, s.Error, end, s.Seconds})
			}
		}
	}
	slices.SortStableFunc(a.Running, func(a, b Active) int { return b.Started.Compare(a.Started) })
	slices.SortStableFunc(a.Submitted, func(a, b AtWork) int { return b.Started.Compare(a.Started) })
	a.Submitted = slices.Clip(a.Submitted[:min(len(a.Submitted), mostSubmitted)])
	w.lookAtWork(a.Submitted)
	slices.SortStableFunc(a.Ended, func(a, b Ended) int { return cmp.Or(b.Ended.Compare(a.Ended), cmp.Compare(b.ID, a.ID)) })
	a.Ended = a.Ended[:min(len(a.Ended), mostEnded)]
	return a, nil
}

// lookAtWork looks how far submitted runs are, in the caches that they were submitted with.
func (w *Watcher) lookAtWork(list []AtWork) {
	last := w.submitted
	w.submitted = map[string]*Follower{}
	for i := range list {
		x := &list[i]
		f := last[x.ID]
		if f == nil {
			dir := filepath.Join(w.app.Runs, x.ID)
			f = newFollower(dir, func(m store.Manifest) ([]string, error) {
				return w.app.cachesOf(&recorded{Manifest: m, dir: dir}).list(), nil
			})
		}
		w.submitted[x.ID] = f
		f.Poll()
		x.Cells = f.live.Cells
		if l := f.live.Work; l != nil {
			x.Trainings, x.Failed, x.Processes = l.Trainings, l.Failed, l.Processes
			if l.Problem != nil {
				x.Problem = l.Problem.Error()
			}
		}
	}
}

func activeOf(s *store.Summary, now time.Time) Active {
	a := Active{ID: s.ID, Started: s.Started, Seconds: max(0, now.Sub(s.Started).Seconds()), Progress: s.Progress}
	if p := s.Progress; p != nil && p.Left > 0 {
		a.Speed, a.Left = p.Rate(), p.LeftAt(now).Seconds()
	}
	return a
}

// endOf returns when a run ended: when it wrote its last message. Neither tags nor notes nor
// reports change the log.
func (w *Watcher) endOf(s *store.Summary) time.Time {
	info, err := os.Stat(filepath.Join(w.app.Runs, s.ID, store.LogFile))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
