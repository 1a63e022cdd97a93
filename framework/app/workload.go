package app

import (
	"context"
	"errors"
	"runtime"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
)

// Workload is what a run still lacks, stage by stage.
type Workload struct {
	ID     string // the run's
	Dir    string // its folder
	Stages []Stage
	Memory float64 // that a process is expected to take which gathers all results [bytes]
}

// Stage is a number of steps that do not depend on each other, but on the stages before.
type Stage struct {
	Name string // StageTrainings or StageCells
	Rung int    // of successive halving, from 0
	// Steps are those that are missing. They are nil in a rung that is not chosen yet.
	Steps   []Step
	Count   int     // number of steps, also where they are not known yet
	Seconds float64 // of all steps together
	// Memory returns the memory [bytes] that a process is expected to take which does some of the
	// steps, or as many as there may be.
	Memory func([]Step) float64
}

// The names of the stages.
const (
	StageTrainings = "trainings"
	StageCells     = "cells"
)

// Step is a training or a cell that is missing, and the time [s] that it is expected to take.
type Step struct {
	Key     cache.Key
	Seconds float64

	index int // of the plan's trainings or cells
}

// Workload returns what a run still lacks, and how long a process with a number of processors
// is expected to take for each step, at the speed of this machine.
func (a *App) Workload(ctx context.Context, run string, processors int) (w *Workload, err error) {
	ctx = a.withMemory(ctx)
	r, err := a.recorded(run, nil)
	if err != nil {
		return nil, err
	}
	c, err := a.cachesOf(r).look(ctx)
	if missing := new(FolderError); err != nil && !errors.As(err, &missing) {
		return nil, err
	}
	if c != nil {
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	p, err := a.follow(ctx, r.file, c)
	if err == nil && p.Unread != nil {
		err = p.Unread
	}
	if err == nil && c != nil {
		err = a.lookUp(ctx, p, c, false)
	}
	if err != nil {
		return nil, err
	}
	size := sizes(ctx)
	rates, err := p.rates(ctx, size, min(processors, runtime.GOMAXPROCS(0)))
	if err != nil {
		return nil, err
	}
	return &Workload{r.ID, r.dir, p.stages(size, rates), p.Memory(size)}, nil
}

// stages returns the stages with steps that are missing.
func (p *Planned) stages(size func(*spec.Dataset) plan.Size, rates plan.Rates) (list []Stage) {
	trainings, cells := p.Seconds(size, rates, p.left)
	rung, whole := 0, p.Memory(size)
	if p.Rungs != nil {
		p.Expected = p.expectRungs(func(part *plan.Plan) plan.Estimate { return part.Estimate(size, rates, p.left) })
		for rung+1 < len(p.Rungs) && p.Rungs[rung+1].Chosen {
			rung++
		}
	}
	train, solve := Stage{Name: StageTrainings, Rung: rung}, Stage{Name: StageCells, Rung: rung}
	for i, needed := range p.Needed(p.left) {
		if t := p.Trainings[i]; needed && !p.Cached[t.Key] {
			train.add(t.Key, trainings[i], i)
		}
	}
	seen := map[cache.Key]bool{}
	for i, c := range p.Cells {
		if !p.Cached[c.Key] && !seen[c.Key] {
			seen[c.Key] = true
			solve.add(c.Key, cells[i], i)
		}
	}
	train.Memory = func(steps []Step) float64 {
		part := &plan.Plan{File: p.File}
		for _, s := range steps {
			part.Trainings = append(part.Trainings, p.Trainings[s.index])
		}
		return part.Memory(size)
	}
	solve.Memory = func(steps []Step) float64 {
		var part []plan.Cell
		for _, s := range steps {
			part = append(part, p.Cells[s.index])
		}
		return p.Part(part).Memory(size)
	}
	for _, s := range append([]Stage{train, solve}, p.stagesAhead(rung, whole)...) {
		if s.Count > 0 {
			list = append(list, s)
		}
	}
	return list
}

func (s *Stage) add(key cache.Key, seconds float64, index int) {
	s.Steps = append(s.Steps, Step{key, seconds, index})
	s.Count, s.Seconds = s.Count+1, s.Seconds+seconds
}

// stagesAhead returns the stages of the rungs after one, none of which is chosen yet.
func (p *Planned) stagesAhead(rung int, memory float64) (list []Stage) {
	for i, r := range p.Rungs {
		if i <= rung {
			continue
		}
		most := func([]Step) float64 { return max(memory, r.Expected.Memory) }
		list = append(list,
			Stage{Name: StageTrainings, Rung: i, Count: r.Trainings, Seconds: r.Expected.Training, Memory: most},
			Stage{Name: StageCells, Rung: i, Count: r.Cells, Seconds: r.Expected.Solving, Memory: most})
	}
	return list
}
