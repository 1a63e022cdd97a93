package app

import (
	"context"
	"hash/fnv"
	"path/filepath"
	"slices"
	"strings"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/store"
)

// partCells is how many cells are planned at once: so many that it takes seconds to solve even
// short ones, and so few that other processes seldom solve some of them meanwhile.
const partCells = 1000

// parts does the share of a run's cells part by part, by the names that the recorded plan gives them: so
// each of many processes plans little more than what it does. It does nothing and returns false if the
// whole plan has to be made: for trainings alone, under successive halving, and if something is not as it
// was when the run began, which only the whole plan can tell.
func (w *worker) parts(ctx context.Context, c *cache.Cache) (done bool, err error) {
	f := w.run.file
	swept := func(key string) bool { return strings.HasPrefix(key, "evaluate.") }
	if f.Halving() != nil || w.Stage == StageTrainings || w.Stage == StageAll && w.Steps != nil || slices.ContainsFunc(f.SweptKeys(), swept) {
		return false, nil
	}
	written, err := plan.ReadWritten(filepath.Join(w.run.dir, store.PlanFile))
	if err != nil || written == nil || written.Points != f.Size() {
		return false, nil // the whole plan is made without it, and says what is wrong
	}
	p := &parted{worker: w, cache: c, identify: identify(ctx, c.Digest), written: written, found: runner.NewLookup(c, w.catalog.Scores), ended: map[cache.Key]bool{}}
	if !p.choose() {
		return false, nil
	}
	return p.work(ctx)
}

// parted is a share that is done part by part.
type parted struct {
	*worker
	cache    *cache.Cache
	identify plan.Identify
	written  *plan.Written
	found    *runner.Lookup
	blocks   []*someCells // to be done
	left     []*someCells // that another process had when they were looked at
	before   *runner.Runner
	ended    map[cache.Key]bool // done by this process, or failed in it
	settled  int                // keys of the blocks that are no longer in blocks
	all      int                // keys of all blocks
}

// someCells are the chosen cells of a block, by their indices in the plan.
type someCells struct {
	block string
	cells []int
	keys  int // how many keys the cells have
}

// choose sets the blocks. It returns false if a step that was asked for is no cell.
func (p *parted) choose() bool {
	asked := map[string]bool{}
	for _, name := range p.Steps {
		asked[name] = false
	}
	named := func(names ...string) (some bool) {
		for _, name := range names {
			if _, ok := asked[name]; ok {
				asked[name], some = true, true
			}
		}
		return some || p.Steps == nil
	}
	blocks, seen := map[string]*someCells{}, map[cache.Key]bool{}
	var list []*someCells
	for i, cell := range p.written.Cells {
		if !named(string(cell.Key), cell.ID, cell.Block) {
			continue
		}
		b := blocks[cell.Block]
		if b == nil {
			b = &someCells{block: cell.Block}
			blocks[cell.Block], list = b, append(list, b)
		}
		if b.cells = append(b.cells, i); !seen[cell.Key] {
			seen[cell.Key] = true
			b.keys++
		}
	}
	for _, known := range asked {
		if !known {
			return false
		}
	}
	for n, b := range list {
		if p.mine(n) {
			p.blocks, p.all = append(p.blocks, b), p.all+b.keys
		}
	}
	if p.Parts == 0 && p.Steps == nil && len(p.blocks) > 0 { // so that processes begin at different blocks
		h := fnv.New32a()
		_, _ = h.Write([]byte(p.attempt.ID)) // it cannot fail
		n := int(h.Sum32()) % len(p.blocks)
		p.blocks = slices.Concat(p.blocks[n:], p.blocks[:n])
	}
	return true
}

// work does the blocks. It returns false if the whole plan has to be made.
func (p *parted) work(ctx context.Context) (done bool, err error) {
	for {
		next, err := p.next()
		if err != nil {
			return true, err
		}
		if len(next) == 0 {
			break
		}
		if done, err := p.do(ctx, next, true); !done || err != nil {
			if done {
				p.unbegun(slices.Concat(p.blocks, p.left))
			}
			return done, err
		}
		p.left = append(p.left, next...)
	}
	p.settled = p.all
	p.left = slices.DeleteFunc(p.left, p.stored)
	for _, b := range p.left {
		p.settled -= b.keys
	}
	if len(p.left) == 0 {
		return true, nil
	}
	return p.do(ctx, p.left, false)
}

