package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/store"
	"sedlab/internal/regular"
	"sedlab/internal/sealed"
)

// LiveWork is how far a submitted run is, and who works on it.
type LiveWork struct {
	Trainings store.Cells // total and done
	Failed    int         // steps that failed when they were tried last
	Attempts  int         // processes that have worked on it so far
	Processes int         // that seem to be at work now
	Held      []HeldStep  // the first of what they work on
	MoreHeld  int         // what else
	Problem   error       // why it is not known how far the run is
}

// HeldStep is a training, or a block of cells, that a process works on.
type HeldStep struct {
	Prior  string // that is trained; empty for cells
	Holder Holder
}

// Bounds on what a Follower reads of a submitted run and keeps.
const (
	livePlan     = 128 << 20 // bytes
	liveAttempts = 1000
	liveLogs     = 16 // of processes at work
	liveHeld     = 20
)

// workPause is the least time between two looks. Tests shorten it.
var workPause = 2 * time.Second

// workWatch looks again and again at a submitted run. How far it is comes from its plan, its
// records and the cache alone: no data are read, and nothing is planned anew. A cell counts as done
// once the cache has it, even if the run wants more of it kept.
type workWatch struct {
	attempts *store.AttemptReader
	planned  map[cache.Key]bool
	priors   map[string]string // those that the plan trains, by the names of their locks
	left     []plannedStep     // what was not done at the last look
	total    [2]int            // trainings and cells of the plan
	seen     cache.Sightings   // of locks and users
	next     time.Time         // when to look again
}

// plannedStep is a training or a cell of a plan.
type plannedStep struct {
	Key  cache.Key `json:"key"`
	Name string    `json:"name"` // of the prior that is trained
	kind cache.Kind
}

// ownCaches returns the App's caches, if these are what a run was submitted with.
func (a *App) ownCaches(m store.Manifest) ([]string, error) {
	list := a.caches(a.Runs).list()
	own := func(dir string) bool {
		x, err := os.Stat(dir)
		y, missing := os.Stat(m.Cache)
		return err == nil && (missing != nil || os.SameFile(x, y))
	}
	if m.Cache != "" && !slices.ContainsFunc(list, own) {
		return nil, fmt.Errorf("its cache is %s, and this program reads %s; --cache can name another", m.Cache, strings.Join(list, ", "))
	}
	return list, nil
}

// lookAtWork looks how far a submitted run is, and reports whether that has changed. It takes at
// most a twentieth of the time.
func (f *Follower) lookAtWork(m store.Manifest) (changed bool) {
	began := time.Now()
	if f.work != nil && began.Before(f.work.next) {
		return false
	}
	w, cells := &LiveWork{}, store.Cells{Total: m.Cells.Total}
	if f.work == nil {
		f.work, w.Problem = newWorkWatch(f.dir)
	}
	attempts, all, err := f.work.attempts.Read(liveAttempts)
	w.Attempts = all
	dirs, unknown := f.caches(m)
	if w.Problem = errors.Join(w.Problem, err, unknown); unknown == nil {
		w.Problem = errors.Join(w.Problem, f.work.look(dirs, attempts, w, &cells))
	}
	changed = f.live.Work == nil || cells != f.live.Cells || !w.same(f.live.Work)
	f.live.Work, f.live.Cells = w, cells
	f.work.next = time.Now().Add(max(workPause, 20*time.Since(began)))
	return f.followLogs(attempts) || changed
}

// followLogs reads the logs of the newest processes that have not ended.
func (f *Follower) followLogs(attempts []store.Attempt) (changed bool) {
	followed := 0
	for _, a := range slices.Backward(attempts) {
		if a.Ended != nil && f.logs[a.ID] == nil {
			continue
		}
		if f.logs[a.ID] == nil {
			f.logs[a.ID] = &grown{name: a.LogName(), offset: -1}
		}
		if f.read(f.logs[a.ID]) {
			changed = true
		}
		if a.Ended != nil {
			delete(f.logs, a.ID)
		} else if followed++; followed == liveLogs {
			break
		}
	}
	return changed
}

