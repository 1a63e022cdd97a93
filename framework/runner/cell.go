package runner

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"sedlab/datasets"
	"sedlab/framework/spec"
	"sedlab/internal/kind"
	"sedlab/internal/record"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/reports/scores"
	"sedlab/solvers"
)

// tile is a range of a cell's signals.
type tile struct {
	cell        *cell
	first, last int
	took        time.Duration
	err         error
}

// cell is a job in progress: its signals that have no results yet. Each tile writes
// its own part of rows and examples.
type cell struct {
	job         *job
	block       *block
	todo        []tile
	have        *outcome // results so far; nil if none
	covered     coverage // the coverage that it will have when done
	data        *data
	prior       priors.Prior
	scores      []scores.Kind
	ids         []int // to be reconstructed
	rows        []record.Signal
	examples    []*record.Example
	kept        map[int]bool
	family      operators.Family
	oracle      *oracle
	calibration *calibration // nil if standard deviations stay as they are
	setup       error        // why none of them can be reconstructed
	err         error        // why some were not; owned by the collecting goroutine
	took        time.Duration
	open        int // tiles not done; once dealt, owned by the collecting goroutine
}

// newCell returns the remaining work of a job, which may have some results already.
func (r *run) newCell(ctx context.Context, j *job, have *outcome) *cell {
	s := j.Point.Spec
	c := &cell{job: j, have: have, data: r.dataFor(j), covered: j.want, scores: r.scores, oracle: &r.oracle}
	ranked := datasets.Ranked(c.data.split.IDs(s.Evaluate.Split), s.Seeds.Split)
	c.kept = set(ranked, j.want.kept)
	there, keptThere := map[int]bool{}, map[int]bool{}
	if have != nil {
		there, keptThere = set(ranked, have.signals), set(ranked, have.kept)
	}
	for id := range set(ranked, j.want.signals) {
		if !there[id] || c.kept[id] && !keptThere[id] {
			c.ids = append(c.ids, id)
		}
	}
	slices.Sort(c.ids)
	if have != nil && have.lacks {
		for i := range have.rows {
			have.rows[i].Norm = c.data.set.Norm[have.rows[i].SignalID]
		}
	}
	if j.want.signals >= len(ranked) {
		c.covered.signals = spec.AllSignals
	}
	if j.want.kept >= len(ranked) {
		c.covered.kept = spec.AllSignals
	}
	c.rows, c.examples = make([]record.Signal, len(c.ids)), make([]*record.Example, len(c.ids))
	for i, id := range c.ids {
		c.rows[i] = r.blank(id, c.data.set.Norm[id])
	}
	c.family, c.setup = r.family(ctx, problemOf{c.data.set, s.Problem, s.Seeds.Problem})
	if c.setup == nil {
		c.prior, c.setup = r.priorFor(ctx, c)
	}
	if count := j.Prior.Calibrated(s.Evaluate); count > 0 {
		c.calibration = newCalibration(c, count)
	}
	return c
}

// problemOf is what a family of operators depends on.
type problemOf struct {
	set     *datasets.Set
	problem *spec.Problem
	seed    uint64
}

// family returns the operators of a problem. It keeps the last ones, because the priors of
// a point of the sweep have the same problem.
func (r *run) family(ctx context.Context, p problemOf) (operators.Family, error) {
	if r.lastProblem == p && r.lastFamily != nil {
		return r.lastFamily, nil
	}
	r.lastFamily = nil // so that two are not held at once
	operator := p.problem.Operator
	f, err := kind.Try("operator "+operator.Kind.Name, func() (operators.Family, error) {
		return operator.Config.Family(ctx, p.set.Wavelength, p.seed)
	})
	r.lastProblem, r.lastFamily = p, f
	return f, err
}

// tiles cuts the cell's signals into tiles. A cell without signals has one empty
// tile, so that it is finished like any other.
func (c *cell) tiles() []tile {
	solver := c.job.Prior.Solver
	size, err := kind.Try("solver "+solver.Kind.Name, func() (int, error) { return solver.Config.Tile(), nil })
	if c.setup == nil {
		c.setup = err
	}
	size = max(1, size)
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

// solveSafely is solve, with a panic in a user's kind returned as an error.
func (c *cell) solveSafely(ctx context.Context, first, last int) (err error) {
	defer func() {
		if err != nil {
			for i := first; i < last; i++ {
				c.rows[i].Status = "failed: " + firstLine(err)
			}
		}
	}()
	defer kind.Guard(&err, "")
	return c.solve(ctx, first, last)
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// solve reconstructs the signals [first, last) of the cell.
func (c *cell) solve(ctx context.Context, first, last int) error {
	if c.setup != nil {
		return c.setup
	}
	if err := c.calibration.make(ctx, c); err != nil {
		return fmt.Errorf("evaluate.calibrate: %w", err)
	}
	start := time.Now()
	var measurements []solvers.Measurement
	var rows []int
	for i := first; i < last; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if bad := c.data.set.Bad(c.ids[i]); bad != "" {
			c.rows[i].Status = bad
			continue
		}
		m, noise := c.measure(c.ids[i])
		c.rows[i].NoiseL2 = noise
		measurements = append(measurements, m)
		rows = append(rows, i)
	}
	estimates, err := c.estimate(ctx, measurements)
	if err != nil {
		return err
	}
	each := time.Since(start).Seconds() / math.Max(1, float64(len(rows)))
	represented, err := c.represent(ctx, measurements)
	if err != nil {
		return err
	}
	for k, i := range rows {
		c.record(i, measurements[k], estimates[k], represented[k], each)
	}
	return nil
}

// estimate reconstructs measurements with the cell's prior and solver.
func (c *cell) estimate(ctx context.Context, ms []solvers.Measurement) ([]solvers.Estimate, error) {
	return solvers.Solve(ctx, c.job.Prior.Solver.Config, priors.Scaled{Prior: c.prior, Unit: c.data.unit}, ms, c.job.Point.Spec.Seeds.Solver)
}

// measure makes the measurement y = A x + η of a signal. It returns ‖η‖ too.
func (c *cell) measure(id int) (solvers.Measurement, float64) {
	s := c.job.Point.Spec
	op := c.family(id)
	m, _ := op.Dims()
	y := make([]float32, m)
	op.Apply(y, c.data.set.Signal(id))
	norm := s.Problem.Noise.Add(y, s.Seeds.Problem, id)
	measured := solvers.Measurement{Signal: id, Op: op, Y: y, FreeScale: s.Evaluate.Scale == spec.ScaleMeasured}
	if s.Problem.Precision == spec.PrecisionData {
		measured.Precision = precision(op, c.data.set.IvarRow(id), norm*norm/float64(max(1, m)))
	}
	return measured, norm
}

// precision returns the precisions of measurements of fluxes with inverse variances, to which
// noise with a variance was added. A measurement that a flux without precision has a part in
// has none.
func precision(op operators.Operator, ivar []float32, noise float64) []float32 {
	m, n := op.Dims()
	p, variance := make([]float32, m), make([]float32, n)
	for i, v := range ivar {
		variance[i] = 1 / v // infinite for 0
	}
	op.(operators.Propagator).Variance(p, variance)
	for j, v := range p {
		p[j] = float32(1 / (float64(v) + noise))
		if math.IsNaN(float64(p[j])) || math.IsInf(float64(p[j]), 0) {
			p[j] = 0
		}
	}
	return p
}