// unbegun counts the cells of blocks that were not begun.
func (p *parted) unbegun(blocks []*someCells) {
	open := map[cache.Key]bool{}
	for _, b := range blocks {
		for _, i := range b.cells {
			key := p.written.Cells[i].Key
			open[key] = p.lacks(key)
		}
	}
	if n := count(open); n > 0 {
		p.attempt.Left[""] += n
	}
}

// next takes the next blocks that are neither stored nor held by another process.
func (p *parted) next() (list []*someCells, err error) {
	held, err := p.cache.Locks()
	if err != nil {
		return nil, err
	}
	for cells := 0; len(p.blocks) > 0 && cells < partCells; p.blocks = p.blocks[1:] {
		b := p.blocks[0]
		if _, other := held[b.block]; other {
			p.left = append(p.left, b)
		} else if !p.stored(b) {
			list, cells = append(list, b), cells+len(b.cells)
			continue
		}
		p.settled += b.keys
	}
	return list, nil
}

// stored reports whether there is nothing to do of a block.
func (p *parted) stored(b *someCells) bool {
	return !slices.ContainsFunc(b.cells, func(i int) bool { return p.lacks(p.written.Cells[i].Key) })
}

// lacks reports whether there is something to do of a cell.
func (p *parted) lacks(key cache.Key) bool {
	return !p.ended[key] && !p.found.Cached(key, p.run.file.Base.Evaluate)
}

// do does blocks, once or for as long as there is something to do. It returns false if the whole
// plan has to be made.
func (p *parted) do(ctx context.Context, blocks []*someCells, once bool) (done bool, err error) {
	var cells []int
	keys := 0
	for _, b := range blocks {
		cells, keys = append(cells, b.cells...), keys+b.keys
	}
	slices.Sort(cells)
	part, err := p.written.Part(p.run.file, cells, thisMachine(), p.identify)
	if err != nil {
		return false, nil
	}
	open := map[cache.Key]bool{}
	part = part.Only(func(cell plan.Cell) bool {
		open[cell.Key] = open[cell.Key] || p.lacks(cell.Key)
		return open[cell.Key]
	})
	if p.waits(part) {
		return true, p.wait(part, once)
	}
	load, err := runner.LoadShare(ctx, part, p.cache, p.catalog.Scores, p.Events, p.before)
	switch {
	case err != nil && ctx.Err() != nil:
		p.unbegun(blocks)
		return true, err
	case err != nil:
		return false, nil
	}
	if p.affordPart(part, p.cache, load) != nil {
		return false, nil
	}
	p.before = load
	a := p.attempt
	before, failed := len(a.Done), len(a.Failed)
	err = p.worker.do(ctx, part, p.cache, load, runner.Share{
		Trains: func(plan.Training) bool { return p.Stage == StageAll },
		Solves: func(plan.Cell) bool { return true },
		Waits:  p.Parts > 0 || p.Steps != nil,
		Once:   once,
	}, p.settled+keys-count(open), p.all)
	for _, step := range slices.Concat(a.Done[before:], a.Failed[failed:]) {
		p.ended[step.Key] = true
	}
	p.settled += keys
	return true, err
}

// waits reports whether there is nothing to do of a part before others have trained its priors, but to
// wait. That its data need too much memory is better said at once.
func (p *parted) waits(part *plan.Plan) bool {
	trained := func(t plan.Training) bool { return p.cache.Has(cache.Priors, t.Key) }
	return p.Stage == StageCells && !slices.ContainsFunc(part.Trainings, trained) && p.afford(part, knownSize(), everything) == nil
}

// wait leaves cells none of whose priors is trained yet. If these are not the last, they are looked at
// again.
func (p *parted) wait(part *plan.Plan, more bool) error {
	if more {
		return nil
	}
	var left []store.Step
	seen := map[cache.Key]bool{}
	for _, cell := range part.Cells {
		if !seen[cell.Key] {
			seen[cell.Key] = true
			left = append(left, store.Step{Kind: cache.Cells, Key: cell.Key, ID: cell.ID(), Prior: cell.Prior.Name, Error: untrained})
		}
	}
	return p.leave(part, left)
}

// count returns how many keys are true.
func count(open map[cache.Key]bool) (n int) {
	for _, is := range open {
		if is {
			n++
		}
	}
	return n
}