// same reports whether two looks saw the same, apart from heartbeats.
func (w *LiveWork) same(v *LiveWork) bool {
	held := func(x, y HeldStep) bool {
		return x.Prior == y.Prior && x.Holder.PID == y.Holder.PID && x.Holder.Since.Equal(y.Holder.Since)
	}
	return w.Trainings == v.Trainings && w.Failed == v.Failed && w.Processes == v.Processes && w.MoreHeld == v.MoreHeld && w.Attempts == v.Attempts &&
		slices.EqualFunc(w.Held, v.Held, held) && fmt.Sprint(w.Problem) == fmt.Sprint(v.Problem)
}

// newWorkWatch reads the plan of the run in dir. On an error it knows no steps.
func newWorkWatch(dir string) (*workWatch, error) {
	w := &workWatch{attempts: store.NewAttemptReader(dir), planned: map[cache.Key]bool{}, priors: map[string]string{}}
	text, err := regular.ReadIn(dir, store.PlanFile, livePlan)
	if err != nil {
		return w, err
	}
	var p struct {
		Trainings []plannedStep `json:"trainings"`
		Cells     []plannedStep `json:"cells"`
	}
	if err := sealed.Unmarshal(text, &p); err != nil {
		return w, fmt.Errorf("%s: %w", filepath.Join(dir, store.PlanFile), err)
	}
	for i, list := range [][]plannedStep{p.Trainings, p.Cells} {
		w.total[i] = len(list)
		for _, s := range list {
			s.kind = []cache.Kind{cache.Priors, cache.Cells}[i]
			w.left, w.planned[s.Key] = append(w.left, s), true
			if s.kind == cache.Priors {
				w.priors[runner.LockOf(plan.Training{Key: s.Key})] = s.Name
			}
		}
	}
	return w, nil
}

// look looks into caches for what is done, and for who works on what.
func (w *workWatch) look(dirs []string, attempts []store.Attempt, found *LiveWork, cells *store.Cells) (err error) {
	c, err := cache.Look(context.Background(), 0, dirs...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	c.Recall(&w.seen)
	w.left = slices.DeleteFunc(w.left, func(s plannedStep) bool { return c.Has(s.kind, s.Key) })
	waiting := map[cache.Kind]int{}
	open := map[cache.Key]bool{}
	for _, s := range w.left {
		waiting[s.kind]++
		open[s.Key] = true
	}
	found.Trainings = store.Cells{Total: w.total[0], Done: w.total[0] - waiting[cache.Priors]}
	cells.Total, cells.Done = max(cells.Total, w.total[1]), w.total[1]-waiting[cache.Cells]
	w.beyond(attempts, cells)
	if cells.Done == cells.Total {
		found.Trainings.Done = found.Trainings.Total // what no cell needs any more is done
	}
	for key := range failures(attempts) {
		if open[key] || !w.planned[key] {
			found.Failed++
		}
	}
	return w.holders(c, attempts, found)
}

// beyond counts the cells of later rungs of successive halving, which the plan does not have.
func (w *workWatch) beyond(attempts []store.Attempt, cells *store.Cells) {
	seen := map[cache.Key]bool{}
	for _, a := range attempts {
		for _, s := range a.Done {
			if s.Kind == cache.Cells && !w.planned[s.Key] && !seen[s.Key] {
				seen[s.Key] = true
				cells.Done = min(cells.Done+1, cells.Total)
			}
		}
	}
}

// holders finds who works on what of the run. Whoever has been silent for its lease since the first
// look is left out.
func (w *workWatch) holders(c *cache.Cache, attempts []store.Attempt, found *LiveWork) error {
	locks, err := c.Locks()
	if err != nil {
		return err
	}
	users, err := c.Users()
	if err != nil {
		return err
	}
	working := func(h Holder) bool {
		return slices.ContainsFunc(attempts, func(a store.Attempt) bool {
			return a.Ended == nil && a.PID == h.PID && a.Job == h.Job && (a.Host == "" || a.Host == h.Host)
		})
	}
	processes := map[string]bool{} // one may have the cache open more than once
	for _, h := range users {
		if working(h) {
			processes[fmt.Sprint(h.PID, h.Host, h.Job)] = true
		}
	}
	found.Processes = len(processes)
	for _, name := range slices.Sorted(maps.Keys(locks)) {
		h := locks[name]
		prior, trains := w.priors[name]
		switch {
		case !trains && (strings.HasPrefix(name, "prior-") || !working(h)):
		case len(found.Held) == liveHeld:
			found.MoreHeld++
		default:
			found.Held = append(found.Held, HeldStep{prior, h})
		}
	}
	return nil
}
