package runner

import (
	"math"

	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/internal/kind"
	"sedlab/internal/record"
	"sedlab/operators"
	"sedlab/reports/scores"
	"sedlab/solvers"
)

// blank returns the row of a signal before its reconstruction.
func (r *run) blank(id int) record.Signal {
	nan := math.NaN()
	row := record.Signal{SignalID: int64(id), NoiseL2: nan, Seconds: nan, Status: "not run"}
	r.project(&row)
	return row
}

// name fills the columns that the run and the spec determine.
func (r *run) name(c plan.Cell, rows []record.Signal, examples []record.Example) {
	s, hash := c.Point.Spec, r.plan.Trainings[c.Training].Hash()
	sweep, known := map[string]any{}, map[string]any{}
	for _, v := range c.Point.Values {
		if _, swept := record.SweptKey(record.ColumnOf(v.Key)); swept {
			sweep[v.Key] = v.Value
		}
	}
	value := func(key string) any {
		v, ok := known[key]
		if !ok {
			v = s.Value(key, c.Prior)
			known[key] = v
		}
		return v
	}
	norm, same := s.Problem.Noise.Norm() // if not the same, each measurement has its own norm
	for i := range rows {
		row := &rows[i]
		measured := row.NoiseL2
		row.Show(value)
		if row.NoiseL2 = measured; same {
			row.NoiseL2 = norm
		}
		row.RunID, row.CellID, row.Prior, row.PriorHash, row.Sweep, row.Level = r.opt.RunID, c.ID(), c.Prior.Name, hash, sweep, level(s)
	}
	for i := range examples {
		e := &examples[i]
		measured := e.NoiseL2
		e.Show(value)
		e.CellID, e.Prior, e.Sweep, e.Level, e.NoiseL2 = c.ID(), c.Prior.Name, sweep, level(s), measured
	}
}

// level returns the level of the operator, or else the amount of noise. An operator that
// panics has no level.
func level(s *spec.Spec) float64 {
	l, ok := s.Problem.Operator.Config.(operators.Leveler)
	if !ok {
		return s.Problem.Noise.Amount()
	}
	level, err := kind.Try("", func() (float64, error) { return l.Level(), nil })
	if err != nil {
		return math.NaN()
	}
	return level
}

// record fills the row of the cell's i-th signal and keeps the reconstruction if the
// spec asks for it.
func (c *cell) record(i int, m solvers.Measurement, e solvers.Estimate, seconds float64) {
	row := &c.rows[i]
	row.Status, row.Seconds = e.Status, seconds
	row.Iterations, row.Converged = int32(e.Iterations), e.Converged
	if e.X == nil {
		return
	}
	x := c.data.set.Signal(m.Signal)
	var observed []bool
	if s, ok := m.Op.(operators.Selector); ok {
		observed = s.Observed()
	}
	scored := scores.Case{Truth: x, Estimate: e.X, Observed: observed, Infilled: c.data.set.InfilledRow(m.Signal), Loss: e.Loss}
	for k := range row.Scores {
		row.Scores[k].Value = c.scores[k].Score(scored)
	}
	if c.kept[m.Signal] {
		c.examples[i] = c.example(row, m, e, x, observed)
	}
}

// example returns a whole reconstruction, with the measurement on the same grid.
func (c *cell) example(row *record.Signal, m solvers.Measurement, estimate solvers.Estimate, x []float32, observed []bool) *record.Example {
	e := &record.Example{
		SignalID: row.SignalID, NoiseL2: row.NoiseL2, Norm: c.data.set.Norm[row.SignalID],
		Wavelength: c.data.set.Wavelength, Truth: x, Reconstruction: estimate.X, Observed: observed,
	}
	if observed == nil {
		return e
	}
	e.Measurement = make([]float32, len(x))
	m.Op.Adjoint(e.Measurement, m.Y)
	for j, ok := range observed {
		if !ok {
			e.Measurement[j] = float32(math.NaN())
		}
	}
	return e
}
