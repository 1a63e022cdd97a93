package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/search"
	"sedlab/framework/spec"
)

// rung is one of successive halving, as a plan shows it.
type rung struct {
	search.Rung
	resource string
	expected *plan.Estimate // nil where it is not asked for
}

// MarshalJSON returns the rung in numbers. What it runs is in the plan, once it
// is known.
func (r rung) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Resource  string         `json:"resource"`
		Value     int            `json:"value"`
		Settings  int            `json:"settings"`
		Trainings int            `json:"trainings"`
		Cells     int            `json:"cells"`
		Chosen    bool           `json:"chosen"`
		Expected  *plan.Estimate `json:"estimate,omitempty"`
	}{r.resource, r.Value, r.Settings, r.Trainings(), r.Cells(), !r.Ahead, r.expected})
}

// follow makes a plan. Under successive halving it goes on from rung to rung as
// far as the cache, if there is one, has the results that decide.
func (a *app) follow(p *planned, file *spec.File, identify plan.Identify, c *cache.Cache) error {
	s, err := search.New(file, a.kinds, identify)
	if err != nil {
		return err
	}
	h := file.Halving()
	for more := h != nil; more; {
		p.rungs = append(p.rungs, rung{Rung: s.Current(), resource: h.Resource})
		if more, err = decided(s, c); err != nil {
			return err
		}
	}
	ahead, err := s.Ahead()
	for _, r := range ahead {
		p.rungs = append(p.rungs, rung{Rung: r, resource: h.Resource})
	}
	p.Plan = s.Plan()
	return err
}

// decided goes on to the next rung if the cache has all of the current one.
func decided(s *search.Search, c *cache.Cache) (bool, error) {
	if c == nil {
		return false, nil
	}
	rows, ok, err := runner.Recall(s.Rung(), c)
	if !ok || err != nil {
		return false, err
	}
	return s.Next(rows)
}

// expectRungs estimates each rung and returns the time of all, and the memory of the
// largest. A training
// that goes on takes what its length has grown by; of a rung that is not chosen
// yet, the mean of what can be is taken.
func (p *planned) expectRungs(size func(spec.Dataset) plan.Size, rates plan.Rates, done func(cache.Key) bool) *plan.Estimate {
	all, before := &plan.Estimate{}, 0
	for i, r := range p.rungs {
		e := r.Plan.Estimate(size, rates, done)
		all.Memory = max(all.Memory, e.Memory)
		share := float64(r.Settings) / float64(r.Of)
		e.Training *= share * float64(r.Value-before) / float64(r.Value)
		e.Solving *= share
		e.Seconds = e.Training + e.Solving
		p.rungs[i].expected, before = &e, r.Value
		all.Training, all.Solving, all.Seconds = all.Training+e.Training, all.Solving+e.Solving, all.Seconds+e.Seconds
	}
	return all
}

// printRungs writes the table of the rungs, if there are any.
func (p *planned) printRungs(w io.Writer) {
	if len(p.rungs) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\tsettings\ttrainings\tcells\tcached\texpected\t\n", p.rungs[0].resource)
	for _, r := range p.rungs {
		cached := 0
		for _, c := range r.Plan.Cells {
			if p.cached[c.Key] {
				cached++
			}
		}
		expected, chosen := "", ""
		if r.expected != nil {
			expected = span(r.expected.Seconds)
		}
		if r.Ahead {
			chosen = "chosen by the results of the rung before"
		}
		line := fmt.Sprintf("%d\t%d\t%d\t%d\t%d\t%s\t%s", r.Value, r.Settings, r.Trainings(), r.Cells(), cached, expected, chosen)
		fmt.Fprintln(w, strings.TrimRight(line, "\t"))
	}
}
