package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/bench"
	"sedlab/framework/cache"
	"sedlab/framework/dataset"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
)

// planned is a plan with what a cache has of it.
type planned struct {
	*plan.Plan
	rungs  []rung // of successive halving
	cached map[cache.Key]bool
	why    map[cache.Key]*plan.Nearest // of what it does not have; nil unless asked for
}

// planFlags are the flags of sedlab plan.
type planFlags struct {
	spec       specFlags
	cache      cacheFlags
	why, quick bool
}

func (a *app) planCommand() *cobra.Command {
	var f planFlags
	c := &cobra.Command{
		Use:   "plan SPEC",
		Short: "List the trainings and the cells of a spec, which are in the cache, and the time the others will take",
		Long: "Plan lists the trainings and the cells of a spec without running it: which of them the cache has, and how long\n" +
			"the others will take here. With --why it compares each one that is missing with the most similar that the\n" +
			"cache has, and names what differs.",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			file, err := spec.Load(args[0], a.specOptions(f.spec))
			if err != nil {
				return err
			}
			p, err := a.plan(c.Context(), file, f)
			if err != nil {
				return err
			}
			if !f.quick {
				if p.Expected, err = expect(c.Context(), p); err != nil {
					return err
				}
			}
			if f.cache.json {
				return printJSON(a.stdout, p)
			}
			return a.printPlan(p)
		},
	}
	f.spec.add(c)
	f.cache.add(c)
	c.Flags().BoolVar(&f.why, "why", false, "say what keeps each missing step from being one that the cache has")
	c.Flags().BoolVar(&f.quick, "no-time", false, "leave out the expected time, which takes a short training to measure")
	return c
}

// plan makes a plan and looks for its steps in the cache, if there is one.
func (a *app) plan(ctx context.Context, file *spec.File, f planFlags) (p *planned, err error) {
	p = &planned{cached: map[cache.Key]bool{}}
	dir, err := f.cache.existing()
	if err != nil {
		if f.cache.dir != "" {
			return nil, err // a folder that was named and is not there
		}
		return p, a.follow(p, file, identify(ctx, cache.HashFile), nil)
	}
	c, err := cache.Look(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err = a.follow(p, file, identify(ctx, c.Digest), c); err != nil {
		return nil, err
	}
	for _, t := range p.Trainings {
		p.cached[t.Key] = c.Has(cache.Priors, t.Key)
	}
	for _, cell := range p.Cells {
		p.cached[cell.Key] = c.Has(cache.Cells, cell.Key)
	}
	if f.why {
		p.explain(c)
	}
	return p, nil
}

// explain finds what is most like each missing step. That a prior is missing
// explains its cells.
func (p *planned) explain(c *cache.Cache) {
	p.why = map[cache.Key]*plan.Nearest{}
	trainings, cells := plan.NewCandidates(c, cache.Priors), plan.NewCandidates(c, cache.Cells)
	for _, t := range p.Trainings {
		if !p.cached[t.Key] {
			p.why[t.Key] = trainings.Nearest(t.Inputs)
		}
	}
	for _, cell := range p.Cells {
		if !p.cached[cell.Key] && p.cached[p.Trainings[cell.Training].Key] {
			p.why[cell.Key] = cells.Nearest(cell.Inputs)
		}
	}
}

// MarshalJSON adds what the cache has to the plan's JSON.
func (p *planned) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(p.Plan)
	if err != nil {
		return nil, err
	}
	var out map[string]json.RawMessage
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, err
	}
	for name, v := range map[string]any{"cached": p.cached, "why": p.why, "rungs": p.rungs} {
		if out[name], err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	return json.Marshal(out)
}

// assumed is the size of a data set that cannot be read, as yet: the paper's.
var assumed = plan.Size{Signals: 4000, Fluxes: 1000}

// exactRate is what gonum's decompositions reach, in operations a second.
const exactRate = 1.5e9

// expect estimates the time of a plan from its data sets' sizes and from the
// speed at which its heaviest generator trains here.
func expect(ctx context.Context, p *planned) (*plan.Estimate, error) {
	sizes := map[string]plan.Size{}
	size := func(d spec.Dataset) plan.Size {
		key := fmt.Sprint(d.Source, " ", d.Size, " ", d.Path)
		if _, known := sizes[key]; !known {
			sizes[key] = datasetSize(ctx, d)
		}
		return sizes[key]
	}
	rates := plan.Rates{Exact: exactRate}
	if t, ok := p.Heaviest(size); ok && !p.complete() {
		var err error
		if rates.Network, err = bench.Rate(ctx, t.Prior.Config, size(t.Dataset).Fluxes, runtime.GOMAXPROCS(0)); err != nil {
			return nil, fmt.Errorf("estimate of time: prior %s: %w", t.Name, err)
		}
	}
	done := func(k cache.Key) bool { return p.cached[k] }
	if p.rungs == nil {
		e := p.Estimate(size, rates, done)
		return &e, nil
	}
	return p.expectRungs(size, rates, done), nil
}

