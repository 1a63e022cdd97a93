package runner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"sedlab/framework/dataset"
	"sedlab/framework/plan"
	"sedlab/framework/solve"
	"sedlab/framework/spec"
	"sedlab/internal/record"
	"sedlab/operators"
)

// reconstruct solves the cells. Their signals are dealt to the workers in tiles,
// so that one large cell keeps all of them busy.
func (r *run) reconstruct(ctx context.Context) error {
	total := len(r.plan.Cells)
	r.opt.Progress.Cells(0, total)
	tiles := make(chan tile)
	done := make(chan tile)
	var workers sync.WaitGroup
	for range max(1, r.opt.Workers) {
		workers.Go(func() {
			for t := range tiles {
				t.err = t.cell.solveSafely(ctx, t.first, t.last)
				done <- t
			}
		})
	}
	cells := make([]*cell, total)
	go func() {
		defer close(tiles)
		for i := range r.plan.Cells {
			c := r.newCell(i)
			for _, t := range c.tiles() {
				if ctx.Err() != nil {
					return
				}
				tiles <- t
			}
		}
	}()
	go func() { workers.Wait(); close(done) }()
	for t := range done {
		c := t.cell
		cells[c.index] = c
		if c.err == nil {
			c.err = t.err
		}
		if c.open--; c.open == 0 {
			c.close()
			r.result.CellsDone++
			r.opt.Progress.Cells(r.result.CellsDone, total)
		}
	}
	r.collect(cells)
	return ctx.Err()
}

// collect gathers the rows of the finished cells in the plan's order.
func (r *run) collect(cells []*cell) {
	r.result.CellsDone = 0
	for _, c := range cells {
		if c == nil || c.open > 0 || errors.Is(c.err, context.Canceled) {
			continue // not finished
		}
		r.result.Signals = append(r.result.Signals, c.rows...)
		r.result.Examples = append(r.result.Examples, c.keptExamples()...)
		if c.warning != "" && !slices.Contains(r.result.Warnings, c.warning) {
			r.result.Warnings = append(r.result.Warnings, c.warning)
		}
		if c.err != nil {
			r.result.Failures = append(r.result.Failures, Failure{c.plan.ID, c.err})
			r.opt.Log.Error("cell", "cell", c.plan.ID, "prior", c.plan.Prior.Name, "error", c.err)
			continue
		}
		r.result.CellsDone++
	}
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
	hash     string // of the prior's training
	spec     *spec.Spec
	data     *data
	prior    trained
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
	d := r.data[dataKey(s)]
	hash := r.plan.Trainings[p.Training].Hash
	c := &cell{index: index, plan: p, hash: hash, spec: s, data: d, prior: r.trained[hash], kept: map[int]bool{}}
	all := d.split.IDs(s.Evaluate.Split)
	c.ids = dataset.Choose(all, s.Evaluate.Signals, s.Seed)
	if len(c.ids) < s.Evaluate.Signals {
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
		c.rows[i] = c.blank(r.opt.RunID, id)
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

// close ends a cell whose tiles are all done: it says if no signal has a result,
// and lets go of what only the work needed.
func (c *cell) close() {
	some := func(s record.Signal) bool { return s.Status == record.StatusOK }
	if c.err == nil && !slices.ContainsFunc(c.rows, some) {
		c.err = errors.New("no signal could be reconstructed; the column status says why")
		if len(c.rows) == 0 {
			c.err = fmt.Errorf("the %s split has no signals", c.spec.Evaluate.Split)
		}
	}
	c.family, c.prior = nil, trained{}
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
