package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"sedlab/datasets"
	"sedlab/framework/bench"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/framework/search"
	"sedlab/framework/spec"
)

// PlanOptions say what to add to a plan.
type PlanOptions struct {
	Why  bool // how each missing step differs from the nearest one in the cache
	Time bool // how long the missing steps will take here, measured by a short training
}

// Planned is a plan, and which of its steps the cache has.
type Planned struct {
	*plan.Plan
	Rungs  []Rung // of successive halving, including those not chosen yet
	Cached map[cache.Key]bool
	From   map[cache.Key]int           // the length, such as epochs, from which a missing training goes on, if not from 0
	Why    map[cache.Key]*plan.Nearest // for each step that the cache lacks; nil unless asked for
	Unread error                       // why data cannot be read; then nothing is found in the cache
	// Expected is how long the missing steps will take; nil unless asked for.
	Expected *plan.Estimate

	spared map[cache.Key]float64 // the share of a training that a shorter one has done
}

// Rung counts the steps of one rung of successive halving. The steps themselves are in
// the plan, once they are known.
type Rung struct {
	Resource  string         `json:"resource"`
	Value     int            `json:"value"` // the resource's value
	Settings  int            `json:"settings"`
	Trainings int            `json:"trainings"`
	Cells     int            `json:"cells"`
	Chosen    bool           `json:"chosen"` // false while it depends on results to come
	Cached    int            `json:"-"`      // number of cells in the cache, of all that can be in the rung
	Expected  *plan.Estimate `json:"estimate,omitempty"`

	rung search.Rung
}

func newRung(resource string, r search.Rung) Rung {
	return Rung{resource, r.Value, r.Settings, r.Trainings(), r.Cells(), !r.Ahead, 0, nil, r}
}

// Plan lists the trainings and cells of a spec without running it. Under successive
// halving it goes only as far as the cache has the results that decide on the next
// rung. A cache need not exist, unless App.Caches names one.
func (a *App) Plan(ctx context.Context, ref SpecRef, o PlanOptions) (p *Planned, err error) {
	ctx = a.withMemory(ctx)
	file, err := a.load(ref)
	if err != nil {
		return nil, err
	}
	c, err := a.caches(a.Runs).look(ctx)
	var missing *FolderError
	switch {
	case err == nil:
		defer func() { err = errors.Join(err, c.Close()) }()
	case len(a.Caches) > 0 || !errors.As(err, &missing):
		return nil, err
	}
	if p, err = a.follow(ctx, file, c, thisMachine()); err != nil {
		return nil, err
	}
	if c != nil {
		if err := a.lookUp(ctx, p, c, o.Why); err != nil {
			return nil, err
		}
	}
	untrained := func(training int) bool { return !p.Cached[p.Trainings[training].Key] }
	if err := a.afford(p.Plan, knownSize(), untrained); err != nil {
		return nil, err
	}
	if o.Time {
		err = a.expect(ctx, p)
	}
	return p, err
}

// follow plans a search on a machine as far as the cache, if there is one, has its results.
func (a *App) follow(ctx context.Context, file *spec.File, c *cache.Cache, m plan.Machine) (*Planned, error) {
	digest := cache.HashFile
	if c != nil {
		digest = c.Digest
	}
	p := &Planned{Cached: map[cache.Key]bool{}, From: map[cache.Key]int{}, spared: map[cache.Key]float64{}}
	known := identify(ctx, digest)
	unread := func(err error) error {
		if err != nil && ctx.Err() == nil {
			p.Unread = cmp.Or(p.Unread, err)
			return nil
		}
		return err
	}
	work, err := search.New(file, m, plan.Identify{
		Data: func(d *spec.Dataset, seed uint64) (datasets.Identity, error) {
			id, err := known.Data(d, seed)
			return id, unread(err)
		},
		File: func(path string) (string, error) {
			sum, err := known.File(path)
			return sum, unread(err)
		},
	})
	if err != nil {
		return nil, err
	}
	h := file.Halving()
	for more := h != nil; more; {
		p.Rungs = append(p.Rungs, newRung(h.Resource, work.Current()))
		if more, err = a.decided(ctx, work, c); err != nil {
			return nil, err
		}
	}
	ahead, err := work.Ahead()
	for _, r := range ahead {
		p.Rungs = append(p.Rungs, newRung(h.Resource, r))
	}
	p.Plan = work.Plan()
	return p, err
}

// decided goes on to the next rung if the cache has all of the current one.
func (a *App) decided(ctx context.Context, work *search.Search, c *cache.Cache) (more bool, err error) {
	if c == nil || work.Plan().File.Halving() == nil {
		return false, nil
	}
	rows, ok, err := runner.Recall(ctx, work.Rung(), c, a.catalog.Scores)
	if !ok || err != nil {
		return false, err
	}
	more, _, err = work.Next(rows)
	return more, err
}

// CountCached returns the number of these cells that the cache has.
func (p *Planned) CountCached(cells []plan.Cell) (n int) {
	for _, c := range cells {
		if p.Cached[c.Key] {
			n++
		}
	}
	return n
}