// datasetSize returns the size of a data set. One signal of a set that is made
// tells their length.
func datasetSize(ctx context.Context, d spec.Dataset) plan.Size {
	set, err := dataset.Load(ctx, dataset.Options{Source: d.Source, Path: d.Path, Size: 1})
	if err != nil {
		return assumed
	}
	for _, s := range dataset.Sources() {
		if s.Name == d.Source && s.Makes {
			return plan.Size{Signals: d.Size, Fluxes: set.Dim()}
		}
	}
	return plan.Size{Signals: set.Len(), Fluxes: set.Dim()}
}

// complete tells whether the cache has every cell that will be.
func (p *planned) complete() bool {
	if slices.ContainsFunc(p.rungs, func(r rung) bool { return r.Ahead }) {
		return false
	}
	return !slices.ContainsFunc(p.Cells, func(c plan.Cell) bool { return !p.cached[c.Key] })
}

func (a *app) printPlan(p *planned) error {
	cached, cells, trainings := 0, len(p.Cells), len(p.Trainings)
	for _, c := range p.Cells {
		if p.cached[c.Key] {
			cached++
		}
	}
	for _, r := range p.rungs {
		if r.Ahead {
			cells, trainings = cells+r.Cells(), trainings+r.Trainings()
		}
	}
	fmt.Fprintf(a.stdout, "%s: %s, %s; %d in the cache\n", p.File.Base.Name, plural(cells, "cell"), plural(trainings, "training"), cached)
	if p.Unread != nil {
		fmt.Fprintln(a.stderr, "sedlab: note: the data cannot be read, so nothing is known of the cache:", p.Unread)
	}
	if e := p.Expected; e != nil {
		fmt.Fprintf(a.stdout, "about %s on this machine: %s of training, %s of solving; about %s of memory\n",
			span(e.Seconds), span(e.Training), span(e.Solving), byteCount(int64(e.Memory)))
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	p.printRungs(w)
	fmt.Fprintln(w, "\ntraining\tcached\tprior\tkind\tseed\tdata")
	for _, t := range p.Trainings {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", t.Hash(), p.hit(t.Key), t.Prior.Name, t.Prior.Kind, t.Seed, t.Dataset.Source)
	}
	fmt.Fprintln(w, "\ncell\tcached\ttraining\tprior\tat")
	for _, c := range p.Cells {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.ID(), p.hit(c.Key), p.Trainings[c.Training].Hash(), c.Prior.Name, at(c))
	}
	if err := w.Flush(); err != nil || p.why == nil {
		return err
	}
	return a.printWhy(p)
}

func (p *planned) hit(k cache.Key) string {
	if p.cached[k] {
		return "yes"
	}
	return "no"
}

// printWhy says of each missing step what differs from the nearest that was done.
func (a *app) printWhy(p *planned) error {
	fmt.Fprintln(a.stdout)
	for _, t := range p.Trainings {
		if !p.cached[t.Key] {
			a.printNearest("training "+t.Hash(), p.why[t.Key])
		}
	}
	for _, c := range p.Cells {
		switch {
		case p.cached[c.Key]:
		case !p.cached[p.Trainings[c.Training].Key]:
			fmt.Fprintf(a.stdout, "cell %s: its training is not in the cache\n", c.ID())
		default:
			a.printNearest("cell "+c.ID(), p.why[c.Key])
		}
	}
	return nil
}

func (a *app) printNearest(step string, n *plan.Nearest) {
	switch {
	case n == nil:
		fmt.Fprintf(a.stdout, "%s: the cache has none to compare with\n", step)
	case len(n.Changes) == 0:
		fmt.Fprintf(a.stdout, "%s: its entry in the cache was damaged\n", step)
	default:
		fmt.Fprintf(a.stdout, "%s: unlike %s,\n", step, n.Key.Short())
		for _, change := range n.Changes {
			fmt.Fprintf(a.stdout, "  %s\n", change)
		}
	}
}

// span writes seconds to no more digits than an estimate has.
func span(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d < 10*time.Minute:
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

// at is where in the sweep a cell is: the keys that it has.
func at(c plan.Cell) string {
	var words []string
	for _, v := range c.Point.Values {
		if v.Value != nil {
			words = append(words, fmt.Sprintf("%s=%v", v.Key, v.Value))
		}
	}
	return strings.Join(words, "  ")
}
