package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/internal/regular"
)

// shareOf returns the share of a rung that is to be done, and the part of its plan that the
// share needs.
func (w *worker) shareOf(p *plan.Plan, c *cache.Cache) (runner.Share, *plan.Plan, error) {
	trains, solves, err := w.chosen(p)
	if err != nil {
		return runner.Share{}, nil, err
	}
	found := runner.NewLookup(c, w.catalog.Scores)
	part := p.Only(func(cell plan.Cell) bool {
		some := solves[cell.ID()] || slices.ContainsFunc(cell.Trainings, func(t int) bool { return trains[p.Trainings[t].Key] })
		return some && !found.Cached(cell.Key, cell.Point.Spec.Evaluate)
	})
	return runner.Share{
		Trains: func(t plan.Training) bool { return w.Stage == StageAll || trains[t.Key] },
		Solves: func(cell plan.Cell) bool { return solves[cell.ID()] },
		Waits:  w.Parts > 0 || w.Steps != nil,
	}, part, nil
}

// chosen returns the trainings and the cells that are to be done, whether or not the cache
// has them. Trainings that only cells need are left out.
func (w *worker) chosen(p *plan.Plan) (trains map[cache.Key]bool, solves map[string]bool, err error) {
	named, err := w.named(p)
	if err != nil {
		return nil, nil, err
	}
	trains, solves = map[cache.Key]bool{}, map[string]bool{}
	if w.Stage == StageTrainings || w.Stage == StageAll && w.Steps != nil {
		n := 0
		for _, t := range p.Trainings {
			if !named(string(t.Key), t.Hash()) {
				continue
			}
			trains[t.Key] = w.mine(n)
			n++
		}
	}
	if w.Stage == StageTrainings {
		return trains, solves, nil
	}
	blocks := map[string]int{}
	for _, cell := range p.Cells {
		if !named(string(cell.Key), cell.ID(), cell.Block()) {
			continue
		}
		if _, known := blocks[cell.Block()]; !known {
			blocks[cell.Block()] = len(blocks)
		}
		solves[cell.ID()] = w.mine(blocks[cell.Block()])
	}
	return trains, solves, nil
}

// mine reports whether the n-th step, or block, is in the part.
func (w *worker) mine(n int) bool { return w.Parts == 0 || n%w.Parts == w.Part }

// named returns a function that reports whether a step was asked for by one of its names.
func (w *worker) named(p *plan.Plan) (func(names ...string) bool, error) {
	if w.Steps == nil {
		return func(...string) bool { return true }, nil
	}
	known, asked := map[string]bool{}, map[string]bool{}
	for _, t := range p.Trainings {
		known[string(t.Key)], known[t.Hash()] = true, true
	}
	for _, cell := range p.Cells {
		known[string(cell.Key)], known[cell.ID()], known[cell.Block()] = true, true, true
	}
	for _, name := range w.Steps {
		if asked[name] = true; !known[name] {
			return nil, &QueryError{fmt.Errorf("step %q: run %s has no training and no cell of that key or id", name, w.run.ID)}
		}
	}
	return func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return asked[name] })
	}, nil
}

// ParsePart reads a part such as 3/16, the fourth of 16.
func ParsePart(text string) (part, parts int, err error) {
	if n, err := fmt.Sscanf(text, "%d/%d", &part, &parts); n == 2 && err == nil && 0 <= part && part < parts &&
		text == fmt.Sprintf("%d/%d", part, parts) {
		return part, parts, nil
	}
	return 0, 0, &QueryError{fmt.Errorf("part %q: must be i/n with i from 0 to n - 1, such as 0/16", text)}
}

// MostStepBytes is the size of the largest file of steps that is read.
const MostStepBytes = 64 << 20

// ReadSteps reads a regular file of at most 64 MiB with names of steps, one per line. Empty lines,
// and those that begin with #, do not count. The error is a *LaterError if the file system is to
// blame.
func ReadSteps(path string) ([]string, error) {
	text, err := regular.Read(path, MostStepBytes)
	if errors.Is(err, fs.ErrNotExist) {
		lookAgain(filepath.Dir(path))
		text, err = regular.Read(path, MostStepBytes)
	}
	if err != nil {
		return nil, later(err)
	}
	steps := []string{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			steps = append(steps, line)
		}
	}
	return steps, nil
}

// lookAgain opens a folder or, if there is none, the nearest above it. Over NFS, only then is a file
// that another machine has just written sure to be seen.
func lookAgain(dir string) {
	f, err := os.Open(dir)
	if err == nil {
		_ = f.Close()
	} else if above := filepath.Dir(dir); above != dir {
		lookAgain(above)
	}
}
