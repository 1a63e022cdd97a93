package app

import (
	"context"
	"encoding/json"
	"errors"

	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/search"
	"sedlab/framework/spec"
)

// PlanOptions say what to find out besides the plan.
type PlanOptions struct {
	Why  bool // what keeps each missing step from being one that the cache has
	Time bool // how long the missing steps will take here, by a short training
}

// Planned is a plan with what the cache has of it.
type Planned struct {
	*plan.Plan
	Rungs  []Rung // of successive halving, those that are not chosen yet among them
	Cached map[cache.Key]bool
	Why    map[cache.Key]*plan.Nearest // of what the cache does not have; nil unless asked for
	Unread error                       // why data cannot be read: then nothing is known of the cache
}

// Rung is one of successive halving.
type Rung struct {
	search.Rung
	Resource string
	Expected *plan.Estimate // nil unless asked for
}

// Plan lists the trainings and cells of a spec without running it. Under
// successive halving it goes as far as the cache has the results that decide.
// Without a cache nothing is cached; only one that the App names must be there.
func (a *App) Plan(ctx context.Context, ref SpecRef, o PlanOptions) (p *Planned, err error) {
	file, err := a.load(ref)
	if err != nil {
		return nil, err
	}
	c, err := a.look(ctx)
	var missing *FolderError
	switch {
	case err == nil:
		defer func() { err = errors.Join(err, c.Close()) }()
	case a.Cache != "" || !errors.As(err, &missing):
		return nil, err
	}
	if p, err = a.follow(ctx, file, c); err != nil {
		return nil, err
	}
	if c != nil {
		p.lookUp(c, o.Why)
	}
	if o.Time {
		err = a.expect(ctx, p)
	}
	return p, err
}

// follow plans a search as far as the cache, if there is one, has its results.
func (a *App) follow(ctx context.Context, file *spec.File, c *cache.Cache) (*Planned, error) {
	digest := cache.HashFile
	if c != nil {
		digest = c.Digest
	}
	work, unread, err := a.plan(file, identify(ctx, digest))
	if err != nil {
		return nil, err
	}
	p := &Planned{Cached: map[cache.Key]bool{}, Unread: unread}
	h := file.Halving()
	for more := h != nil; more; {
		p.Rungs = append(p.Rungs, Rung{Rung: work.Current(), Resource: h.Resource})
		if more, err = decided(work, c); err != nil {
			return nil, err
		}
	}
	ahead, err := work.Ahead()
	for _, r := range ahead {
		p.Rungs = append(p.Rungs, Rung{Rung: r, Resource: h.Resource})
	}
	p.Plan = work.Plan()
	return p, err
}

// decided goes on to the next rung if the cache has all of the current one.
func decided(work *search.Search, c *cache.Cache) (more bool, err error) {
	if c == nil {
		return false, nil
	}
	rows, ok, err := runner.Recall(work.Rung(), c)
	if !ok || err != nil {
		return false, err
	}
	return work.Next(rows)
}

// lookUp notes which steps the cache has and, if asked why, what is most like each
// of the others. That a prior is missing explains its cells.
func (p *Planned) lookUp(c *cache.Cache, why bool) {
	for _, t := range p.Trainings {
		p.Cached[t.Key] = c.Has(cache.Priors, t.Key)
	}
	for _, cell := range p.Cells {
		p.Cached[cell.Key] = c.Has(cache.Cells, cell.Key)
	}
	if !why {
		return
	}
	p.Why = map[cache.Key]*plan.Nearest{}
	trainings, cells := plan.NewCandidates(c, cache.Priors), plan.NewCandidates(c, cache.Cells)
	for _, t := range p.Trainings {
		if !p.Cached[t.Key] {
			p.Why[t.Key] = trainings.Nearest(t.Inputs)
		}
	}
	for _, cell := range p.Cells {
		if !p.Cached[cell.Key] && p.Cached[p.Trainings[cell.Training].Key] {
			p.Why[cell.Key] = cells.Nearest(cell.Inputs)
		}
	}
}

// MarshalJSON returns the plan's JSON with what the cache has.
func (p *Planned) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(p.Plan)
	if err != nil {
		return nil, err
	}
	var out map[string]json.RawMessage
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, err
	}
	for name, v := range map[string]any{"cached": p.Cached, "why": p.Why, "rungs": p.Rungs} {
		if out[name], err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	return json.Marshal(out)
}

// MarshalJSON returns the rung in numbers. What it runs is in the plan, once it is
// known.
func (r Rung) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Resource  string         `json:"resource"`
		Value     int            `json:"value"`
		Settings  int            `json:"settings"`
		Trainings int            `json:"trainings"`
		Cells     int            `json:"cells"`
		Chosen    bool           `json:"chosen"`
		Expected  *plan.Estimate `json:"estimate,omitempty"`
	}{r.Resource, r.Value, r.Settings, r.Trainings(), r.Cells(), !r.Ahead, r.Expected})
}
