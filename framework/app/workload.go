package app

import (
	"context"
	"errors"
	"runtime"
	"slices"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/framework/store"
)

// Workload is what a run still lacks, stage by stage.
type Workload struct {
	ID     string // the run's
	Dir    string // its folder
	Stages []StageWork
	Memory float64  // that a process which gathers all results is expected to take [bytes]
	Inputs []string // the files that the trainings and cells read
}

// StageWork is the missing steps of a stage. They depend on earlier stages, not on each other.
type StageWork struct {
	Stage Stage // StageTrainings or StageCells
	Rung  int   // of successive halving, from 0; -1 without it
	// Steps are those that are missing, cells in the order of their trainings. They are nil in a
	// rung that is not chosen yet.
	Steps   []Step
	Count   int     // number of trainings or cells, even where Steps are not known yet
	Seconds float64 // of all steps together
	// Memory returns the memory [bytes] that a process which does some of the steps is expected to
	// take, however many there may be.
	Memory func([]Step) float64
}

// Step is a missing training, or the missing cells of a block, on which one process works.
type Step struct {
	Keys    []cache.Key
	Seconds float64 // that it is expected to take

	indices []int // of the plan's trainings or cells
}

// Workload returns what a run still lacks, and how long a process with a number of processors
// is expected to take for each step, at the speed of this machine.
func (a *App) Workload(ctx context.Context, run string, processors int) (w *Workload, err error) {
	ctx = a.withMemory(ctx)
	r, err := a.recorded(run, nil)
	if err != nil {
		return nil, err
	}
	if r.Status == store.Done && r.complete() {
		return nil, &DoneError{r.ID}
	}
	shared, err := a.sharedCaches(r)
	if err != nil {
		return nil, err
	}
	c, err := shared.look(ctx)
	if missing := new(FolderError); err != nil && !errors.As(err, &missing) {
		return nil, err
	}
	if c != nil {
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	p, err := a.follow(ctx, r.file, c, r.machine())
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
	return &Workload{r.ID, r.dir, p.stages(size, rates), p.Memory(size), inputFiles(p.Plan)}, nil
}

// inputFiles returns the files that a plan's data and priors are read from.
func inputFiles(p *plan.Plan) (list []string) {
	for _, t := range p.Trainings {
		var files []string
		switch c := t.Dataset.Source.Config.(type) {
		case datasets.FileConfig:
			if path, err := c.File(); err == nil {
				files = append(files, path)
			}
		case datasets.FilesConfig:
			files, _ = c.Files() // the plan has read them
		}
		if start, _ := t.Prior.StartsFrom(); start != "" {
			files = append(files, start)
		}
		for _, path := range files {
			if !slices.Contains(list, path) {
				list = append(list, path)
			}
		}
	}
	return list
}

// stages returns the stages with steps that are missing.
func (p *Planned) stages(size func(*spec.Dataset) plan.Size, rates plan.Rates) (list []StageWork) {
	now, rung, whole := p.Plan, -1, p.Memory(size)
	if p.Rungs != nil {
		p.Expected = p.expectRungs(func(part *plan.Plan) plan.Estimate { return part.Estimate(size, rates, p.left) })
		for rung = 0; rung+1 < len(p.Rungs) && p.Rungs[rung+1].Chosen; rung++ {
		}
		now = p.Rungs[rung].rung.Plan
	}
	trainings, cells := now.Seconds(size, rates, p.left)
	train, solve := StageWork{Stage: StageTrainings, Rung: rung}, StageWork{Stage: StageCells, Rung: rung}
	for i, needed := range now.Needed(p.left) {
		if t := now.Trainings[i]; needed && !p.Cached[t.Key] {
			train.Steps = append(train.Steps, Step{[]cache.Key{t.Key}, trainings[i], []int{i}})
		}
	}
	at := map[string]int{} // of each block, its step
	for i, c := range now.Cells {
		if p.Cached[c.Key] {
			continue
		}
		k, known := at[c.Block()]
		if !known {
			k, at[c.Block()] = len(solve.Steps), len(solve.Steps)
			solve.Steps = append(solve.Steps, Step{})
		}
		s := &solve.Steps[k]
		if s.indices = append(s.indices, i); !slices.Contains(s.Keys, c.Key) {
			s.Keys, s.Seconds = append(s.Keys, c.Key), s.Seconds+cells[i]
		}
	}
	train.Memory = func(steps []Step) float64 {
		return (&plan.Plan{File: p.File, Trainings: chosen(now.Trainings, steps)}).Memory(size)
	}
	solve.Memory = func(steps []Step) float64 { return now.Part(chosen(now.Cells, steps)).Memory(size) }
	slices.SortStableFunc(solve.Steps, func(a, b Step) int {
		return slices.Compare(now.Cells[a.indices[0]].Trainings, now.Cells[b.indices[0]].Trainings)
	})
	train.count()
	solve.count()
	return slices.DeleteFunc(append([]StageWork{train, solve}, p.stagesAhead(rung, whole)...), func(s StageWork) bool { return s.Count == 0 })
}

// chosen returns the trainings or cells of steps.
func chosen[T any](all []T, steps []Step) (list []T) {
	for _, s := range steps {
		for _, i := range s.indices {
			list = append(list, all[i])
		}
	}
	return list
}

func (s *StageWork) count() {
	for _, step := range s.Steps {
		s.Count, s.Seconds = s.Count+len(step.Keys), s.Seconds+step.Seconds
	}
}

// stagesAhead returns the stages of the rungs after one, none of which is chosen yet.
func (p *Planned) stagesAhead(rung int, memory float64) (list []StageWork) {
	for i, r := range p.Rungs {
		if i <= rung {
			continue
		}
		most := func([]Step) float64 { return max(memory, r.Expected.Memory) }
		list = append(list,
			StageWork{Stage: StageTrainings, Rung: i, Count: r.Trainings, Seconds: r.Expected.Training, Memory: most},
			StageWork{Stage: StageCells, Rung: i, Count: r.Cells, Seconds: r.Expected.Solving, Memory: most})
	}
	return list
}
