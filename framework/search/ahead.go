package search

import (
	"slices"

	"sedlab/framework/plan"
	"sedlab/internal/record"
)

// Rung is one rung of a search. Which settings a rung ahead has depends on results; their
// number does not, unless some fail.
type Rung struct {
	Value    int        // the resource's value
	Settings int        // number of settings in the rung
	Of       int        // number of settings to choose from; Settings if they are chosen
	Ahead    bool       // the settings are not chosen yet
	Plan     *plan.Plan // of all settings that the rung may have
}

// Current returns the current rung of a search with halving.
func (s *Search) Current() Rung {
	n := s.settings()
	return Rung{Value: s.file.Halving().Rungs()[s.at], Settings: n, Of: n, Plan: s.rung}
}

// Cells returns the number of cells that the rung will have.
func (r Rung) Cells() int { return len(r.Plan.Cells) * r.Settings / r.Of }

// Trainings returns the number of trainings that the rung will have, counting only those
// that go on from rung to rung. It is the most that there can be if settings that differ
// in the solver alone share trainings.
func (r Rung) Trainings() (n int) {
	for _, t := range r.Plan.Trainings {
		if t.Searched {
			n++
		}
	}
	each := (n + r.Of - 1) / r.Of // of a setting
	return min(n, each*r.Settings)
}

// Ahead returns the rungs after the current one.
func (s *Search) Ahead() (list []Rung, err error) {
	h := s.file.Halving()
	if h == nil || s.ended {
		return nil, nil
	}
	alive := map[record.Key]bool{}
	for _, c := range s.cells() {
		alive[s.setting(c.Point)] = true
	}
	total := s.settings()
	left := total
	for rung := s.at + 1; rung < len(h.Rungs()); rung++ {
		points := s.points[:len(s.points):len(s.points)]
		for _, p := range s.pointsOf(rung) {
			if alive[s.setting(p)] {
				points = append(points, p)
			}
		}
		p, err := s.planOf(points)
		if err != nil {
			return nil, err
		}
		left = s.survivors(left)
		list = append(list, Rung{Value: h.Rungs()[rung], Settings: left, Of: total, Ahead: true, Plan: p.From(len(s.whole.Cells))})
	}
	return list, nil
}

// settings counts the settings in the current rung.
func (s *Search) settings() int {
	keys := s.file.SettingKeys()
	seen := map[record.Key]bool{}
	for _, c := range s.cells() {
		var values []any
		for _, v := range c.Point.Values {
			if slices.Contains(keys, v.Key) {
				values = append(values, v.Value)
			}
		}
		seen[record.KeyOf(values...)] = true
	}
	return len(seen)
}

// Count returns the number of cells and trainings of all rungs, including those ahead.
func (s *Search) Count() (cells, trainings int, err error) {
	cells, trainings = len(s.whole.Cells), len(s.whole.Trainings)
	ahead, err := s.Ahead()
	for _, r := range ahead {
		cells, trainings = cells+r.Cells(), trainings+r.Trainings()
	}
	return cells, trainings, err
}
