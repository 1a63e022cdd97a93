package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/store"
)

// StepStatus is how far a step is.
type StepStatus string

// The statuses of steps.
const (
	StepDone    StepStatus = "done"    // the cache has it
	StepHeld    StepStatus = "held"    // a process works on it
	StepFailed  StepStatus = "failed"  // when it was last tried; for a reason that is not its own if store.Step.Later is set
	StepWaiting StepStatus = "waiting" // for a process, or for its training
)

// StepState says how far a training or a cell of a run is.
type StepState struct {
	store.Step
	Block  string     `json:"block,omitempty"` // of a cell: cells of one block are done by one process
	Status StepStatus `json:"status"`
	Holder *Holder    `json:"holder,omitempty"` // who works on it or, if it waits, did until it fell silent
	Log    []string   `json:"log,omitempty"`    // the last lines of the log of the process in which it failed
}

// State says how far a run is.
type State struct {
	store.Manifest
	Dir       string             `json:"dir"`
	Trainings []StepState        `json:"trainings"`
	Solving   []StepState        `json:"solving"` // the cells that are chosen so far; each key once
	Repeats   int                `json:"repeats"` // cells that are not in Solving, as another one with their key is
	Counts    map[StepStatus]int `json:"steps"`   // numbers of trainings and cells together
	Attempts  []store.Attempt    `json:"attempts"`
}

// logLines is how many lines of a log State returns.
const logLines = 5

// StateOptions say what is known of the processes that work on a run.
type StateOptions struct {
	Ended  func(Holder) bool // reports whether a process is known to have ended; nil if none is
	Events Events            // nil for none
}

// State returns how far a run is, from files alone: its folder, its cache, and the locks in
// it. Nothing needs to run, and nothing is changed. Steps of rungs that are not chosen yet are
// left out. A process on another machine that seems, by the clocks of both, to have been silent for the
// length of its lease is watched for as long, or for two minutes, to see whether it is alive. If that does
// not tell, its Holder is Doubted.
func (a *App) State(ctx context.Context, run string, o StateOptions) (s *State, err error) {
	r, err := a.recorded(run, nil)
	if err != nil {
		return nil, err
	}
	s = &State{Manifest: r.Manifest, Dir: r.dir, Counts: map[StepStatus]int{}}
	shared, err := a.sharedCaches(r)
	if err != nil {
		return nil, err
	}
	c, err := shared.look(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	steps, err := r.steps(r.machine(), identify(ctx, c.Digest))
	if err != nil {
		return nil, err
	}
	for more := true; more; {
		if more, err = a.decided(ctx, steps, c); err != nil {
			return nil, err
		}
	}
	alive, silent, err := watch(ctx, steps.Plan(), c, o)
	if err != nil {
		return nil, err
	}
	if _, s.Status, err = state(r.dir); err != nil {
		return nil, err
	}
	if s.Attempts, err = store.Attempts(r.dir); err != nil {
		return nil, err
	}
	found := runner.NewLookup(c, a.catalog.Scores)
	s.fill(steps.Plan(), alive, silent, func(t plan.Training) bool { return c.Has(cache.Priors, t.Key) },
		func(cell plan.Cell) bool { return found.Cached(cell.Key, cell.Point.Spec.Evaluate) })
	return s, nil
}

// mostWatched is how long State watches processes at most. Those with a lease of a minute or two are known
// then, and longer ones too if they are alive: they beat four times in their lease.
const mostWatched = 2 * time.Minute

// watch returns who works on steps of a plan, and who did until it fell silent, by their locks.
func watch(ctx context.Context, p *plan.Plan, c *cache.Cache, o StateOptions) (alive, silent map[string]Holder, err error) {
	ours := map[string]bool{}
	for _, t := range p.Trainings {
		ours[runner.LockOf(t)] = true
	}
	for _, cell := range p.Cells {
		ours[cell.Block()] = true
	}
	asked := func(lock string, h Holder) bool { return ours[lock] && (o.Ended == nil || !o.Ended(h)) }
	return c.Watch(ctx, mostWatched, asked, func(h Holder, lease time.Duration) {
		orQuiet(o.Events).Note(fmt.Sprintf("process %d on %s seems to be silent; watching it for up to %v to be sure", h.PID, h.Host, lease))
	})
}

// fill sets the states of all steps of a plan.
func (s *State) fill(p *plan.Plan, alive, silent map[string]Holder, trained func(plan.Training) bool, solved func(plan.Cell) bool) {
	failed, logs := failures(s.Attempts), map[string][]string{}
	add := func(list *[]StepState, step StepState, done bool, lock string) {
		step.Status = StepWaiting
		h, isHeld := alive[lock]
		f, isFailed := failed[step.Key]
		switch {
		case done:
			step.Status = StepDone
		case isHeld:
			step.Status, step.Holder = StepHeld, &h
		case isFailed:
			if _, read := logs[f.by.ID]; !read {
				logs[f.by.ID] = f.by.LogTail(logLines)
			}
			step.Status, step.Error, step.Log = StepFailed, f.Error, logs[f.by.ID]
		}
		if h, fell := silent[lock]; fell && step.Status == StepWaiting {
			step.Holder = &h
		}
		s.Counts[step.Status]++
		*list = append(*list, step)
	}
	needed, left := map[int]bool{}, map[cache.Key]bool{}
	for _, cell := range p.Cells {
		done := solved(cell)
		left[cell.Key] = left[cell.Key] || !done // of cells with one key, one can ask for more than another
		for _, t := range cell.Trainings {
			needed[t] = needed[t] || !done
		}
	}
	seen := map[cache.Key]bool{}
	for _, cell := range p.Cells {
		if seen[cell.Key] {
			s.Repeats++
			continue
		}
		seen[cell.Key] = true
		add(&s.Solving, StepState{Step: store.Step{Kind: cache.Cells, Key: cell.Key, ID: cell.ID(), Prior: cell.Prior.Name}, Block: cell.Block()}, !left[cell.Key], cell.Block())
	}
	for i, t := range p.Trainings {
		done := !needed[i] || trained(t) // what no cell needs any more is done
		add(&s.Trainings, StepState{Step: store.Step{Kind: cache.Priors, Key: t.Key, ID: t.Hash(), Prior: t.Name}}, done, runner.LockOf(t))
	}
}

// failure is a step that failed, and the process in which it did.
type failure struct {
	store.Step
	by *store.Attempt
}

// failures returns, by key, the steps whose last attempt has failed.
func failures(attempts []store.Attempt) map[cache.Key]failure {
	failed := map[cache.Key]failure{}
	for i := range attempts {
		for _, step := range attempts[i].Done {
			delete(failed, step.Key)
		}
		for _, step := range attempts[i].Failed {
			failed[step.Key] = failure{step, &attempts[i]}
		}
	}
	return failed
}
