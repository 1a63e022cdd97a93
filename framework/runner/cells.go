package runner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"sedlab/framework/dataset"
	"sedlab/framework/plan"
	"sedlab/framework/solve"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/operators"
	"sedlab/reports/scores"
)

// reconstruct solves the cells that the cache does not have. Their signals are
// dealt to the workers in tiles, so that one large cell keeps all of them busy.
func (r *run) reconstruct(ctx context.Context) error {
	total, finished := 0, 0
	for i, o := range r.cells {
		if r.first[i] == i {
			total++
		}
		if o != nil {
			finished++
		}
	}
	r.opt.Progress.Cells(finished, total)
	workers := max(1, r.opt.Workers)
	tiles, done := make(chan tile), make(chan tile, workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for t := range tiles {
				t.err = t.cell.solveSafely(ctx, t.first, t.last)
				done <- t
			}
		})
	}
	group.Go(func() {
		defer close(tiles)
		r.deal(ctx, tiles, done)
	})
	go func() { group.Wait(); close(done) }()
	for t := range done {
		c := t.cell
		if c.err == nil {
			c.err = t.err
		}
		if c.open--; c.open > 0 || errors.Is(c.err, context.Canceled) {
			continue
		}
		r.cells[c.index] = r.close(c)
		finished++
		r.opt.Progress.Cells(finished, total)
	}
	return ctx.Err()
}

// deal hands the tiles of the open cells to the workers, and to done what another
// process has finished since.
func (r *run) deal(ctx context.Context, tiles, done chan<- tile) {
	first := r.firstCell()
	for n := range r.cells {
		i := (first + n) % len(r.cells)
		if r.cells[i] != nil || r.first[i] != i {
			continue
		}
		c := r.newCell(i)
		if got, err := r.recall(c.plan); got != nil || err != nil {
			c.found, c.open = got, 1
			done <- tile{cell: c, err: err}
			continue
		}
		for _, t := range c.tiles() {
			select {
			case tiles <- t:
			case <-ctx.Done():
				return
			}
		}
	}
}

// firstCell returns where to begin. Processes that have the cache open at once
// begin at places of their own, so that they share the work.
func (r *run) firstCell() int {
	users, err := r.cache.Users()
	if err != nil || len(users) < 2 || len(r.cells) == 0 {
		return 0 // not worth an error: the order changes no result
	}
	return rand.IntN(len(r.cells))
}

// close returns what a cell has come to, all of whose tiles are done, and keeps
// it in the cache. It is a failure if no signal has a result.
func (r *run) close(c *cell) *outcome {
	if c.found != nil {
		return c.found
	}
	o := &outcome{rows: c.rows, examples: c.keptExamples(), warning: c.warning, err: c.err}
	if c.data != nil {
		o.dataset = store.Dataset{Name: c.data.set.Name, SHA256: c.data.set.SHA256}
	}
	some := func(s record.Signal) bool { return s.Status == record.StatusOK }
	if o.err == nil && !slices.ContainsFunc(o.rows, some) {
		o.err = errors.New("no signal could be reconstructed; the column status says why")
		if len(o.rows) == 0 {
			o.err = fmt.Errorf("the %s split has no signals", c.spec.Evaluate.Split)
		}
	}
	if o.err == nil {
		o.err = r.store(c.plan, o)
	}
	return o
}

// tile is a range of a cell's signals.
type tile struct {
	cell        *cell
	first, last int
	err         error
}

// cell is a cell at work. Each tile writes its own part of rows and examples.
type cell struct {
	index    int
	plan     plan.Cell
	found    *outcome // what another process has made of it
	spec     *spec.Spec
	data     *data
	prior    trained
	scores   []scores.Kind
	ids      []int
	rows     []record.Signal
	examples []*record.Example
	kept     map[int]bool
	warning  string
	family   operators.Family
	setup    error // why nothing can be reconstructed
	err      error // why something was not; the collecting goroutine's alone
	open     int   // tiles that are not done; likewise once they are dealt
}

