package runner

import (
	"math"

	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/internal/kind"
	"sedlab/internal/record"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/reports/scores"
	"sedlab/solvers"
)

// blank returns the row of a signal, with its norm, before its reconstruction.
func (r *run) blank(id int, norm float64) record.Signal {
	nan := math.NaN()
	row := record.Signal{SignalID: int64(id), NoiseL2: nan, Norm: norm, Chi2: nan, SigmaScale: nan, Seconds: nan, Status: "not run"}
	r.project(&row)
	return row
}

// name fills the columns that the run and the spec determine.
func (r *run) name(c plan.Cell, rows []record.Signal, examples []record.Example) {
	s, hash := c.Point.Spec, c.Hash()
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
		e.RunID, e.CellID, e.Prior, e.Sweep, e.Level, e.NoiseL2 = r.opt.RunID, c.ID(), c.Prior.Name, sweep, level(s), measured
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
// spec asks for it. represented is the error of the prior's best representation of the signal.
func (c *cell) record(i int, m solvers.Measurement, e solvers.Estimate, represented, seconds float64) {
	row := &c.rows[i]
	row.Status, row.Seconds = e.Status, seconds
	row.Iterations, row.Converged = int32(e.Iterations), e.Converged
	row.Chi2 = e.Chi2
	if e.X == nil {
		row.Chi2 = math.NaN()
		return
	}
	scored := c.caseOf(m, e)
	scored.Oracle = represented
	if k := c.calibration; k != nil {
		row.SigmaScale = k.widen(&scored)
	}
	for k := range row.Scores {
		row.Scores[k].Value = c.scores[k].Score(scored)
	}
	if c.kept[m.Signal] {
		c.examples[i] = &record.Example{
			SignalID: row.SignalID, NoiseL2: row.NoiseL2, Norm: row.Norm,
			Wavelength: c.data.set.Wavelength, Truth: scored.Truth, Clean: scored.Clean, Reconstruction: scored.Estimate, Sigma: scored.Sigma, Noise: scored.Noise, Code: e.Code,
			Observed: scored.Observed, Infilled: scored.Infilled,
		}
		setMeasurement(c.examples[i], m)
	}
}

// caseOf returns an estimate as scores see it.
func (c *cell) caseOf(m solvers.Measurement, e solvers.Estimate) scores.Case {
	if m.FreeScale { // what was measured has the scale of the normalised signal
		e.X, e.Sigma, e.Noise = priors.Scale(e.X, 1/e.Scale), priors.Scale(e.Sigma, 1/e.Scale), priors.Scale(e.Noise, 1/e.Scale)
	}
	scored := scores.Case{Truth: c.data.set.Signal(m.Signal), Clean: c.data.set.TruthRow(m.Signal), Estimate: e.X, Infilled: c.data.set.InfilledRow(m.Signal), Loss: e.Loss, Sigma: e.Sigma, Noise: e.Noise}
	if s, ok := m.Op.(operators.Selector); ok {
		scored.Observed = s.Observed()
	}
	return scored
}

// setMeasurement sets an example's measurement: on the grid of the fluxes if the operator
// selects some of them, and otherwise as it is.
func setMeasurement(e *record.Example, m solvers.Measurement) {
	if e.Observed == nil {
		e.Measurement = m.Y
		if s, ok := m.Op.(operators.Sampler); ok {
			e.MeasurementWavelength = s.Wavelengths()
		}
		return
	}
	e.Measurement = make([]float32, len(e.Truth))
	m.Op.Adjoint(e.Measurement, m.Y)
	for j, ok := range e.Observed {
		if !ok {
			e.Measurement[j] = float32(math.NaN())
		}
	}
}
