package runner

import (
	"math"

	"sedlab/framework/solve"
	"sedlab/framework/spec"
	"sedlab/internal/record"
	"sedlab/operators"
	"sedlab/reports/scores"
)

// blank is the row of a signal before it is reconstructed.
func (c *cell) blank(id int) record.Signal {
	s, nan := c.spec, math.NaN()
	row := record.Signal{
		Operator: s.Problem.Operator, Method: s.Solver.Method, Lambda: nan,
		Split: s.Evaluate.Split, SignalID: int64(id),
		Level: level(s), MissingFraction: s.Problem.MissingFraction, NoiseL2: nan, Seed: s.Seed,
		Status: "not run", Seconds: nan,
	}
	for _, k := range c.scores {
		row.Scores = append(row.Scores, record.Score{Name: k.Name, Value: nan})
	}
	if n := s.Problem.Noise.Noise(); n.Unit == operators.L2 || n.Amount == 0 {
		row.NoiseL2 = n.Amount // else the measurement says
	}
	if s.Solver.Method == spec.Regularization {
		row.Lambda = s.Solver.Lambda
	}
	return row
}

// level is how hard the problem is, in its own terms: the missing fraction, or
// the amount of noise for an operator that hides nothing.
func level(s *spec.Spec) float64 {
	for _, k := range operators.Kinds() {
		if k.Name == s.Problem.Operator && k.Hides {
			return s.Problem.MissingFraction
		}
	}
	return s.Problem.Noise.Noise().Amount
}

// record fills the row of the cell's i-th signal, and keeps the reconstruction
// where the spec asks for it.
func (c *cell) record(i int, p solve.Problem, r solve.Result, seconds float64) {
	row := &c.rows[i]
	row.Status, row.Seconds = r.Status, seconds
	row.Iterations, row.Converged = int32(r.Iterations), r.Converged
	if r.X == nil {
		return
	}
	x := c.data.set.Signal(p.Signal)
	var observed []bool
	if s, ok := p.Op.(operators.Selector); ok {
		observed = s.Observed()
	}
	of := scores.Case{Truth: x, Estimate: r.X, Observed: observed, Infilled: c.data.set.InfilledRow(p.Signal), Loss: r.Loss}
	for k := range row.Scores {
		row.Scores[k].Value = c.scores[k].Of(of)
	}
	if c.kept[p.Signal] {
		c.examples[i] = c.example(row, p, r, x, observed)
	}
}

// example is a whole reconstruction, the measurement at its wavelengths.
func (c *cell) example(row *record.Signal, p solve.Problem, r solve.Result, x []float32, observed []bool) *record.Example {
	e := &record.Example{
		Operator: row.Operator, Method: row.Method, Split: row.Split,
		SignalID: row.SignalID, Lambda: row.Lambda, Level: row.Level,
		MissingFraction: row.MissingFraction, NoiseL2: row.NoiseL2, Seed: row.Seed, Norm: c.data.set.Norm[row.SignalID],
		Wavelength: c.data.set.Wavelength, Truth: x, Reconstruction: r.X, Observed: observed,
	}
	if observed == nil {
		return e
	}
	e.Measurement = make([]float32, len(x))
	p.Op.Adjoint(e.Measurement, p.Y)
	for j, ok := range observed {
		if !ok {
			e.Measurement[j] = float32(math.NaN())
		}
	}
	return e
}
