package cli

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/bench"
	"sedlab/framework/dataset"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
)

func (a *app) planCommand() *cobra.Command {
	var sets []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "plan SPEC",
		Short: "List the trainings and the cells of a spec and the time they will take, without running it",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := a.load(args[0], sets)
			if err != nil {
				return err
			}
			p.Expected, err = expect(c.Context(), p)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(a.stdout, p)
			}
			return a.printPlan(p)
		},
	}
	a.setFlag(c, &sets)
	jsonFlag(c, &asJSON)
	return c
}

// assumed is the size of a data set that cannot be read, as yet: the paper's.
var assumed = plan.Size{Signals: 4000, Fluxes: 1000}

// exactRate is what gonum's decompositions reach, in operations a second.
const exactRate = 1.5e9

// expect estimates the time of a plan from its data sets' sizes and from the
// speed at which its heaviest generator trains here.
func expect(ctx context.Context, p *plan.Plan) (*plan.Estimate, error) {
	sizes := map[spec.Dataset]plan.Size{}
	for _, t := range p.Trainings {
		if _, known := sizes[t.Dataset]; !known {
			sizes[t.Dataset] = datasetSize(ctx, t.Dataset)
		}
	}
	size := func(d spec.Dataset) plan.Size { return sizes[d] }
	rates := plan.Rates{Exact: exactRate}
	if t, ok := p.Heaviest(size); ok {
		var err error
		if rates.Network, err = bench.Rate(ctx, t.Prior.Config, size(t.Dataset).Fluxes, runtime.GOMAXPROCS(0)); err != nil {
			return nil, fmt.Errorf("estimate of time: prior %s: %w", t.Name, err)
		}
	}
	e := p.Estimate(size, rates)
	return &e, nil
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

func (a *app) printPlan(p *plan.Plan) error {
	fmt.Fprintf(a.stdout, "%s: %s\n", p.File.Base.Name, count(p))
	e := p.Expected
	fmt.Fprintf(a.stdout, "about %s on this machine: %s of training, %s of solving\n\n",
		span(e.Seconds), span(e.Training), span(e.Solving))
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "training\tprior\tkind\tseed\tdata")
	for _, t := range p.Trainings {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", t.Hash, t.Prior.Name, t.Prior.Kind, t.Seed, t.Dataset.Source)
	}
	fmt.Fprintln(w, "\ncell\ttraining\tprior\tat")
	for _, c := range p.Cells {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.ID, p.Trainings[c.Training].Hash, c.Prior.Name, at(c))
	}
	return w.Flush()
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

// at is where in the sweep a cell is.
func at(c plan.Cell) (s string) {
	for i, v := range c.Point.Values {
		if i > 0 {
			s += "  "
		}
		s += fmt.Sprintf("%s=%v", v.Key, v.Value)
	}
	return s
}
