package runner

import (
	"math"

	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/internal/record"
	"sedlab/operators"
	"sedlab/solvers"
)

// blank is the row of a signal before it is reconstructed. name adds what the
// spec says.
func blank(id int) record.Signal {
	nan := math.NaN()
	return record.Signal{
		SignalID: int64(id), NoiseL2: nan, Seconds: nan, Status: "not run",
		MSE: nan, MSEMissing: nan, MSEObserved: nan, MSEMeasured: nan, MeasurementLoss: nan,
	}
}

// name gives rows and examples of a cell the names of the run, and what the spec
// says of all of them.
func (r *run) name(c plan.Cell, rows []record.Signal, examples []record.Example) {
	s, p := c.Point.Spec, c.Prior
	sweep := map[string]any{}
	for _, v := range c.Point.Values {
		if column := spec.Column(v.Key); column == "sweep."+v.Key {
			sweep[v.Key] = v.Value
		}
	}
	number := func(key string) float64 {
		if v, ok := s.Value(key, p).(float64); ok {
			return v
		}
		return math.NaN()
	}
	lambda, missing := number("solver.lambda"), number("problem.missing_fraction")
	for i := range rows {
		row := &rows[i]
		row.RunID, row.CellID, row.Prior, row.PriorHash, row.Sweep = r.opt.RunID, c.ID(), p.Name, r.plan.Trainings[c.Training].Hash(), sweep
		row.Operator, row.Method, row.Split, row.Seed = s.Problem.Operator.Kind.Name, p.Solver.Kind.Name, s.Evaluate.Split, s.Seed
		row.Lambda, row.MissingFraction, row.Level = lambda, missing, level(s)
		if norm, ok := s.Problem.Noise.Norm(); ok { // else the measurement says
			row.NoiseL2 = norm
		}
	}
	for i := range examples {
		e := &examples[i]
		e.CellID, e.Prior, e.Sweep = c.ID(), p.Name, sweep
		e.Operator, e.Method, e.Split, e.Seed = s.Problem.Operator.Kind.Name, p.Solver.Kind.Name, s.Evaluate.Split, s.Seed
		e.Lambda, e.MissingFraction, e.Level = lambda, missing, level(s)
	}
}

// level is how hard the problem is, in its own terms, or else the amount of noise.
func level(s *spec.Spec) float64 {
	if l, ok := s.Problem.Operator.Config.(operators.Leveler); ok {
		return l.Level()
	}
	return s.Problem.Noise.Amount()
}

// record fills the row of the cell's i-th signal, and keeps the reconstruction
// where the spec asks for it.
func (c *cell) record(i int, m solvers.Measurement, e solvers.Estimate, seconds float64) {
	row := &c.rows[i]
	row.Status, row.Seconds = e.Status, seconds
	row.Iterations, row.Converged = int32(e.Iterations), e.Converged
	if e.X == nil {
		return
	}
	row.MeasurementLoss = e.Loss
	x := c.data.set.Signal(m.Signal)
	var observed []bool
	if s, ok := m.Op.(operators.Selector); ok {
		observed = s.Observed()
	}
	infilled := c.data.set.InfilledRow(m.Signal)
	row.MSE = meanSquare(e.X, x, func(int) bool { return true })
	row.MSEMeasured = meanSquare(e.X, x, func(j int) bool { return infilled == nil || !infilled[j] })
	if observed != nil {
		row.MSEMissing = meanSquare(e.X, x, func(j int) bool { return !observed[j] })
		row.MSEObserved = meanSquare(e.X, x, func(j int) bool { return observed[j] })
	}
	if c.kept[m.Signal] {
		c.examples[i] = c.example(row, m, e, x, observed)
	}
}

// meanSquare is the mean of (a − b)² over the fluxes that are in the share, or
// NaN where none is.
func meanSquare(a, b []float32, in func(int) bool) float64 {
	var sum float64
	n := 0
	for j := range a {
		if in(j) {
			d := float64(a[j]) - float64(b[j])
			sum += d * d
			n++
		}
	}
	return sum / float64(n)
}

// example is a whole reconstruction, the measurement at its wavelengths.
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