func (r *run) newCell(index int) *cell {
	p := r.plan.Cells[index]
	s := p.Point.Spec
	d := r.data[dataKey(s.Dataset, s.Seed)]
	c := &cell{index: index, plan: p, spec: s, data: d, prior: r.trained[r.plan.Trainings[p.Training].Key], scores: r.opt.Scores, kept: map[int]bool{}}
	all := d.split.IDs(s.Evaluate.Split)
	c.ids = dataset.Choose(all, s.Evaluate.Signals, s.Seed)
	if len(c.ids) < s.Evaluate.Signals && s.Evaluate.Signals != spec.AllSignals {
		c.warning = fmt.Sprintf("evaluate.signals asks for %d, and the %s split has %d: all of them are used",
			s.Evaluate.Signals, s.Evaluate.Split, len(c.ids))
	}
	keep := s.Evaluate.Keep
	if keep == spec.KeepAll {
		keep = len(c.ids)
	}
	for _, id := range dataset.Choose(all, min(keep, len(c.ids)), s.Seed) {
		c.kept[id] = true
	}
	c.rows = make([]record.Signal, len(c.ids))
	c.examples = make([]*record.Example, len(c.ids))
	c.family, c.setup = operators.New(s.Problem.Operator, operators.Params{
		N: d.set.Dim(), MissingFraction: s.Problem.MissingFraction, Seed: s.Seed,
	})
	if c.setup == nil {
		c.setup = c.prior.err
	}
	for i, id := range c.ids {
		c.rows[i] = c.blank(id)
	}
	return c
}

// tiles cuts the cell's signals into tiles; a cell without signals has one, so
// that it is finished like any other.
func (c *cell) tiles() []tile {
	size := settings(c.spec).TileSignals()
	for first := 0; first == 0 || first < len(c.ids); first += size {
		c.open++
	}
	tiles := make([]tile, c.open)
	for i := range tiles {
		tiles[i] = tile{cell: c, first: i * size, last: min((i+1)*size, len(c.ids))}
	}
	return tiles
}

func (c *cell) keptExamples() (kept []record.Example) {
	for _, e := range c.examples {
		if e != nil {
			kept = append(kept, *e)
		}
	}
	return kept
}

func settings(s *spec.Spec) solve.Settings {
	return solve.Settings{
		Method: s.Solver.Method, Steps: s.Solver.Steps, LR: s.Solver.LR, Schedule: s.Solver.Schedule,
		Lambda: s.Solver.Lambda, Restarts: s.Solver.Restarts, Seed: s.Seed,
	}
}

// solveSafely is solve with a panic, of a user's own prior, as an error.
func (c *cell) solveSafely(ctx context.Context, first, last int) (err error) {
	defer func() {
		if err != nil && c.setup == nil {
			for i := first; i < last; i++ {
				c.rows[i].Status = "failed: " + firstLine(err)
			}
		}
	}()
	defer recovered(&err)
	return c.solve(ctx, first, last)
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// solve reconstructs the signals [first, last) of the cell.
func (c *cell) solve(ctx context.Context, first, last int) error {
	if c.setup != nil {
		for i := first; i < last; i++ {
			c.rows[i].Status = "failed: " + firstLine(c.setup)
		}
		return c.setup
	}
	start := time.Now()
	var problems []solve.Problem
	var rows []int
	for i := first; i < last; i++ {
		if bad := c.data.set.Bad(c.ids[i]); bad != "" {
			c.rows[i].Status = bad
			continue
		}
		problems = append(problems, c.measure(i))
		rows = append(rows, i)
	}
	results, err := solve.Solve(ctx, c.prior.prior, problems, settings(c.spec))
	if err != nil {
		return err
	}
	each := time.Since(start).Seconds() / math.Max(1, float64(len(rows)))
	for k, i := range rows {
		c.record(i, problems[k], results[k], each)
	}
	return nil
}

// measure makes the measurement y = A x + η of the cell's i-th signal.
func (c *cell) measure(i int) solve.Problem {
	id := c.ids[i]
	op := c.family(id)
	m, _ := op.Dims()
	y := make([]float32, m)
	op.Apply(y, c.data.set.Signal(id))
	c.rows[i].NoiseL2 = c.spec.Problem.Noise.Noise().Add(y, c.spec.Seed, id)
	return solve.Problem{Signal: id, Op: op, Y: y}
}