// Trained reports whether the cache has all priors that a cell needs.
func (p *Planned) Trained(c plan.Cell) bool {
	return !slices.ContainsFunc(c.Trainings, func(t int) bool { return !p.Cached[p.Trainings[t].Key] })
}

// MarshalJSON returns the plan's JSON, with the state of each step in the cache.
func (p *Planned) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(p.Plan)
	if err != nil {
		return nil, err
	}
	var planned map[string]json.RawMessage
	if err := json.Unmarshal(text, &planned); err != nil {
		return nil, err
	}
	out := map[string]any{"cached": p.Cached, "goes_on_from": p.From, "why": p.Why, "rungs": p.Rungs}
	if p.Expected != nil {
		out["estimate"] = p.Expected
	}
	if undrawn := p.File.Undrawn(); len(undrawn) > 0 {
		out["undrawn"] = undrawn
	}
	if p.Unread != nil {
		out["unread"] = p.Unread.Error()
	}
	for name, v := range planned {
		out[name] = v
	}
	return json.Marshal(out)
}

// exactRate is the speed of gonum's decompositions, in operations per second.
const exactRate = 1.5e9

// sizes returns the sizes of data sets, each read only once.
func sizes(ctx context.Context) func(*spec.Dataset) plan.Size {
	known := map[*spec.Dataset]plan.Size{}
	return func(d *spec.Dataset) plan.Size {
		if _, ok := known[d]; !ok {
			known[d] = sizeOf(ctx, d)
		}
		return known[d]
	}
}

// rates returns the speeds of this machine: that at which the plan's heaviest generator trains
// on a number of workers is measured, if anything is missing.
func (p *Planned) rates(ctx context.Context, size func(*spec.Dataset) plan.Size, workers int) (plan.Rates, error) {
	rates := plan.Rates{Exact: exactRate}
	t, ok := p.Heaviest(size)
	if !ok || p.complete() {
		return rates, nil
	}
	n := size(t.Dataset)
	var err error
	if rates.Network, err = bench.Rate(ctx, t.Cost(n).Network, n.Fluxes, workers); err != nil {
		err = fmt.Errorf("estimate of time: prior %s: %w", t.Name, err)
	}
	return rates, err
}

// expect sets the plan's expected time, which follows from its data sets' sizes and
// the speed at which its heaviest generator trains here.
func (a *App) expect(ctx context.Context, p *Planned) error {
	size := sizes(ctx)
	rates, err := p.rates(ctx, size, runtime.GOMAXPROCS(0))
	if err != nil {
		return err
	}
	estimate := func(p2 *plan.Plan) plan.Estimate { return p2.Estimate(size, rates, p.left) }
	if p.Rungs != nil {
		p.Expected = p.expectRungs(estimate)
		return nil
	}
	e := estimate(p.Plan)
	p.Expected = &e
	return nil
}

// left returns the share of a step that is left to do. In a search, the training that is
// spared by a shorter one is not subtracted here, but for each rung.
func (p *Planned) left(k cache.Key) float64 {
	if p.Cached[k] {
		return 0
	}
	if p.Rungs == nil {
		return 1 - p.spared[k]
	}
	return 1
}

// expectRungs estimates each rung. It returns the time of all rungs together and the
// memory of the largest. A continued training takes the time of the epochs that are
// added. A rung that is not chosen yet takes the mean over the settings it may have.
func (p *Planned) expectRungs(estimate func(*plan.Plan) plan.Estimate) *plan.Estimate {
	all, before := &plan.Estimate{}, 0
	for i, r := range p.Rungs {
		e := estimate(r.rung.Plan)
		all.Memory = max(all.Memory, e.Memory)
		share := float64(r.Settings) / float64(r.rung.Of)
		e.Training *= share * float64(r.Value-before) / float64(r.Value)
		e.Solving *= share
		e.Seconds = e.Training + e.Solving
		p.Rungs[i].Expected, before = &e, r.Value
		all.Training, all.Solving, all.Seconds = all.Training+e.Training, all.Solving+e.Solving, all.Seconds+e.Seconds
	}
	return all
}

// sizeOf returns the size of a data set, which may have to be read.
func sizeOf(ctx context.Context, d *spec.Dataset) plan.Size {
	if signals, fluxes := d.Source.Config.Size(); signals > 0 && fluxes > 0 {
		return plan.Size{Signals: signals, Fluxes: fluxes}
	}
	set, err := d.Source.Config.Load(ctx, 0)
	if err != nil {
		return plan.Assumed
	}
	return plan.Size{Signals: set.Len(), Fluxes: set.Dim()}
}

// complete reports whether the cache has every cell of every rung.
func (p *Planned) complete() bool {
	return !slices.ContainsFunc(p.Rungs, func(r Rung) bool { return !r.Chosen }) &&
		!slices.ContainsFunc(p.Cells, func(c plan.Cell) bool { return !p.Cached[c.Key] })
}
