// Package search decides which points of a spec to run: all at once or, under successive
// halving, rung by rung, each by the rows of the previous rung. It runs nothing itself.
// Only rows decide, so a resumed search with the same rows chooses the same points.
package search

import (
	"fmt"
	"slices"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/internal/rank"
	"sedlab/internal/record"
)

// Search takes a spec through its rungs. A spec without halving has one rung.
type Search struct {
	file   *spec.File
	planOf func([]spec.Point) (*plan.Plan, error)
	points []spec.Point // of the rungs so far
	whole  *plan.Plan   // of points
	rung   *plan.Plan   // the part that the current rung adds to whole
	at     int          // index of the current rung
	ended  bool
}

// New returns the search of a spec in its first rung. m and identify are arguments of
// plan.New; an error is identify's.
func New(f *spec.File, m plan.Machine, identify plan.Identify) (*Search, error) {
	s := &Search{file: f}
	s.planOf = func(points []spec.Point) (*plan.Plan, error) { return plan.New(f, points, m, identify) }
	first := f.Points()
	if f.Halving() != nil {
		first = s.pointsOf(0)
	}
	return s, s.add(first)
}

// add makes points the next rung.
func (s *Search) add(points []spec.Point) (err error) {
	before := 0
	if s.whole != nil {
		before = len(s.whole.Cells)
	}
	s.points = append(s.points, points...)
	if s.whole, err = s.planOf(s.points); err != nil {
		return err
	}
	s.rung = s.whole.From(before)
	return nil
}

// pointsOf returns all points that a rung may have.
func (s *Search) pointsOf(rung int) (points []spec.Point) {
	h := s.file.Halving()
	value := float64(h.Rungs()[rung])
	for _, p := range s.file.Points() {
		if slices.Contains(p.Values, spec.Value{Key: h.Resource, Value: value}) {
			points = append(points, p)
		}
	}
	return points
}

// Rung returns the plan of the points that the current rung adds.
func (s *Search) Rung() *plan.Plan { return s.rung }

// Plan returns the plan of all rungs so far, with their cells in order.
func (s *Search) Plan() *plan.Plan { return s.whole }

// Next chooses the next rung by the rows of the current one, and reports whether there is
// one. Settings that failed do not go on. dropped are the trainings of the current rung
// that do not go on; their states are no longer needed. Those of the last rung stay, for a
// longer search.
func (s *Search) Next(rows []record.Signal) (more bool, dropped []plan.Training, err error) {
	h, before := s.file.Halving(), s.rung.Trainings
	if h == nil || s.at == len(h.Rungs())-1 {
		s.ended = true
		return false, nil, nil
	}
	chosen := s.best(rows)
	if len(chosen) == 0 {
		s.ended = true
		return false, nil, fmt.Errorf("%s %d: no setting has a %s %s, so none can go on", h.Resource, h.Rungs()[s.at],
			s.file.Base.Select.Statistic, s.file.Base.Select.Metric)
	}
	s.at++
	var next []spec.Point
	for _, p := range s.pointsOf(s.at) {
		if chosen[s.setting(p)] {
			next = append(next, p)
		}
	}
	if err := s.add(next); err != nil {
		return false, nil, err
	}
	goesOn := map[cache.Key]bool{}
	for _, t := range s.rung.Trainings {
		goesOn[t.Continued] = true
	}
	return true, slices.DeleteFunc(slices.Clone(before), func(t plan.Training) bool { return !t.Searched || goesOn[t.Continued] }), nil
}

// best returns the settings, as setting names them, that go on from the current rung.
func (s *Search) best(rows []record.Signal) map[record.Key]bool {
	c, _ := Criterion(s.file)
	ranked := c.Rank(rows)
	going := map[string]bool{} // cells
	for _, setting := range ranked[:min(len(ranked), s.survivors(len(ranked)))] {
		for _, id := range setting.Cells {
			going[id] = !setting.Useless()
		}
	}
	chosen := map[record.Key]bool{}
	for _, cell := range s.cells() {
		if going[cell.ID()] {
			chosen[s.setting(cell.Point)] = true
		}
	}
	return chosen
}

// survivors returns the number of settings, out of n, that go on to the next rung.
func (s *Search) survivors(n int) int { return max(1, n/s.file.Halving().Factor) }

// cells returns the current rung's cells with the prior that select compares.
func (s *Search) cells() []plan.Cell {
	return slices.DeleteFunc(slices.Clone(s.rung.Cells), func(c plan.Cell) bool { return c.Prior.Name != s.file.Base.Select.Prior })
}

// setting names a point by all swept values except the resource. An equal name in another
// rung is the same setting under the same conditions.
func (s *Search) setting(p spec.Point) record.Key {
	var values []any
	for _, v := range p.Values {
		if v.Key != s.file.Halving().Resource {
			values = append(values, v.Value)
		}
	}
	return record.KeyOf(values...)
}

// Criterion returns a spec's select in terms of the columns of signals.parquet, and
// whether it has one.
func Criterion(f *spec.File) (c rank.Criterion, ok bool) {
	s := f.Base.Select
	if s == nil {
		return c, false
	}
	c = rank.Criterion{Prior: s.Prior, Metric: s.Metric, Statistic: s.Statistic}
	for _, key := range f.SettingKeys() {
		c.Settings = append(c.Settings, record.ColumnOf(key))
	}
	if h := f.Halving(); h != nil {
		c.Resource = record.ColumnOf(h.Resource)
	}
	return c, true
}
