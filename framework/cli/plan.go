package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/plan"
)

func (t *terminal) planCommand() *cobra.Command {
	var ref app.SpecRef
	var o app.PlanOptions
	var quick bool
	c := answering(t, &cobra.Command{
		Use:   "plan SPEC",
		Short: "List a spec's trainings and cells, which of them are in the cache, and how long the others will take",
		Long: "Plan lists the trainings and the cells of a spec without running it. It says which of them the cache has, and how\n" +
			"long the others will take on this machine. With --why it compares each missing one with the most similar one in\n" +
			"the cache, and names the differences.",
	}, func(ctx context.Context, args []string) (*app.Planned, error) {
		ref.Name, o.Time = args[0], !quick
		return t.app.Plan(ctx, ref, o)
	}, t.printPlan)
	t.specFlags(c, &ref)
	t.cacheFlag(c)
	t.memoryFlag(c)
	t.runsFlag(c)
	c.Flags().BoolVar(&o.Why, "why", false, "say how each missing step differs from the nearest one in the cache")
	c.Flags().BoolVar(&quick, "no-time", false, "leave out the expected time, which takes a short training to measure")
	return c
}

func (t *terminal) printPlan(out io.Writer, p *app.Planned) {
	if p.Unread != nil {
		t.progress.Note(fmt.Sprintf("the data cannot be read, so it is unknown what the cache has: %v", p.Unread))
	}
	for _, note := range p.File.Undrawn() {
		t.progress.Note(note)
	}
	cells, trainings := len(p.Cells), len(p.Trainings)
	for _, r := range p.Rungs {
		if !r.Chosen {
			cells, trainings = cells+r.Cells, trainings+r.Trainings
		}
	}
	fmt.Fprintf(out, "%s: %s, %s; %d in the cache\n", p.File.Base.Name, plural(cells, "cell"), plural(trainings, "training"), p.CountCached(p.Cells))
	if e := p.Expected; e != nil {
		fmt.Fprintf(out, "about %s on this machine: %s of training, %s of solving; about %s of memory\n",
			span(e.Seconds), span(e.Training), span(e.Solving), byteCount(int64(e.Memory)))
	}
	yes := map[bool]string{true: "yes", false: "no"}
	table(out, func(w io.Writer) {
		printRungs(w, p)
		fmt.Fprintln(w, "\ntraining\tcached\tprior\tkind\tseed\tdata")
		for _, t := range p.Trainings {
			cached := yes[p.Cached[t.Key]]
			if from := p.From[t.Key]; from > 0 {
				cached = fmt.Sprintf("no; goes on from epoch %d", from)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", t.Hash(), cached, t.Prior.Name, t.Prior.Kind.Name, seeds(t), t.Dataset.Source.Kind.Name)
		}
		fmt.Fprintln(w, "\ncell\tcached\ttraining\tprior\tat")
		for _, c := range p.Cells {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.ID(), yes[p.Cached[c.Key]], c.Hash(), c.Prior.Name, point(c))
		}
	})
	if p.Why != nil {
		printWhy(out, p)
	}
}

// seeds names the seeds of a training: one, or that of the data and that of the training
// itself.
func seeds(t plan.Training) string {
	if own, differs := t.OwnSeed(); differs {
		return fmt.Sprintf("split %d, train %d", t.Seeds.Split, own)
	}
	return fmt.Sprint(t.Seeds.Split)
}

// printRungs writes the table of the rungs, if there are any.
func printRungs(w io.Writer, p *app.Planned) {
	if len(p.Rungs) > 0 {
		fmt.Fprintf(w, "\n%s\tsettings\ttrainings\tcells\tcached\texpected\t\n", p.Rungs[0].Resource)
	}
	for _, r := range p.Rungs {
		line := fmt.Sprintf("%d\t%d\t%d\t%d\t%d\t", r.Value, r.Settings, r.Trainings, r.Cells, r.Cached)
		if r.Expected != nil {
			line += span(r.Expected.Seconds)
		}
		if !r.Chosen {
			line += "\tchosen by the results of the rung before"
		}
		fmt.Fprintln(w, strings.TrimRight(line, "\t"))
	}
}

// printWhy writes how each missing step differs from the nearest one in the cache.
func printWhy(out io.Writer, p *app.Planned) {
	fmt.Fprintln(out)
	for _, t := range p.Trainings {
		if !p.Cached[t.Key] {
			printNearest(out, "training "+t.Hash(), p.Why[t.Key])
		}
	}
	for _, c := range p.Cells {
		switch {
		case p.Cached[c.Key]:
		case !p.Trained(c):
			fmt.Fprintf(out, "cell %s: its training is not in the cache\n", c.ID())
		default:
			printNearest(out, "cell "+c.ID(), p.Why[c.Key])
		}
	}
}

// printNearest writes how a step differs from the nearest one in the cache.
func printNearest(out io.Writer, step string, n *plan.Nearest) {
	switch {
	case n == nil:
		fmt.Fprintf(out, "%s: the cache has nothing to compare it with\n", step)
	case len(n.Changes) == 0:
		fmt.Fprintf(out, "%s: its entry in the cache was damaged\n", step)
	default:
		fmt.Fprintf(out, "%s: unlike %s,\n", step, n.Key.Short())
		for _, change := range n.Changes {
			fmt.Fprintf(out, "  %s\n", change)
		}
	}
}

// point names a cell's place in the sweep, by the values of its swept keys.
func point(c plan.Cell) string {
	var words []string
	for _, v := range c.Point.Values {
		if v.Value != nil {
			words = append(words, fmt.Sprintf("%s=%v", v.Key, v.Value))
		}
	}
	return strings.Join(words, "  ")
}
