package search

import (
	"sedlab/framework/plan"
	"sedlab/internal/record"
)

// Rung is one of a search. Which settings one ahead has depends on results; how
// many, if none fails, does not.
type Rung struct {
	Value    int        // of the resource
	Settings int        // that are in it
	Of       int        // settings that can be; as many in one that is chosen
	Ahead    bool       // it is not chosen yet
	Plan     *plan.Plan // of all that can be
}

// Current returns the current rung of a search with halving.
func (s *Search) Current() Rung {
	n := s.settings()
	return Rung{Value: s.file.Halving().Rungs()[s.at], Settings: n, Of: n, Plan: s.rung}
}

// Cells returns the number of cells that the rung will have.
func (r Rung) Cells() int { return len(r.Plan.Cells) * r.Settings / r.Of }

// Trainings returns the number of trainings that the rung will have, of those
// that go on from rung to rung.
func (r Rung) Trainings() (n int) {
	for _, t := range r.Plan.Trainings {
		if t.Continued != "" {
			n++
		}
	}
	return n * r.Settings / r.Of
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
	of := s.settings()
	left := of
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
		list = append(list, Rung{Value: h.Rungs()[rung], Settings: left, Of: of, Ahead: true, Plan: p.From(len(s.whole.Cells))})
	}
	return list, nil
}

// settings counts the settings in the current rung.
func (s *Search) settings() int {
	keys := map[string]bool{}
	for _, key := range s.file.SettingKeys() {
		keys[key] = true
	}
	seen := map[record.Key]bool{}
	for _, c := range s.cells() {
		var values []any
		for _, v := range c.Point.Values {
			if keys[v.Key] {
				values = append(values, v.Value)
			}
		}
		seen[record.KeyOf(values...)] = true
	}
	return len(seen)
}

// Count returns the number of cells and trainings of all rungs, those ahead
// included.
func (s *Search) Count() (cells, trainings int, err error) {
	cells, trainings = len(s.whole.Cells), len(s.whole.Trainings)
	ahead, err := s.Ahead()
	for _, r := range ahead {
		cells, trainings = cells+r.Cells(), trainings+r.Trainings()
	}
	return cells, trainings, err
}
